using System.Globalization;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>Pictures of grids of images, from what Model renders and Pipeline reads and encodes.</summary>
internal static class SampleGrids
{
    /// <summary>A longer one would leave no room in a head that is read without the pixels.</summary>
    private const int MostLabelText = 1024;

    /// <summary>Images and a PNG that shows them.</summary>
    /// <param name="Pixels">[N, C, H, W].</param>
    /// <param name="Png">Of all of them.</param>
    internal sealed record Picture(byte[] Pixels, byte[] Png);

    /// <summary>A PNG of fakes: each image fills a cell of the final resolution.</summary>
    /// <param name="sampler">Holds the weights.</param>
    /// <param name="stage">How far to grow.</param>
    /// <param name="images">Images seen, for the text in the file.</param>
    /// <param name="plan">What it shows.</param>
    public static Picture Fakes(ImageSampler sampler, GrowthStage stage, long images, PicturePlan plan)
    {
        var (_, count, columns, seeds, labelOf, label) = plan;
        var architecture = sampler.Architecture;
        var labels = architecture.LabelSize > 0 ? WholeLabel.Rows(architecture, [.. Enumerable.Range(0, count).Select(labelOf)]) : null;
        var latents = seeds is [var one] ? ImageSampler.Latents(count, architecture.Latents, one) : ImageSampler.Latents(architecture.Latents, seeds);
        var rendered = sampler.Render(latents, labels, stage);
        var bytes = ImageSampler.ToBytes(rendered.Data);
        var factor = architecture.Resolution / stage.Resolution;
        var text = new Dictionary<string, string>
        {
            ["kimg"] = (images / 1000.0).ToString("0.000", CultureInfo.InvariantCulture),
            ["resolution"] = stage.Resolution.ToString(CultureInfo.InvariantCulture),
            ["alpha"] = stage.Alpha.ToString("0.####", CultureInfo.InvariantCulture),
            ["seed"] = string.Join(',', seeds),
        };
        if (label is not null && LabelText(label) is { Length: <= MostLabelText } told)
            text["class"] = told;
        return new Picture(bytes, Png(
            bytes, count, architecture.Channels, architecture.WidthAt(stage.Resolution), architecture.HeightAt(stage.Resolution), columns, factor, text));
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
        return new Picture(images, Png(images, read, options.Channels, options.Base.WidthAt(options.Resolution), options.Base.HeightAt(options.Resolution), columns, 1, new Dictionary<string, string>
        {
            ["resolution"] = options.Resolution.ToString(CultureInfo.InvariantCulture),
        }));
    }

    private static string LabelText(IReadOnlyList<int> label) => label is [] ? GeneratorSnapshot.NoFlag : string.Join('+', label);

    private static byte[] Png(
        ReadOnlySpan<byte> images, int count, int channels, int width, int height, int columns, int factor, Dictionary<string, string> text)
    {
        columns = Math.Min(columns, count);
        var rows = (count + columns - 1) / columns;
        text["count"] = count.ToString(CultureInfo.InvariantCulture); // the last row may not be full
        return ImageCodec.EncodePng(
            ImageGrid.Compose(images, channels, width, height, columns, factor), channels, columns * factor * width, rows * factor * height, text);
    }
}
