using System.Runtime.CompilerServices;
using NetVips;

namespace Pggan.Pipeline;

/// <summary>Encodes animations that run without end. Thread-safe.</summary>
public static class AnimationCodec
{
    /// <summary>Of lossy WebP, from 0 to 100.</summary>
    public const int WebPQuality = 90;

    /// <summary>Most pixels of a side that WebP can tell.</summary>
    public const int WebPLongestSide = 16_383;

    /// <summary>Most pixels of a side that GIF can tell.</summary>
    public const int GifLongestSide = 65_535;

    /// <summary>Most rows of all pictures together that libvips takes.</summary>
    public const int MostRows = 10_000_000;

    // It sets libvips up.
    static AnimationCodec() => RuntimeHelpers.RunClassConstructor(typeof(ImageCodec).TypeHandle);

    /// <summary>Encodes pictures that lie one below the other.</summary>
    /// <param name="format">WebP (lossy), or GIF (256 colours a picture).</param>
    /// <param name="pictures">[N * H, W, C] bytes.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="width">Of a picture, in pixels.</param>
    /// <param name="height">Of a picture, in pixels.</param>
    /// <param name="milliseconds">How long each of the N pictures is shown; GIF knows hundredths of a second only.</param>
    /// <exception cref="ArgumentException">The sizes do not fit each other, or another format.</exception>
    public static byte[] Encode(ImageFormat format, byte[] pictures, int channels, int width, int height, IReadOnlyList<int> milliseconds)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(milliseconds);
        var count = milliseconds.Count;
        if (channels is not (1 or 3) || count == 0 || pictures.Length != (long)count * height * width * channels)
            throw new ArgumentException($"{pictures.Length} bytes are not {count} pictures of {channels}×{height}×{width} pixels", nameof(pictures));

        using var raw = Image.NewFromMemory(pictures, width, count * height, channels, Enums.BandFormat.Uchar);
        using var image = raw.Copy(interpretation: channels == 1 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
        using var animation = image.Mutate(mutable =>
        {
            mutable.Set(GValue.GIntType, "page-height", height);
            mutable.Set(GValue.ArrayIntType, "delay", milliseconds.ToArray());
            mutable.Set(GValue.GIntType, "loop", 0);
        });
        return format switch
        {
            // Nearest-neighbour zoom has sharp edges of colour, which the usual subsampling smears.
            ImageFormat.WebP => animation.WebpsaveBuffer(q: WebPQuality, smartSubsample: true, effort: 2),
            ImageFormat.Gif => animation.GifsaveBuffer(effort: 4, dither: 0.5),
            _ => throw new ArgumentException($"{format} holds no animation", nameof(format)),
        };
    }
}
