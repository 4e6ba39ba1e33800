using System.Buffers;
using System.Numerics;

namespace Pggan.Pipeline;

/// <summary>One image at its full resolution and every halving of it down to 4×4, planar bytes. The holder disposes it.</summary>
/// <remarks>A pyramid without pixels marks a place in the order whose image is bad: whoever assembles batches passes it by.</remarks>
public sealed class ImagePyramid : IDisposable
{
    /// <summary>The smallest level, in pixels.</summary>
    public const int SmallestResolution = 4;

    private readonly bool _pooled;
    private byte[]? _data;
    private bool _disposed;

    private ImagePyramid(byte[]? data, bool pooled, int resolution, int channels)
    {
        _data = data;
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

    /// <summary>All levels, the largest first.</summary>
    internal ReadOnlySpan<byte> Data => Bytes.AsSpan(0, LengthOf(Resolution, Channels));

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

        return new ImagePyramid(data, pooled: true, resolution, image.Channels) { Ticket = image.Ticket };
    }

    /// <summary>The pixels of one level, [C, resolution, resolution].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The pyramid has no such level.</exception>
    public ReadOnlySpan<byte> Level(int resolution)
    {
        if (!BitOperations.IsPow2(resolution) || resolution < SmallestResolution || resolution > Resolution)
            throw new ArgumentOutOfRangeException(nameof(resolution), resolution, $"the pyramid has levels from 4 to {Resolution}");
        return Bytes.AsSpan(OffsetOf(resolution, Resolution, Channels), Channels * resolution * resolution);
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
        new(data, pooled: false, resolution, channels) { Ticket = ticket };

    /// <summary>The mark of a place whose image is bad.</summary>
    internal static ImagePyramid Gap(ImageTicket ticket) => new(null, pooled: false, 0, 0) { Ticket = ticket };

    /// <summary>Bytes of all levels.</summary>
    internal static int LengthOf(int resolution, int channels) => OffsetOf(SmallestResolution / 2, resolution, channels);

    private static int OffsetOf(int level, int resolution, int channels)
    {
        var offset = 0;
        for (var size = resolution; size > level; size /= 2)
            offset = checked(offset + channels * size * size);
        return offset;
    }

    private static void BuildPlane(
        ReadOnlySpan<byte> plane, int side, int channel, int channels, int resolution, Span<uint> sums, Span<byte> data)
    {
        if (side == resolution)
            plane.CopyTo(data.Slice(channel * side * side, side * side));

        for (var (size, halvings) = (side / 2, 1); size >= SmallestResolution; size /= 2, halvings++)
        {
            if (halvings == 1)
                BoxDownsampler.SumBlocks(plane, side, sums);
            else
                BoxDownsampler.SumBlocks(sums, size * 2);

            // Levels above the wanted one are only steps on the way.
            if (size <= resolution)
            {
                var target = data.Slice(OffsetOf(size, resolution, channels) + channel * size * size, size * size);
                BoxDownsampler.Round(sums[..(size * size)], halvings, target);
            }
        }
    }
}
