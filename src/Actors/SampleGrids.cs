using System.Globalization;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>Pictures of grids of images, from what Model renders and Pipeline reads and encodes.</summary>
internal static class SampleGrids
{
    /// <summary>Images and a PNG that shows them.</summary>
    /// <param name="Pixels">[N, C, R, R].</param>
    /// <param name="Png">Of all of them.</param>
    internal sealed record Picture(byte[] Pixels, byte[] Png);

    /// <summary>A PNG of fakes: each image fills a cell of the final resolution.</summary>
    /// <param name="sampler">Holds the weights.</param>
    /// <param name="stage">How far to grow.</param>
    /// <param name="images">Images seen, for the text in the file.</param>
    /// <param name="count">Images to draw.</param>
    /// <param name="columns">Images a row.</param>
    /// <param name="seeds">Of the latents: one for all images, or one for each.</param>
    /// <param name="classOf">The class of each image; used by conditional networks.</param>
    public static Picture Fakes(
        ImageSampler sampler, GrowthStage stage, long images, int count, int columns, IReadOnlyList<long> seeds, Func<int, int> classOf)
    {
        var architecture = sampler.Architecture;
        var labels = architecture.LabelSize > 0 ? OneHot(count, architecture.LabelSize, classOf) : null;
        var latents = seeds is [var one] ? ImageSampler.Latents(count, architecture.Latents, one) : ImageSampler.Latents(architecture.Latents, seeds);
        var rendered = sampler.Render(latents, labels, stage);
        var bytes = ImageSampler.ToBytes(rendered.Data);
        return new Picture(bytes, Png(bytes, count, architecture.Channels, stage.Resolution, columns, architecture.Resolution, new Dictionary<string, string>
        {
            ["kimg"] = (images / 1000.0).ToString("0.000", CultureInfo.InvariantCulture),
            ["resolution"] = stage.Resolution.ToString(CultureInfo.InvariantCulture),
            ["alpha"] = stage.Alpha.ToString("0.####", CultureInfo.InvariantCulture),
            ["seed"] = string.Join(',', seeds),
        }));
    }

    /// <summary>A PNG of the first good images in the run's order, at the full resolution; fewer than asked where the dataset is small.</summary>
    public static async Task<Picture> RealsAsync(IImageSource source, PipelineOptions options, int count, int columns, CancellationToken cancellationToken)
    {
        List<byte> pixels = [];
        var read = 0;
        await foreach (var batch in DatasetImages.ReadAsync(source, options, count, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
                pixels.AddRange(batch.Pixels);
            read++;
        }

        byte[] images = [.. pixels];
        return new Picture(images, Png(images, read, options.Channels, options.Resolution, columns, options.Resolution, new Dictionary<string, string>
        {
            ["resolution"] = options.Resolution.ToString(CultureInfo.InvariantCulture),
        }));
    }

    private static byte[] Png(
        ReadOnlySpan<byte> images, int count, int channels, int resolution, int columns, int cell, Dictionary<string, string> text)
    {
        columns = Math.Min(columns, count);
        var rows = (count + columns - 1) / columns;
        text["count"] = count.ToString(CultureInfo.InvariantCulture); // the last row may not be full
        return ImageCodec.EncodePng(ImageGrid.Compose(images, channels, resolution, columns, cell), channels, columns * cell, rows * cell, text);
    }

    private static HostTensor OneHot(int count, int classes, Func<int, int> classOf)
    {
        var labels = new float[count * classes];
        for (var i = 0; i < count; i++)
            labels[i * classes + classOf(i)] = 1;
        return new HostTensor([count, classes], labels);
    }
}
