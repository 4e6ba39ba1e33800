using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Images as rows of numbers to look for neighbours in: features of a plan's network, or else pixels, averaged down to at most 32 a side.</summary>
/// <param name="plan">Size of the images, and the network.</param>
public sealed class ImageDescription(MetricPlan plan)
{
    private const int ImagesAtOnce = 32;

    /// <summary>A row an image.</summary>
    /// <param name="images">[N, C, H, W] bytes.</param>
    public FeatureTable Of(ReadOnlySpan<byte> images)
    {
        FeatureTable? table = null;
        int size = plan.Channels * plan.Height * plan.Width;
        for (int count; images.Length > 0; images = images[(count * size)..])
        {
            count = Math.Min(ImagesAtOnce, images.Length / size);
            using var noGradients = no_grad();
            using var scope = NewDisposeScope();
            Tensor pixels = tensor(images[..(count * size)].ToArray(), [count, plan.Channels, plan.Height, plan.Width]).to(float32);
            Tensor rows = plan.Features is { } network ? network.Features(pixels) : PixelFeatures.Of(pixels);
            table ??= new FeatureTable((int)rows.shape[1]);
            table.Append(rows);
        }
        return table ?? throw new ArgumentException("there are no images to describe");
    }
}
