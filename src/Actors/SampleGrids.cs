using System.Globalization;
using System.Threading.Channels;
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
    /// <param name="seed">Of the latents.</param>
    /// <param name="classOf">The class of each image; used by conditional networks.</param>
    public static Picture Fakes(ImageSampler sampler, GrowthStage stage, long images, int count, int columns, long seed, Func<int, int> classOf)
    {
        var architecture = sampler.Architecture;
        var labels = architecture.LabelSize > 0 ? OneHot(count, architecture.LabelSize, classOf) : null;
        var rendered = sampler.Render(ImageSampler.Latents(count, architecture.Latents, seed), labels, stage);
        var bytes = ImageSampler.ToBytes(rendered.Data);
        return new Picture(bytes, Png(bytes, count, architecture.Channels, stage.Resolution, columns, architecture.Resolution, new Dictionary<string, string>
        {
            ["kimg"] = (images / 1000.0).ToString("0.000", CultureInfo.InvariantCulture),
            ["resolution"] = stage.Resolution.ToString(CultureInfo.InvariantCulture),
            ["alpha"] = stage.Alpha.ToString("0.####", CultureInfo.InvariantCulture),
            ["seed"] = seed.ToString(CultureInfo.InvariantCulture),
        }));
    }

    /// <summary>A PNG of the first good images in the run's order, at the full resolution; fewer than asked where the dataset is small.</summary>
    public static async Task<Picture> RealsAsync(IImageSource source, PipelineOptions options, int count, int columns, CancellationToken cancellationToken)
    {
        // A pipeline of its own, one image a batch, so that bad images are passed by and nothing of the training's order is touched.
        options = options with { Readers = 1, Downsamplers = 1, BatchesInFlight = 1, ImagesInFlight = 2, CacheBytes = 0, Mirror = false };
        using var context = new PipelineContext(source, options, new BatchSelector(options.Resolution, 1, 0), onSkipped: null);
        using var channels = new PipelineChannels(context);
        var batches = PipelineChannels.CreateBatchChannel(options);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        IPipelineStage[] stages =
            [new ReaderStage(context, channels, 0), new DownsampleStage(context, channels, 0), new BatchStage(context, channels, batches.Writer)];
        var runs = Array.ConvertAll(stages, stage => stage.RunAsync(end.Token));
        try
        {
            return await ReadAsync(batches.Reader, runs, source.Count, options, count, columns, end.Token).ConfigureAwait(false);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(runs).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (batches.Reader.TryRead(out var left))
                left.Dispose();
        }
    }

    private static async Task<Picture> ReadAsync(
        ChannelReader<ImageBatch> batches, Task[] stages, int available, PipelineOptions options, int count, int columns, CancellationToken cancellationToken)
    {
        List<byte> pixels = [];
        var read = 0;
        while (read < count)
        {
            var arrives = batches.WaitToReadAsync(cancellationToken).AsTask();
            var first = await Task.WhenAny([arrives, .. stages]).ConfigureAwait(false);
            await first.ConfigureAwait(false);
            if (!batches.TryRead(out var batch))
                continue;
            using (batch)
            {
                // The second epoch shows what the first has shown.
                if (batch.NextPosition > available)
                    break;
                pixels.AddRange(batch.Pixels);
                read++;
            }
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
