using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Filters of images along one axis. Sums of shifted images: exact, the same on every device, and no convolution that needs channels.</summary>
internal static class Filter
{
    /// <summary>sum over k of taps[k] * x[i + k] for every i with all of its neighbours, so the axis becomes shorter by taps - 1.</summary>
    public static Tensor Valid(Tensor x, int axis, ReadOnlySpan<double> taps)
    {
        long length = x.shape[axis] - taps.Length + 1;
        Tensor sum = x.narrow(axis, 0, length).Times(taps[0]);
        for (int k = 1; k < taps.Length; k++)
            sum = sum + x.narrow(axis, k, length).Times(taps[k]);
        return sum;
    }
}
