using System.Buffers;
using System.Numerics;

namespace Pggan.Pipeline;

/// <summary>One image at its full resolution and every halving of it down to 4×4, planar bytes. The holder disposes it.</summary>
/// <remarks>A pyramid without pixels marks a place in the order whose image is bad: whoever assembles batches passes it by.</remarks>
public sealed class ImagePyramid : IDisposable
{
    /// <summary>The smallest level, in pixels.</summary>
    public const int SmallestResolution = 4;

    private readonly int _start;
    private readonly bool _pooled;
    private byte[]? _data;
    private bool _disposed;

    private ImagePyramid(byte[]? data, int start, bool pooled, int resolution, int channels)
    {
        _data = data;
        _start = start;
        _pooled = pooled;
        Resolution = resolution;
        Channels = channels;
        LiveBuffers.Opened();
    }

    /// <summary>The largest level, in pixels.</summary>
    public int Resolution { get; }

    /// <summary>1 (grey) or 3 (red, green, blue).</summary>
    public int Channels { get; }

    /// <summary>The place in the order of the run that this image was read for.</summary>
    internal ImageTicket Ticket { get; init; }

    /// <summary>No pixels: the image of this place is bad.</summary>
    internal bool IsGap => Resolution == 0;

    /// <summary>All levels, the smallest first: what comes before the end of a level is a pyramid, too.</summary>
    internal ReadOnlySpan<byte> Data => Bytes.AsSpan(_start, LengthOf(Resolution, Channels));

    private byte[] Bytes => _data ?? throw new ObjectDisposedException(nameof(ImagePyramid));

    /// <summary>Builds the levels from <paramref name="resolution"/> down to 4 of a square image.</summary>
    /// <param name="image">Square; its side is <paramref name="resolution"/> times a power of two. Not disposed here.</param>
    /// <param name="resolution">The largest level wanted: a power of two from 4.</param>
    /// <exception cref="ArgumentException">Another size.</exception>
    public static ImagePyramid Build(PixelBuffer image, int resolution)
    {
        ArgumentNullException.ThrowIfNull(image);
        var side = image.Width;
        if (image.Height != side || !BitOperations.IsPow2(side) || !BitOperations.IsPow2(resolution)
            || resolution < SmallestResolution || side < resolution)
            throw new ArgumentException($"a {image.Width}×{image.Height} image has no level of {resolution} pixels", nameof(image));

        var data = ArrayPool<byte>.Shared.Rent(LengthOf(resolution, image.Channels));
        var sums = ArrayPool<uint>.Shared.Rent(Math.Max(1, side / 2 * (side / 2)));
        try
        {
            for (var channel = 0; channel < image.Channels; channel++)
                BuildPlane(image.Plane(channel), side, channel, image.Channels, resolution, sums, data);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(data);
            throw;
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(sums);
        }

        return new ImagePyramid(data, 0, pooled: true, resolution, image.Channels) { Ticket = image.Ticket };
    }

    /// <summary>The pixels of one level, [C, resolution, resolution].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The pyramid has no such level.</exception>
    public ReadOnlySpan<byte> Level(int resolution)
    {
        if (!BitOperations.IsPow2(resolution) || resolution < SmallestResolution || resolution > Resolution)
            throw new ArgumentOutOfRangeException(nameof(resolution), resolution, $"the pyramid has levels from 4 to {Resolution}");
        return Bytes.AsSpan(_start + OffsetOf(resolution, Channels), Channels * resolution * resolution);
    }

    /// <summary>Gives the memory back; a second call does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        if (Interlocked.Exchange(ref _data, null) is { } data && _pooled)
            ArrayPool<byte>.Shared.Return(data);
        LiveBuffers.Closed();
    }

    /// <summary>A pyramid over memory that somebody else keeps and nobody changes any more.</summary>
    internal static ImagePyramid Over(byte[] data, int resolution, int channels, ImageTicket ticket) =>
        new(data, 0, pooled: false, resolution, channels) { Ticket = ticket };

    /// <summary>A pyramid that begins at a place of an array from the pool, and gives it back.</summary>
    internal static ImagePyramid OfPooled(byte[] data, int start, int resolution, int channels, ImageTicket ticket) =>
        new(data, start, pooled: true, resolution, channels) { Ticket = ticket };

    /// <summary>The mark of a place whose image is bad.</summary>
    internal static ImagePyramid Gap(ImageTicket ticket) => new(null, 0, pooled: false, 0, 0) { Ticket = ticket };

    /// <summary>Bytes of all levels.</summary>
    internal static int LengthOf(int resolution, int channels) => OffsetOf(checked(resolution * 2), channels);

    // Squares of the powers of two below a level: a geometric series.
    private static int OffsetOf(int level, int channels) => checked(channels * (level * level - SmallestResolution * SmallestResolution)) / 3;

    private static void BuildPlane(
        ReadOnlySpan<byte> plane, int side, int channel, int channels, int resolution, Span<uint> sums, Span<byte> data)
    {
        if (side == resolution)
            plane.CopyTo(data.Slice(OffsetOf(side, channels) + channel * side * side, side * side));

        for (var (size, halvings) = (side / 2, 1); size >= SmallestResolution; size /= 2, halvings++)
        {
            if (halvings == 1)
                BoxDownsampler.SumBlocks(plane, side, sums);
            else
                BoxDownsampler.SumBlocks(sums, size * 2);

            // Levels above the wanted one are only steps on the way.
            if (size <= resolution)
            {
                var target = data.Slice(OffsetOf(size, channels) + channel * size * size, size * size);
                BoxDownsampler.Round(sums[..(size * size)], halvings, target);
            }
        }
    }
}
