using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// An image as the details of each size and a small rest (Burt and Adelson 1983), with the binomial filter [1 4 6 4 1] and edges mirrored about
/// their last pixel, as the paper's metric takes it (appendix, "Multi-scale statistical similarity").
/// </summary>
internal static class LaplacianPyramid
{
    private static readonly double[] Binomial = [1 / 16.0, 4 / 16.0, 6 / 16.0, 4 / 16.0, 1 / 16.0];

    /// <summary>Levels of images [N, C, H, W], finest first: [N, C, H, W], [N, C, H/2, W/2], …; the last holds the rest.</summary>
    public static Tensor[] Of(Tensor images, int levels)
    {
        Tensor[] pyramid = new Tensor[levels];
        pyramid[0] = images;
        for (int i = 1; i < levels; i++)
        {
            pyramid[i] = Down(pyramid[i - 1]);
            using Tensor coarse = Up(pyramid[i]);
            pyramid[i - 1] = pyramid[i - 1] - coarse;
        }
        return pyramid;
    }

    /// <summary>[N, C, H, W] to [N, C, H/2, W/2].</summary>
    private static Tensor Down(Tensor x)
    {
        using Tensor smooth = Smooth(x, 1);
        return smooth[TensorIndex.Ellipsis, TensorIndex.Slice(step: 2), TensorIndex.Slice(step: 2)];
    }

    /// <summary>[N, C, H, W] to [N, C, 2H, 2W]: zeros between the pixels, smoothed, and as bright as before.</summary>
    private static Tensor Up(Tensor x)
    {
        long n = x.shape[0], c = x.shape[1], h = x.shape[2], w = x.shape[3];
        using Tensor apart = zeros([n, c, h * 2, w * 2], x.dtype, x.device);
        apart[TensorIndex.Ellipsis, TensorIndex.Slice(step: 2), TensorIndex.Slice(step: 2)] = x;
        return Smooth(apart, 2);
    }

    /// <summary>Filters rows and columns, each times <paramref name="gain"/>.</summary>
    private static Tensor Smooth(Tensor x, double gain)
    {
        double[] taps = [.. Binomial.Select(tap => tap * gain)];
        using Tensor mirrored = nn.functional.pad(x, [2, 2, 2, 2], PaddingModes.Reflect); // [N, C, H+4, W+4]
        using Tensor rows = Filter.Valid(mirrored, 2, taps);                              // [N, C, H, W+4]
        return Filter.Valid(rows, 3, taps);
    }
}
