using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Images described by their own pixels, averaged down to at most 32x32, where there is no network for it.</summary>
public static class PixelFeatures
{
    private const int LargestSide = 32;

    /// <summary>Averaged pixels [N, C * h * w] of images [N, C, H, W], in their own units.</summary>
    internal static Tensor Of(Tensor images)
    {
        long height = images.shape[2], width = images.shape[3], longer = Math.Max(height, width), most = Math.Min(longer, LargestSide);
        return nn.functional.adaptive_avg_pool2d(images.to(float32), [Math.Max(1, height * most / longer), Math.Max(1, width * most / longer)]).flatten(1);
    }
}
