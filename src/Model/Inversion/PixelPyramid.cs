using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Images at every resolution down to 4 pixels, each the 2x2 means of the one above it.</summary>
internal static class PixelPyramid
{
    private const int Smallest = 4;

    /// <summary>[N, C, H, W], [N, C, R/2, R/2], ... [N, C, 4, 4].</summary>
    public static IReadOnlyList<Tensor> Of(Tensor images)
    {
        List<Tensor> levels = [images];
        while (levels[^1].shape[2] > Smallest)
            levels.Add(Resample.Down2x(levels[^1]));
        return levels;
    }

    /// <summary>Mean over the resolutions of the mean squared difference, [N].</summary>
    /// <param name="images">Pyramid of N images.</param>
    /// <param name="target">Pyramid of one.</param>
    public static Tensor Distance(IReadOnlyList<Tensor> images, IReadOnlyList<Tensor> target)
    {
        Tensor sum = zeros(images[0].shape[0], device: images[0].device); // [N]
        foreach ((Tensor image, Tensor wanted) in images.Zip(target))
        {
            Tensor off = image - wanted;                                  // [N, C, r, r]
            sum = sum + (off * off).mean([1L, 2L, 3L]);                   // [N]
        }
        return sum.Times(1.0 / images.Count);
    }
}
