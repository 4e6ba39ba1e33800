using System.Buffers;
using System.Runtime.InteropServices;
using NetVips;

namespace Pggan.Pipeline;

/// <summary>Decodes image files with libvips and encodes PNG. Thread-safe; each call works on its own thread only.</summary>
public static class ImageCodec
{
    /// <summary>In pixels. Decoders and filters may take memory and time by rows and columns, whatever the area.</summary>
    private const int LongestSide = 32_768;

    // libvips prints warnings to the error stream; what matters of them comes with the exception. Kept, because native code calls it.
    private static readonly Log.LogDelegate Silence = static (_, _, _) => { };

    static ImageCodec()
    {
        Log.SetLogHandler("VIPS", Enums.LogLevelFlags.Warning, Silence);

        // The pipeline's stages are the parallelism, and no image is asked for twice in the same way.
        NetVips.NetVips.Concurrency = 1;
        NetVips.NetVips.BlockUntrusted = true;
        Cache.Max = 0;
    }

    /// <summary>What decides the pixels besides the options: libvips, and the way in which pyramids are made.</summary>
    public static string Version { get; } = FormattableString.Invariant($"libvips {NetVips.NetVips.Version(0)}.{NetVips.NetVips.Version(1)}.{NetVips.NetVips.Version(2)}, pyramid 1");

