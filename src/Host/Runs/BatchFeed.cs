using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>The pipeline without actors: for work in which a fault ends the command.</summary>
internal static class BatchFeed
{
    /// <summary>Endless batches of a source in its seeded order; the taker disposes each.</summary>
    /// <param name="source">Not disposed here.</param>
    /// <param name="options">Resolution, channels, seed, mirror.</param>
    /// <param name="count">Images in a batch.</param>
    /// <param name="cancellationToken">Ends the stages.</param>
    /// <exception cref="DatasetUnusableException">The good images can't fill a batch.</exception>
    public static async IAsyncEnumerable<ImageBatch> ReadAsync(
        IImageSource source, PipelineOptions options, int count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using PipelineContext context = new(source, options, new BatchSelector(options.Resolution, count, 0), null);
        using PipelineChannels channels = new(context);
        Channel<ImageBatch> output = PipelineChannels.CreateBatchChannel(options);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task stages = RunUntilFaultAsync(
            output.Writer,
            new ReaderStage(context, channels, 0).RunAsync(stop.Token),
            new DownsampleStage(context, channels, 0).RunAsync(stop.Token),
            new BatchStage(context, channels, output.Writer).RunAsync(stop.Token));
        try
        {
            await foreach (ImageBatch batch in output.Reader.ReadAllAsync(cancellationToken))
                yield return batch;
        }
        finally
        {
            await stop.CancelAsync();
            await stages;
            while (output.Reader.TryRead(out ImageBatch? left))
                left.Dispose();
        }
    }

    /// <summary>The first fault of a stage is what the taker of batches is told.</summary>
    private static async Task RunUntilFaultAsync(ChannelWriter<ImageBatch> output, params Task[] stages)
    {
        Task first = await Task.WhenAny(stages);
        output.TryComplete(first.Exception?.InnerException);
        await Task.WhenAll(stages).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
