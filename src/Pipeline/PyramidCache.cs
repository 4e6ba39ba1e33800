using System.Collections.Concurrent;

namespace Pggan.Pipeline;

/// <summary>
/// Pyramids of a source in memory, first come first kept up to a number of bytes, so that later epochs of a small dataset decode nothing.
/// Thread-safe. What is kept is never changed or dropped, so pyramids share it without copying. It takes nothing for images that are not kept.
/// </summary>
public sealed class PyramidCache
{
    private readonly ConcurrentDictionary<int, byte[]> _byIndex = new();
    private readonly BaseSize _base;
    private readonly int _resolution;
    private readonly int _channels;
    private readonly long _limit;
    private long _bytes;
    private int _count;

    /// <summary>A cache at the options' size and channels.</summary>
    public PyramidCache(PipelineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _base = options.Base;
        _resolution = options.Resolution;
        _channels = options.Channels;
        _limit = options.CacheBytes;
    }

    /// <summary>Bytes of pixels kept.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Images kept.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The pyramid of the ticket's image, or null; the caller disposes it.</summary>
    internal ImagePyramid? Find(ImageTicket ticket) =>
        _byIndex.TryGetValue(ticket.Index, out var data) ? ImagePyramid.Over(data, _base, _resolution, _channels, ticket) : null;

    /// <summary>Keeps a copy while there is room.</summary>
    internal void Offer(ImagePyramid pyramid)
    {
        var length = pyramid.Data.Length;
        if (length > _limit - Bytes || _byIndex.ContainsKey(pyramid.Ticket.Index))
            return;

        if (Interlocked.Add(ref _bytes, length) <= _limit && _byIndex.TryAdd(pyramid.Ticket.Index, pyramid.Data.ToArray()))
            Interlocked.Increment(ref _count);
        else
            Interlocked.Add(ref _bytes, -length);
    }
}
