using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Pggan.Pipeline;

/// <summary>The good images of a dataset, apart from any training.</summary>
public static class DatasetImages
{
    /// <summary>
    /// Reads images in the order of the options' seed, at most all of them once, one a batch and not mirrored; bad ones are passed by. Whoever takes a
    /// batch disposes it.
    /// </summary>
    /// <param name="source">Not disposed here.</param>
    /// <param name="options">Resolution, base, channels, seed, and how images are brought to them.</param>
    /// <param name="count">The most images.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="DatasetUnusableException">There is no good image.</exception>
    public static IAsyncEnumerable<ImageBatch> ReadAsync(IImageSource source, PipelineOptions options, int count, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        return ReadAsync(source, options, options.Resolution, count, cancellationToken);
    }

    /// <summary>The same of a level of their pyramids.</summary>
    /// <param name="source">Not disposed here.</param>
    /// <param name="options">Resolution, base, channels, seed, and how images are brought to them.</param>
    /// <param name="resolution">Of the level, a power of two up to the options' own.</param>
    /// <param name="count">The most images.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="DatasetUnusableException">There is no good image.</exception>
    public static async IAsyncEnumerable<ImageBatch> ReadAsync(
        IImageSource source, PipelineOptions options, int resolution, int count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        options = options with { Readers = 1, Downsamplers = 1, BatchesInFlight = 1, ImagesInFlight = 2, CacheBytes = 0, Mirror = false };
        using var context = new PipelineContext(source, options, new BatchSelector(resolution, 1, 0), onSkipped: null, isExported: false);
        using var channels = new PipelineChannels(context);
        var batches = PipelineChannels.CreateBatchChannel(options);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        IPipelineStage[] stages =
            [new ReaderStage(context, channels, 0), new DownsampleStage(context, channels, 0), new BatchStage(context, channels, batches.Writer)];
        var runs = Array.ConvertAll(stages, stage => stage.RunAsync(end.Token));
        try
        {
            for (var read = 0; read < count; read++)
            {
                // The second epoch has what the first one had.
                var batch = await NextAsync(batches.Reader, runs, end.Token).ConfigureAwait(false);
                if (batch.NextPosition > source.Count)
                {
                    batch.Dispose();
                    break;
                }

                yield return batch;
            }
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(runs).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (batches.Reader.TryRead(out var left))
                left.Dispose();
        }
    }

    private static async Task<ImageBatch> NextAsync(ChannelReader<ImageBatch> batches, Task[] stages, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (batches.TryRead(out var batch))
                return batch;
            var arrives = batches.WaitToReadAsync(cancellationToken).AsTask();
            var first = await Task.WhenAny([arrives, .. stages]).ConfigureAwait(false);
            await first.ConfigureAwait(false);
        }
    }
}
