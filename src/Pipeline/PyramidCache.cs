namespace Pggan.Pipeline;

/// <summary>
/// Pyramids of a source in memory, first come first kept up to a number of bytes, so that later epochs of a small dataset decode nothing.
/// Thread-safe. What is kept is never changed or dropped, so pyramids share it without copying.
/// </summary>
public sealed class PyramidCache
{
    private readonly byte[]?[] _byIndex;
    private readonly int _resolution;
    private readonly int _channels;
    private readonly long _limit;
    private long _bytes;
    private int _count;

    /// <summary>A cache for a source of <paramref name="count"/> images at the options' resolution and channels.</summary>
    public PyramidCache(int count, PipelineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _resolution = options.Resolution;
        _channels = options.Channels;
        _limit = options.CacheBytes;
        _byIndex = _limit == 0 ? [] : new byte[]?[count];
    }

    /// <summary>Bytes of pixels kept.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Images kept.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The pyramid of the ticket's image, or null; the caller disposes it.</summary>
    internal ImagePyramid? Find(ImageTicket ticket)
    {
        if ((uint)ticket.Index >= (uint)_byIndex.Length || Volatile.Read(ref _byIndex[ticket.Index]) is not { } data)
            return null;
        return ImagePyramid.Over(data, _resolution, _channels, ticket);
    }

    /// <summary>Keeps a copy while there is room.</summary>
    internal void Offer(ImagePyramid pyramid)
    {
        var index = pyramid.Ticket.Index;
        if ((uint)index >= (uint)_byIndex.Length || Volatile.Read(ref _byIndex[index]) is not null)
            return;

        var length = pyramid.Data.Length;
        if (Interlocked.Add(ref _bytes, length) <= _limit)
        {
            if (Interlocked.CompareExchange(ref _byIndex[index], pyramid.Data.ToArray(), null) is null)
            {
                Interlocked.Increment(ref _count);
                return;
            }
        }

        Interlocked.Add(ref _bytes, -length);
    }
}
