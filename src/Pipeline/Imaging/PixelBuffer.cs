using System.Buffers;

namespace Pggan.Pipeline;

/// <summary>One decoded image in pooled memory: planar bytes [C, H, W], 0 to 255. The holder disposes it.</summary>
public sealed class PixelBuffer : IDisposable
{
    private byte[]? _data;

    private PixelBuffer(byte[] data, int width, int height, int channels)
    {
        _data = data;
        Width = width;
        Height = height;
        Channels = channels;
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>1 (grey), 3 (red, green, blue), or 4 (with alpha) where a decoder was told to keep it.</summary>
    public int Channels { get; }

    /// <summary>The pixels, [C, H, W]; whatever was in the pool until they are written.</summary>
    public Span<byte> Pixels => Data.AsSpan(0, Channels * Height * Width);

    /// <summary>Whether a decoder laid transparent pixels on a background.</summary>
    internal bool WasTransparent { get; set; }

    /// <summary>The place in the order of the run that this image was read for.</summary>
    internal ImageTicket Ticket { get; set; }

    private byte[] Data => _data ?? throw new ObjectDisposedException(nameof(PixelBuffer));

    /// <summary>A buffer for an image of the given size.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size that is not positive, or channels other than 1, 3 and 4.</exception>
    public static PixelBuffer Rent(int width, int height, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (channels is not (1 or 3 or 4))
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "an image has 1, 3 or 4 channels");

        var data = ArrayPool<byte>.Shared.Rent(checked(width * height * channels));
        LiveBuffers.Opened();
        return new PixelBuffer(data, width, height, channels);
    }

    /// <summary>One channel, [H, W].</summary>
    public Span<byte> Plane(int channel) => Data.AsSpan(channel * Height * Width, Height * Width);

    /// <summary>Gives the memory back; a second call does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _data, null) is { } data)
        {
            ArrayPool<byte>.Shared.Return(data);
            LiveBuffers.Closed();
        }
    }
}
