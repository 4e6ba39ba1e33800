using NetVips;

namespace Pggan.Pipeline;

/// <summary>Small pictures of images that a training cannot use. Thread-safe.</summary>
public static class Thumbnail
{
    /// <summary>A PNG with at most <paramref name="side"/> pixels a side, of what can be decoded of an image file, however damaged.</summary>
    /// <exception cref="BadImageException">Unknown format, over a limit, or nothing can be decoded.</exception>
    public static byte[] Of(byte[] encoded, int side, DecodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        ArgumentNullException.ThrowIfNull(options);
        var format = ImageCodec.Sniff(encoded);
        if (format == ImageFormat.Unknown || encoded.Length > options.MaxBytes)
            throw new BadImageException("not an image, or too large");
        if (format == ImageFormat.Bmp)
        {
            using var pixels = BitmapDecoder.Decode(encoded, options);
            return Of(pixels, side);
        }

        try
        {
            // Opening reads the header alone, so the size is known before any pixel is decoded.
            using (var header = Image.NewFromBuffer(encoded, access: Enums.Access.Sequential, failOn: Enums.FailOn.None))
                ImageCodec.CheckSize(header.Width, header.Height, options);
            using var small = Image.ThumbnailBuffer(encoded, side, height: side, size: Enums.Size.Down, failOn: Enums.FailOn.None);
            using var opaque = small.HasAlpha() ? small.Flatten(background: [options.Red, options.Green, options.Blue]) : small.Copy();
            using var coloured = opaque.Colourspace(Enums.Interpretation.Srgb);
            return coloured.PngsaveBuffer(keep: Enums.ForeignKeep.None);
        }
        catch (VipsException error)
        {
            throw new BadImageException($"damaged {format}", error);
        }
    }

    /// <summary>The same of pixels.</summary>
    public static byte[] Of(PixelBuffer pixels, int side)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        return Of(ImageCodec.EncodePng(pixels.Pixels, pixels.Channels, pixels.Width, pixels.Height), side, new DecodeOptions());
    }
}
