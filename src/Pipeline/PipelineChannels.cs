using System.Threading.Channels;

namespace Pggan.Pipeline;

/// <summary>
/// The inner channels of a pipeline with the ledger of what is read into them: made afresh whenever the pipeline starts. The newest ones
/// made for a context are the only ones whose batches are delivered. Disposing them disposes what is in them.
/// </summary>
public sealed class PipelineChannels : IDisposable
{
    /// <summary>Begins where delivery stands.</summary>
    public PipelineChannels(PipelineContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        (Lease, var position) = context.TakeLease();
        var options = context.Options;
        Ledger = new ReadLedger(context.Order, options.ImagesInFlight, position);
        Pixels = Channel.CreateBounded<PixelBuffer>(new BoundedChannelOptions(options.ImagesInFlight)
        {
            SingleReader = options.Downsamplers == 1,
            SingleWriter = options.Readers == 1,
        });
        Pyramids = Channel.CreateBounded<ImagePyramid>(new BoundedChannelOptions(options.ImagesInFlight)
        {
            SingleReader = true,
            SingleWriter = false,
        });
        context.Meter.Watch("pixels", 0, () => Pixels.Reader.Count, options.ImagesInFlight);
        context.Meter.Watch("pyramids", 1, () => Pyramids.Reader.Count, options.ImagesInFlight);
    }

    /// <summary>Which positions are being read.</summary>
    public ReadLedger Ledger { get; }

    internal int Lease { get; }

    internal Channel<PixelBuffer> Pixels { get; }

    internal Channel<ImagePyramid> Pyramids { get; }

    /// <summary>The outer channel, which outlives restarts of the pipeline: its owner keeps it and disposes the batches in it.</summary>
    public static Channel<ImageBatch> CreateBatchChannel(PipelineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Channel.CreateBounded<ImageBatch>(new BoundedChannelOptions(options.BatchesInFlight)
        {
            SingleReader = true,
            SingleWriter = false,
        });
    }

    /// <summary>Closes the channels and disposes what is in them. A stage that still runs ends and disposes what it holds.</summary>
    public void Dispose()
    {
        Pixels.Writer.TryComplete();
        Pyramids.Writer.TryComplete();
        while (Pixels.Reader.TryRead(out var pixels))
            pixels.Dispose();
        while (Pyramids.Reader.TryRead(out var pyramid))
            pyramid.Dispose();
    }
}
