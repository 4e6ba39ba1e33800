using System.Buffers;
using System.Numerics;

namespace Pggan.Pipeline;

/// <summary>One image at its full resolution and every halving of it down to its base (4×4 of squares), planar bytes. The holder disposes it.</summary>
/// <remarks>A pyramid without pixels marks a place in the order whose image is bad: whoever assembles batches passes it by.</remarks>
public sealed class ImagePyramid : IDisposable
{
    /// <summary>The resolution of the smallest level.</summary>
    public const int SmallestResolution = 4;

    private readonly int _start;
    private readonly bool _pooled;
    private byte[]? _data;
    private bool _disposed;

    private ImagePyramid(byte[]? data, int start, bool pooled, BaseSize proportions, int resolution, int channels)
    {
        _data = data;
        _start = start;
        _pooled = pooled;
        Base = proportions;
        Resolution = resolution;
        Channels = channels;
        LiveBuffers.Opened();
    }

    /// <summary>The size of the smallest level.</summary>
    public BaseSize Base { get; }

    /// <summary>The resolution of the largest level.</summary>
    public int Resolution { get; }

    /// <summary>1 (grey), 3 (red, green, blue) or 4 (with alpha). Each is averaged for itself.</summary>
    public int Channels { get; }

    /// <summary>The place in the order of the run that this image was read for.</summary>
    internal ImageTicket Ticket { get; set; }

    /// <summary>No pixels: the image of this place is bad.</summary>
    internal bool IsGap => Resolution == 0;

    /// <summary>All levels, the smallest first: what comes before the end of a level is a pyramid, too.</summary>
    internal ReadOnlySpan<byte> Data => Bytes.AsSpan(_start, LengthOf(Resolution, Channels, Base));

    private byte[] Bytes => _data ?? throw new ObjectDisposedException(nameof(ImagePyramid));

    /// <summary>Builds the levels from <paramref name="resolution"/> down to 4.</summary>
    /// <param name="image">Its size is that of the base at <paramref name="resolution"/>, both sides times the same power of two. Not disposed here.</param>
    /// <param name="resolution">Of the largest level wanted: a power of two from 4.</param>
    /// <param name="proportions">The size at resolution 4; null = 4×4, of squares.</param>
    /// <exception cref="ArgumentException">Another size.</exception>
    public static ImagePyramid Build(PixelBuffer image, int resolution, BaseSize? proportions = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        proportions ??= BaseSize.Square;
        if (resolution < SmallestResolution || !BitOperations.IsPow2(resolution) || proportions.ResolutionOf(image.Width, image.Height) is not { } whole || whole < resolution)
            throw new ArgumentException($"a {image.Width}×{image.Height} image has no level of resolution {resolution} with a base of {proportions}", nameof(image));

        // Channel by channel, alpha as any: so a level is what fading real images on the device makes of the level above it.
        var data = ArrayPool<byte>.Shared.Rent(LengthOf(resolution, image.Channels, proportions));
        var sums = ArrayPool<uint>.Shared.Rent(Math.Max(1, image.Width / 2 * (image.Height / 2)));
        try
        {
            for (var channel = 0; channel < image.Channels; channel++)
                BuildPlane(image.Plane(channel), proportions, whole, channel, image.Channels, resolution, sums, data);
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

        return new ImagePyramid(data, 0, pooled: true, proportions, resolution, image.Channels) { Ticket = image.Ticket };
    }

    /// <summary>The pixels of one level, [C, H, W].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The pyramid has no such level.</exception>
    public ReadOnlySpan<byte> Level(int resolution)
    {
        if (!BitOperations.IsPow2(resolution) || resolution < SmallestResolution || resolution > Resolution)
            throw new ArgumentOutOfRangeException(nameof(resolution), resolution, $"the pyramid has levels from 4 to {Resolution}");
        return Bytes.AsSpan(_start + OffsetOf(resolution, Channels, Base), Channels * Base.PixelsAt(resolution));
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
    internal static ImagePyramid Over(byte[] data, BaseSize proportions, int resolution, int channels, ImageTicket ticket) =>
        new(data, 0, pooled: false, proportions, resolution, channels) { Ticket = ticket };

    /// <summary>A pyramid that begins at a place of an array from the pool, and gives it back.</summary>
    internal static ImagePyramid OfPooled(byte[] data, int start, BaseSize proportions, int resolution, int channels, ImageTicket ticket) =>
        new(data, start, pooled: true, proportions, resolution, channels) { Ticket = ticket };

    /// <summary>The mark of a place whose image is bad.</summary>
    internal static ImagePyramid Gap(ImageTicket ticket) => new(null, 0, pooled: false, BaseSize.Square, 0, 0) { Ticket = ticket };

    /// <summary>Bytes of all levels.</summary>
    internal static int LengthOf(int resolution, int channels, BaseSize proportions) => OffsetOf(checked(resolution * 2), channels, proportions);

    // Squares of the powers of two below a level, times the base: a geometric series.
    private static int OffsetOf(int level, int channels, BaseSize proportions)
    {
        var scale = (long)(level / SmallestResolution);
        return checked((int)(channels * proportions.PixelsAt(SmallestResolution) * ((scale * scale - 1) / 3)));
    }

    private static void BuildPlane(
        ReadOnlySpan<byte> plane, BaseSize proportions, int whole, int channel, int channels, int resolution, Span<uint> sums, Span<byte> data)
    {
        if (whole == resolution)
            plane.CopyTo(data.Slice(OffsetOf(whole, channels, proportions) + channel * plane.Length, plane.Length));

        for (var (level, halvings) = (whole / 2, 1); level >= SmallestResolution; level /= 2, halvings++)
        {
            var (width, height) = (proportions.WidthAt(level), proportions.HeightAt(level));
            if (halvings == 1)
                BoxDownsampler.SumBlocks(plane, width * 2, height * 2, sums);
            else
                BoxDownsampler.SumBlocks(sums, width * 2, height * 2);

            // Levels above the wanted one are only steps on the way.
            if (level <= resolution)
            {
                var target = data.Slice(OffsetOf(level, channels, proportions) + channel * width * height, width * height);
                BoxDownsampler.Round(sums[..(width * height)], halvings, target);
            }
        }
    }
}