    /// <summary>The format by the first bytes of a file.</summary>
    public static ImageFormat Sniff(ReadOnlySpan<byte> encoded) => encoded switch
    {
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, ..] => ImageFormat.Png,
        [0xFF, 0xD8, 0xFF, ..] => ImageFormat.Jpeg,
        [0x52, 0x49, 0x46, 0x46, _, _, _, _, 0x57, 0x45, 0x42, 0x50, ..] => ImageFormat.WebP,
        [0x47, 0x49, 0x46, 0x38, 0x37 or 0x39, 0x61, ..] => ImageFormat.Gif,
        [0x49, 0x49, 0x2A, 0x00, ..] or [0x4D, 0x4D, 0x00, 0x2A, ..] => ImageFormat.Tiff,
        [0x42, 0x4D, ..] => ImageFormat.Bmp,
        _ => ImageFormat.Unknown,
    };

    /// <summary>
    /// Decodes an image at its own size: upright, 8 bits, grey or RGB, without alpha unless the options keep it. 16 bits become the nearest 8, v / 257.
    /// </summary>
    /// <exception cref="BadImageException">Unknown format, over a limit, or damaged.</exception>
    public static PixelBuffer Decode(ReadOnlySpan<byte> encoded, DecodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (encoded.IsEmpty)
            throw new BadImageException("the file is empty");
        if (encoded.Length > options.MaxBytes)
            throw new BadImageException($"{encoded.Length} bytes are more than the limit of {options.MaxBytes}");

        var format = Sniff(encoded);
        if (format == ImageFormat.Unknown)
            throw new BadImageException("not a PNG, JPEG, WebP, GIF, TIFF or BMP image");
        if (format == ImageFormat.Bmp)
            return BitmapDecoder.Decode(encoded, options);

        try
        {
            // Opening reads the header alone, so the size is known before any pixel is decoded.
            using var image = Image.NewFromBuffer(encoded, access: Enums.Access.Sequential, failOn: Enums.FailOn.Truncated);
            CheckSize(image.Width, image.Height, options);
            if (!(image.Contains("orientation") && image.Get("orientation") is int and > 1))
                return Convert(image, options);

            // Turning needs the rows in another order than they are decoded in.
            using var whole = Image.NewFromBuffer(encoded, access: Enums.Access.Random, failOn: Enums.FailOn.Truncated);
            using var upright = whole.Autorot();
            return Convert(upright, options);
        }
        catch (VipsException error)
        {
            throw new BadImageException($"damaged {format}: {FirstLine(error.Message)}", error);
        }
    }

    /// <summary>Encodes planar pixels as PNG.</summary>
    /// <param name="planar">[C, H, W].</param>
    /// <param name="channels">1, 3, or 4 with alpha.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="text">Text chunks by keyword (1 to 79 Latin letters), or null.</param>
    /// <param name="compression">0 (none, the fastest to read) to 9.</param>
    public static byte[] EncodePng(
        ReadOnlySpan<byte> planar, int channels, int width, int height, IReadOnlyDictionary<string, string>? text = null, int compression = 6)
    {
        if (channels is not (1 or 3 or 4) || planar.Length != (long)channels * width * height)
            throw new ArgumentException($"{planar.Length} bytes are not {channels}×{height}×{width} pixels", nameof(planar));

        var interleaved = new byte[planar.Length];
        Interleave(planar, channels, interleaved);
        using var raw = Image.NewFromMemory(interleaved, width, height, channels, Enums.BandFormat.Uchar);
        using var image = raw.Copy(interpretation: channels == 1 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
        if (text is null || text.Count == 0)
            return image.PngsaveBuffer(compression: compression, keep: Enums.ForeignKeep.None);

        using var commented = image.Mutate(mutable =>
        {
            var index = 0;
            foreach (var (keyword, value) in text)
                mutable.Set(GValue.GStrType, $"png-comment-{index++}-{keyword}", value);
        });
        return commented.PngsaveBuffer(compression: compression, keep: Enums.ForeignKeep.Other);
    }

    /// <summary>From planes to pixels: [C, H, W] to [H, W, C].</summary>
    public static void Interleave(ReadOnlySpan<byte> planar, int channels, Span<byte> interleaved)
    {
        var plane = planar.Length / channels;
        for (var channel = 0; channel < channels; channel++)
        {
            for (var i = 0; i < plane; i++)
                interleaved[i * channels + channel] = planar[channel * plane + i];
        }
    }

    /// <summary>From pixels to the planes of an image: [H, W, C] to [C, H, W].</summary>
    internal static void Deinterleave(ReadOnlySpan<byte> interleaved, PixelBuffer image)
    {
        for (var channel = 0; channel < image.Channels; channel++)
        {
            var plane = image.Plane(channel);
            for (int i = 0, at = channel; i < plane.Length; i++, at += image.Channels)
                plane[i] = interleaved[at];
        }
    }

    /// <summary>Resizes an image with Lanczos' filter; colours count as much as they are opaque.</summary>
    /// <param name="source">Of any size.</param>
    /// <param name="target">Has as many channels.</param>
    /// <exception cref="BadImageException">libvips cannot resize it to exactly that.</exception>
    internal static void Resize(PixelBuffer source, PixelBuffer target)
    {
        if (source.Channels == 4)
        {
            ResizeWithAlpha(source, target);
            return;
        }

        for (var channel = 0; channel < source.Channels; channel++)
            Resize(source.Plane(channel), source.Width, source.Height, target.Plane(channel), target.Width, target.Height);
    }

    /// <summary>Resizes one plane with Lanczos' filter.</summary>
    private static void Resize(ReadOnlySpan<byte> plane, int width, int height, Span<byte> target, int targetWidth, int targetHeight)
    {
        using var image = Image.NewFromMemoryCopy(plane, width, height, 1, Enums.BandFormat.Uchar);
        using var resized = image.Resize(
            (double)targetWidth / width, kernel: Enums.Kernel.Lanczos3, vscale: (double)targetHeight / height);
        if (resized.Width != targetWidth || resized.Height != targetHeight)
            throw new BadImageException($"{width}×{height} cannot be resized to {targetWidth}×{targetHeight}");
        WithPixels(resized, target, static (pixels, target) => pixels.CopyTo(target));
    }

    /// <summary>Resizes four planes, the last of which is alpha, with Lanczos' filter: what is transparent gives nothing of its colour away.</summary>
    private static void ResizeWithAlpha(PixelBuffer source, PixelBuffer target)
    {
        var interleaved = new byte[source.Pixels.Length];
        Interleave(source.Pixels, 4, interleaved);
        using var raw = Image.NewFromMemory(interleaved, source.Width, source.Height, 4, Enums.BandFormat.Uchar);
        using var image = raw.Copy(interpretation: Enums.Interpretation.Srgb);
        using var weighted = image.Premultiply();
        using var resized = weighted.Resize(
            (double)target.Width / source.Width, kernel: Enums.Kernel.Lanczos3, vscale: (double)target.Height / source.Height);
        if (resized.Width != target.Width || resized.Height != target.Height)
            throw new BadImageException($"{source.Width}×{source.Height} cannot be resized to {target.Width}×{target.Height}");
        using var plain = resized.Unpremultiply();
        using var whole = plain.Rint();
        using var bytes = whole.Cast(Enums.BandFormat.Uchar);
        WithPixels(bytes, target, Deinterleave);
    }

    /// <summary>A colour laid over another: 0 to 255 each, and an alpha of 0 shows what is behind alone.</summary>
    public static byte Over(int colour, int alpha, int behind) => (byte)((colour * alpha + behind * (255 - alpha) + 127) / 255);

    /// <summary>Refuses sizes over the limit.</summary>
    internal static void CheckSize(long width, long height, DecodeOptions options)
    {
        if (width <= 0 || height <= 0)
            throw new BadImageException($"{width}×{height} pixels are no image");
        if (Math.Max(width, height) > LongestSide)
            throw new BadImageException($"{width}×{height} pixels are more than the limit of {LongestSide} a side");
        if (width * height > options.MaxPixels)
            throw new BadImageException($"{width}×{height} pixels are more than the limit of {options.MaxPixels}");
    }

    private static PixelBuffer Convert(Image image, DecodeOptions options)
    {
        // Each step below costs more than decoding a small image, so it is taken only where it changes something.
        if (IsEightBit(image) || IsSixteenBit(image))
            return Deinterleave(image, options);

        var grey = image.Bands <= 2 && image.Interpretation is Enums.Interpretation.Grey16 or Enums.Interpretation.Bw;
        using var converted = image.Colourspace(grey ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
        if (converted.Format == Enums.BandFormat.Uchar)
            return Deinterleave(converted, options);
        using var bytes = converted.Cast(Enums.BandFormat.Uchar);
        return Deinterleave(bytes, options);
    }

    private static bool IsEightBit(Image image) =>
        image.Format == Enums.BandFormat.Uchar && image.Bands is >= 1 and <= 4
        && image.Interpretation is Enums.Interpretation.Srgb or Enums.Interpretation.Rgb or Enums.Interpretation.Bw;

    private static bool IsSixteenBit(Image image) =>
        image.Format == Enums.BandFormat.Ushort && image.Bands is >= 1 and <= 4
        && image.Interpretation is Enums.Interpretation.Rgb16 or Enums.Interpretation.Grey16;

    private static PixelBuffer Deinterleave(Image image, DecodeOptions options)
    {
        var bands = image.Bands;
        if (bands is < 1 or > 4)
            throw new BadImageException($"{bands} channels");

        // A grey image on a coloured background is no longer grey.
        var neutral = options.Red == options.Green && options.Green == options.Blue;
        var keepsAlpha = options.KeepAlpha && bands is 2 or 4;
        var buffer = PixelBuffer.Rent(image.Width, image.Height, keepsAlpha ? 4 : bands == 1 || (bands == 2 && neutral) ? 1 : 3);
        try
        {
            if (image.Format == Enums.BandFormat.Ushort)
                WithPixels(image, (buffer, bands, options), static (pixels, to) => Narrow(MemoryMarshal.Cast<byte, ushort>(pixels), to.bands, to.buffer, to.options));
            else
                WithPixels(image, (buffer, bands, options), static (pixels, to) => Split(pixels, to.bands, to.buffer, to.options));
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>From 65535 to 255 levels. 257 is odd, so no value lies in the middle of two.</summary>
    private static void Narrow(ReadOnlySpan<ushort> pixels, int bands, PixelBuffer buffer, DecodeOptions options)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(pixels.Length);
        try
        {
            for (var i = 0; i < pixels.Length; i++)
                bytes[i] = (byte)((pixels[i] + 128) / 257);
            Split(bytes.AsSpan(0, pixels.Length), bands, buffer, options);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static void Split(ReadOnlySpan<byte> pixels, int bands, PixelBuffer buffer, DecodeOptions options)
    {
        if (pixels.Length != (long)buffer.Width * buffer.Height * bands)
            throw new BadImageException("the decoder returned another size than the header says");

        if (bands == 1)
        {
            pixels.CopyTo(buffer.Pixels);
            return;
        }

        ReadOnlySpan<byte> background = [options.Red, options.Green, options.Blue];
        for (var channel = 0; channel < buffer.Channels; channel++)
        {
            var plane = buffer.Plane(channel);
            var colour = channel == 3 ? bands - 1 : bands < 3 ? 0 : channel;
            if (bands == 3 || buffer.Channels == 4)
            {
                for (int i = 0, at = colour; i < plane.Length; i++, at += bands)
                    plane[i] = pixels[at];
                continue;
            }

            int behind = background[channel], opaque = 255;
            for (int i = 0, at = 0; i < plane.Length; i++, at += bands)
            {
                opaque &= pixels[at + bands - 1];
                plane[i] = Over(pixels[at + colour], pixels[at + bands - 1], behind);
            }

            buffer.WasTransparent |= opaque < 255;
        }
    }

    private static void WithPixels<TState>(Image image, TState state, PixelAction<TState> action)
        where TState : allows ref struct
    {
        var memory = image.WriteToMemory(out var size);
        try
        {
            unsafe
            {
                action(new ReadOnlySpan<byte>(memory.ToPointer(), checked((int)size)), state);
            }
        }
        finally
        {
            NetVips.NetVips.Free(memory);
        }
    }

    private static string FirstLine(string message)
    {
        var lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length == 0 ? "the decoder gave no reason" : lines[^1];
    }

    private delegate void PixelAction<TState>(ReadOnlySpan<byte> pixels, TState state)
        where TState : allows ref struct;
}
