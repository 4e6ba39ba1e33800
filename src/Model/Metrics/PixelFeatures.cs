using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Images described by their own pixels, averaged down to at most 32x32, where there is no network for it.</summary>
public static class PixelFeatures
{
    private const int LargestSide = 32;

    /// <summary>Numbers that describe an image of so many channels and pixels a side.</summary>
    public static int SizeOf(int channels, int resolution) => channels * Math.Min(resolution, LargestSide) * Math.Min(resolution, LargestSide);

    /// <summary>Averaged pixels [N, C * S * S] of images [N, C, R, R], in their own units.</summary>
    internal static Tensor Of(Tensor images)
    {
        long side = Math.Min(images.shape[2], LargestSide);
        return nn.functional.adaptive_avg_pool2d(images.to(float32), [side, side]).flatten(1);
    }
}
