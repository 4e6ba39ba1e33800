using System.Numerics;
using System.Threading.Channels;

namespace Pggan.Pipeline;

/// <summary>
/// What all stages of a pipeline share and what outlives a restart of it: the source, what was learned about it, and how far batches were
/// delivered. The source stays its owner's.
/// </summary>
public sealed class PipelineContext : IDisposable
{
    private readonly Lock _gate = new();
    private readonly StoreFeed? _feed;
    private int _lease;
    private (int Generation, long Position)? _delivered;

    /// <summary>Checks the options, and that the source can fill a minibatch.</summary>
    /// <param name="source">Not disposed here.</param>
    /// <param name="options">The numbers.</param>
    /// <param name="selector">What the trainer wants.</param>
    /// <param name="onSkipped">Told of each bad image once, on the thread of a stage; or null.</param>
    /// <param name="isExported">Whether others than its owner see its numbers; off for a pipeline beside the training's.</param>
    /// <exception cref="ArgumentException">Bad options.</exception>
    /// <exception cref="DatasetUnusableException">The source has no image, or fewer than a minibatch.</exception>
    public PipelineContext(
        IImageSource source, PipelineOptions options, BatchSelector selector, Action<SkippedImage>? onSkipped, bool isExported = true)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(selector);
        options.Validate();
        Source = source;
        Options = options;
        Selector = selector;
        Skipped = new SkippedImages(onSkipped);
        RequireEnough(selector.Current.Count);
        Order = new ImageOrder(source.Count, options.Seed);
        Cache = new PyramidCache(options);
        Store = source.LevelsFor(options);
        _feed = Store is { IsWritable: true } ? new StoreFeed(Store, source) : null;
        Meter = new PipelineMeter(Skipped, Cache, isExported, Store);
    }

    /// <summary>The dataset.</summary>
    public IImageSource Source { get; }

    /// <summary>The numbers.</summary>
    public PipelineOptions Options { get; }

    /// <summary>What the trainer wants.</summary>
    public BatchSelector Selector { get; }

    /// <summary>The order of the run.</summary>
    public ImageOrder Order { get; }

    /// <summary>The bad images.</summary>
    public SkippedImages Skipped { get; }

    /// <summary>The decoded images kept in memory.</summary>
    public PyramidCache Cache { get; }

    /// <summary>The images on disk at every level; null = none.</summary>
    public PyramidStore? Store { get; }

    /// <summary>The pipeline in numbers.</summary>
    public PipelineMeter Meter { get; }

    /// <summary>Ends the meter, and writes what waits for the store.</summary>
    public void Dispose()
    {
        Meter.Dispose();
        _feed?.Dispose();
    }

    /// <summary>Keeps what was made of an image for later epochs: in the store, or in memory where there is none that can be written.</summary>
    internal void Keep(ImagePyramid pyramid)
    {
        if (_feed is { IsOpen: true })
            _feed.Offer(pyramid);
        else
            Cache.Offer(pyramid);
    }

    /// <summary>The ticket's image at the levels up to the wanted one, or null; the caller disposes it.</summary>
    internal ImagePyramid? FindInStore(ImageTicket ticket)
    {
        if (Store is null)
            return null;

        // Whether the wanted resolution is one is for the batch stage to say.
        var wanted = BitOperations.RoundUpToPowerOf2((uint)Selector.Current.Resolution);
        var pyramid = Store.Find(ticket with { Index = Source.NumberInStore(ticket.Index) }, (int)Math.Min(wanted, (uint)Options.Resolution));
        if (pyramid is null)
            return null;
        pyramid.Ticket = ticket;
        Meter.CountStoreRead();
        return pyramid;
    }

    /// <summary>Makes new channels the only ones whose batches are taken, and says where they begin.</summary>
    internal (int Lease, long Position) TakeLease()
    {
        lock (_gate)
            return (++_lease, StartOf(Selector.Current));
    }

    /// <summary>The place where the next batch of a request begins: where it starts, or after what was delivered of it.</summary>
    internal long NextPosition(BatchRequest request)
    {
        lock (_gate)
            return StartOf(request);
    }

    /// <summary>
    /// Hands a batch over unless newer channels or a newer request exist. Under one lock with the note of how far delivery got, so that no
    /// restart can lose or repeat a batch.
    /// </summary>
    internal Delivery TryDeliver(int lease, ImageBatch batch, ChannelWriter<ImageBatch> output)
    {
        var next = batch.NextPosition;
        lock (_gate)
        {
            if (lease != _lease)
                return Delivery.Superseded;
            if (batch.Generation != Selector.Current.Generation)
                return Delivery.Stale;
            if (!output.TryWrite(batch))
                return Delivery.Full;
            _delivered = (batch.Generation, next);
            return Delivery.Done;
        }
    }

    /// <summary>Fails when the images that are not known to be bad cannot fill a minibatch.</summary>
    internal void RequireEnough(int count)
    {
        var usable = Source.Count - Skipped.Count;
        if (usable >= count)
            return;
        var first = Skipped.List() is [var image, ..] ? $"; for example {image.Name}: {image.Reason}" : "";
        throw new DatasetUnusableException(usable <= 0
            ? $"{Source.Description} has no usable image ({Skipped.Count} of {Source.Count} are bad{first})"
            : $"{Source.Description} has {usable} usable images, fewer than a minibatch of {count} ({Skipped.Count} are bad{first})");
    }

    private long StartOf(BatchRequest request) =>
        _delivered is { } delivered && delivered.Generation == request.Generation ? delivered.Position : request.Position;

    /// <summary>What became of a batch.</summary>
    internal enum Delivery
    {
        Done,
        Full,
        Stale,
        Superseded,
    }
}
