using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>The two resamplings of the paper: nearest-neighbour up, box mean down.</summary>
internal static class Resample
{
    /// <summary>[N, C, H, W] to [N, C, 2H, 2W], every pixel four times.</summary>
    public static Tensor Up2x(Tensor x) => Up(x, 2);

    /// <summary>[N, C, H, W] to [N, C, kH, kW], every pixel k*k times.</summary>
    public static Tensor Up(Tensor x, int factor)
    {
        long n = x.shape[0], c = x.shape[1], h = x.shape[2], w = x.shape[3];
        return factor == 1
            ? x.alias()
            : x.reshape(n, c, h, 1, w, 1).expand(n, c, h, factor, w, factor).reshape(n, c, h * factor, w * factor);
    }

    /// <summary>[N, C, H, W] to [N, C, H/2, W/2], the mean of each 2x2 square.</summary>
    public static Tensor Down2x(Tensor x) => nn.functional.avg_pool2d(x, 2);
}
