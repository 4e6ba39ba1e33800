using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Filters of images along one axis. Sums of shifted images: exact, the same on every device, and no convolution that needs channels.</summary>
internal static class Filter
{
    /// <summary>sum over k of taps[k] * x[i + k] for every i with all of its neighbours, so the axis becomes shorter by taps - 1.</summary>
    public static Tensor Valid(Tensor x, int axis, ReadOnlySpan<double> taps)
    {
        long length = x.shape[axis] - taps.Length + 1;
        Tensor sum = Tapped(x, axis, 0, length, taps[0]);
        for (int k = 1; k < taps.Length; k++)
        {
            using Tensor before = sum, next = Tapped(x, axis, k, length, taps[k]);
            sum = before + next;
        }
        return sum;
    }

    private static Tensor Tapped(Tensor x, int axis, int start, long length, double tap)
    {
        using Tensor shifted = x.narrow(axis, start, length);
        return shifted.Times(tap);
    }
}
