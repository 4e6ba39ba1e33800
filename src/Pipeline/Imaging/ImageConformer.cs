using System.Numerics;

namespace Pggan.Pipeline;

/// <summary>Brings an image of any size to what a pyramid is built from: a square of the wanted size, or a power of two above it.</summary>
internal static class ImageConformer
{
    /// <summary>Takes the buffer and returns it or another; on failure it is disposed.</summary>
    /// <exception cref="BadImageException">Too small, or refused by the size policy.</exception>
    public static PixelBuffer Conform(PixelBuffer image, PipelineOptions options)
    {
        try
        {
            // Box halving is exact, so a power of two above the wanted size is left to the pyramid.
            if (!IsPowerAbove(image, options.Resolution))
            {
                if (options.SizePolicy == SizePolicy.Exact)
                    throw new BadImageException($"{image.Width}×{image.Height} pixels, but only {options.Resolution}×{options.Resolution} is taken");
                Refuse(image, options);
                if (options.SizePolicy == SizePolicy.CentreCrop && image.Width != image.Height)
                    image = Replace(image, Crop(image));
                if (!IsPowerAbove(image, options.Resolution))
                    image = Replace(image, Resize(image, options.Resolution));
            }

            if (image.Channels != options.Channels)
                image = Replace(image, Recolour(image, options.Channels));
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    private static bool IsPowerAbove(PixelBuffer image, int resolution) =>
        image.Width == image.Height && image.Width >= resolution && BitOperations.IsPow2(image.Width);

    private static void Refuse(PixelBuffer image, PipelineOptions options)
    {
        if (!options.AllowUpscale && Math.Min(image.Width, image.Height) < options.Resolution)
        {
            throw new BadImageException(
                $"{image.Width}×{image.Height} pixels are smaller than {options.Resolution}×{options.Resolution}, and upscaling is not allowed");
        }
    }

    /// <summary>Disposes the old image for the new one.</summary>
    internal static PixelBuffer Replace(PixelBuffer old, PixelBuffer replacement)
    {
        old.Dispose();
        return replacement;
    }

    private static PixelBuffer Crop(PixelBuffer image)
    {
        var side = Math.Min(image.Width, image.Height);
        var (left, top) = ((image.Width - side) / 2, (image.Height - side) / 2);
        var cropped = PixelBuffer.Rent(side, side, image.Channels);
        for (var channel = 0; channel < image.Channels; channel++)
        {
            for (var y = 0; y < side; y++)
                image.Plane(channel).Slice((top + y) * image.Width + left, side).CopyTo(cropped.Plane(channel)[(y * side)..]);
        }

        return cropped;
    }

    private static PixelBuffer Resize(PixelBuffer image, int resolution)
    {
        var resized = PixelBuffer.Rent(resolution, resolution, image.Channels);
        try
        {
            for (var channel = 0; channel < image.Channels; channel++)
                ImageCodec.Resize(image.Plane(channel), image.Width, image.Height, resized.Plane(channel), resolution, resolution);
            return resized;
        }
        catch
        {
            resized.Dispose();
            throw;
        }
    }

    /// <summary>A copy with another number of channels; what becomes alpha is opaque.</summary>
    internal static PixelBuffer Recolour(PixelBuffer image, int channels)
    {
        var recoloured = PixelBuffer.Rent(image.Width, image.Height, channels);
        if (channels > 1)
        {
            for (var channel = 0; channel < 3; channel++)
                image.Plane(Math.Min(channel, image.Channels - 1)).CopyTo(recoloured.Plane(channel));
            if (channels == 4)
                recoloured.Plane(3).Fill(255);
            return recoloured;
        }

        // Luma of ITU-R BT.601 in 16-bit fixed point, as Pillow's "L" has it.
        var red = image.Plane(0);
        var green = image.Plane(1);
        var blue = image.Plane(2);
        var grey = recoloured.Pixels;
        for (var i = 0; i < grey.Length; i++)
            grey[i] = Luma(red[i], green[i], blue[i]);
        return recoloured;
    }

    /// <summary>The grey of a colour.</summary>
    internal static byte Luma(byte red, byte green, byte blue) => (byte)((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16);
}
