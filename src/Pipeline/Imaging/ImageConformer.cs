namespace Pggan.Pipeline;

/// <summary>Brings an image of any size to what a pyramid is built from: the base at the wanted resolution, or at a power of two above it.</summary>
internal static class ImageConformer
{
    /// <summary>Takes the buffer and returns it or another; on failure it is disposed.</summary>
    /// <exception cref="BadImageException">Too small, or refused by the size policy.</exception>
    public static PixelBuffer Conform(PixelBuffer image, PipelineOptions options)
    {
        try
        {
            // As a decoder does that keeps no alpha.
            if (image.Channels == 4 && options.Channels < 4)
                image = Replace(image, Recolour(image, 3, options.Decode.Background));

            var (width, height) = (options.Base.WidthAt(options.Resolution), options.Base.HeightAt(options.Resolution));
            if (!IsPowerAbove(image, options))
            {
                if (options.SizePolicy == SizePolicy.Exact)
                    throw new BadImageException($"{image.Width}×{image.Height} pixels, but only {width}×{height} is taken");
                if (!options.AllowUpscale && (image.Width < width || image.Height < height))
                    throw new BadImageException($"{image.Width}×{image.Height} pixels are smaller than {width}×{height}, and upscaling is not allowed");
                if (options.SizePolicy == SizePolicy.CentreCrop)
                    image = Crop(image, options.Base);
            }

            // Box halving is exact, so a power of two above the wanted size is left to the pyramid; but that does not weigh colours by alpha.
            if (!IsPowerAbove(image, options))
                image = Replace(image, Resize(image, width, height));
            else if (image.Channels == 4 && image.Width > width)
                image = Replace(image, Shrink(image, width, height));

            if (image.Channels != options.Channels)
                image = Replace(image, Recolour(image, options.Channels, options.Decode.Background));
            if (image.Channels == 4)
                Settle(image, options.Decode.Background);
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>Disposes the old image for the new one.</summary>
    internal static PixelBuffer Replace(PixelBuffer old, PixelBuffer replacement)
    {
        old.Dispose();
        return replacement;
    }

    /// <summary>The size of the largest rectangle of some proportions that an image holds.</summary>
    internal static (int Width, int Height) Largest(PixelBuffer image, int across, int down) =>
        (long)image.Width * down > (long)image.Height * across ? (Side(image.Height, across, down), image.Height)
        : (image.Width, Side(image.Width, down, across));

    /// <summary>Gives pixels that are wholly transparent the background's colour: nobody sees theirs, so no network need learn it.</summary>
    internal static void Settle(PixelBuffer image, int background)
    {
        var alpha = image.Plane(3);
        for (var channel = 0; channel < 3; channel++)
        {
            var plane = image.Plane(channel);
            var colour = (byte)(background >> (16 - 8 * channel));
            for (var i = 0; i < plane.Length; i++)
            {
                if (alpha[i] == 0)
                    plane[i] = colour;
            }
        }
    }

    /// <summary>A copy with another number of channels: what becomes alpha is opaque, what was alpha is laid on the background.</summary>
    internal static PixelBuffer Recolour(PixelBuffer image, int channels, int background)
    {
        if (image.Channels == 4)
        {
            var flat = Flatten(image, background);
            return channels == 3 ? flat : Replace(flat, Recolour(flat, channels, background));
        }

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

    private static bool IsPowerAbove(PixelBuffer image, PipelineOptions options) =>
        options.Base.ResolutionOf(image.Width, image.Height) >= options.Resolution;

    /// <summary>A side as many times as long as another, rounded.</summary>
    private static int Side(int other, int times, int over) => (int)Math.Max(1, (2L * other * times + over) / (2L * over));

    private static PixelBuffer Crop(PixelBuffer image, BaseSize proportions)
    {
        var (width, height) = Largest(image, proportions.Width, proportions.Height);
        if ((width, height) == (image.Width, image.Height))
            return image;
        var (left, top) = ((image.Width - width) / 2, (image.Height - height) / 2);
        var cropped = PixelBuffer.Rent(width, height, image.Channels);
        for (var channel = 0; channel < image.Channels; channel++)
        {
            for (var y = 0; y < height; y++)
                image.Plane(channel).Slice((top + y) * image.Width + left, width).CopyTo(cropped.Plane(channel)[(y * width)..]);
        }

        return Replace(image, cropped);
    }

    private static PixelBuffer Resize(PixelBuffer image, int width, int height)
    {
        var resized = PixelBuffer.Rent(width, height, image.Channels);
        try
        {
            ImageCodec.Resize(image, resized);
            return resized;
        }
        catch
        {
            resized.Dispose();
            throw;
        }
    }

    private static PixelBuffer Shrink(PixelBuffer image, int width, int height)
    {
        var shrunk = PixelBuffer.Rent(width, height, image.Channels);
        BoxFilter.Resize(image, shrunk);
        return shrunk;
    }

    private static PixelBuffer Flatten(PixelBuffer image, int background)
    {
        var flat = PixelBuffer.Rent(image.Width, image.Height, 3);
        var alpha = image.Plane(3);
        for (var channel = 0; channel < 3; channel++)
        {
            var colours = image.Plane(channel);
            var plane = flat.Plane(channel);
            var behind = (byte)(background >> (16 - 8 * channel));
            for (var i = 0; i < plane.Length; i++)
                plane[i] = ImageCodec.Over(colours[i], alpha[i], behind);
        }

        return flat;
    }
}
