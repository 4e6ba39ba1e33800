namespace Pggan.Pipeline;

/// <summary>Makes the square of a dataset out of an image: colours, crop, size and bars, in this order.</summary>
internal static class Framing
{
    /// <summary>Takes the buffer and returns it or another; on failure it is disposed.</summary>
    /// <param name="image">Of any size.</param>
    /// <param name="options">Validated.</param>
    /// <param name="box">The image's, or null.</param>
    /// <exception cref="BadImageException">Refused; the message is the reason.</exception>
    public static PixelBuffer Frame(PixelBuffer image, IngestOptions options, CropBox? box)
    {
        try
        {
            var (cut, place) = Layout(image, options, box);
            if (!options.AllowUpscale && (cut.Width < place.Width || cut.Height < place.Height))
            {
                throw new BadImageException(
                    $"{cut.Width}×{cut.Height} pixels are smaller than {place.Width}×{place.Height}, and upscaling is not allowed");
            }

            if (image.Channels != options.Channels)
                image = ImageConformer.Replace(image, ImageConformer.Recolour(image, options.Channels));
            if (cut != new Area(0, 0, image.Width, image.Height))
                image = ImageConformer.Replace(image, Paste(image, -cut.Left, -cut.Top, cut.Width, cut.Height, options.Background));
            if ((image.Width, image.Height) != (place.Width, place.Height))
                image = ImageConformer.Replace(image, Resize(image, place.Width, place.Height, options.Resize));
            if (place != Whole(options))
            {
                var colour = options.Crop == CropPolicy.Wide ? 0 : options.Background;
                image = ImageConformer.Replace(image, Paste(image, place.Left, place.Top, options.Size, options.Size, colour));
            }

            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>What is taken of the image, and where in the square it goes.</summary>
    private static (Area Cut, Area Place) Layout(PixelBuffer image, IngestOptions options, CropBox? box) => options.Crop switch
    {
        CropPolicy.Face when box is { } face => (Face(image, options.Pad, face), Whole(options)),
        CropPolicy.Face when !options.CentreWithoutBox => throw new BadImageException("there is no box for it"),
        CropPolicy.Centre or CropPolicy.Face => (Centre(image), Whole(options)),
        CropPolicy.Wide => Wide(image, options),
        CropPolicy.Rectangle => Rectangle(image, options, options.Rectangle!.Value),
        _ => Uncropped(image, options),
    };

    private static Area Whole(IngestOptions options) => new(0, 0, options.Size, options.Size);

    private static Area Centre(PixelBuffer image)
    {
        var side = Math.Min(image.Width, image.Height);
        return new Area((image.Width - side) / 2, (image.Height - side) / 2, side, side);
    }

    private static (Area Cut, Area Place) Wide(PixelBuffer image, IngestOptions options)
    {
        var (width, height, size) = (image.Width, image.Height, options.Size);

        // The rows that the image has at the wanted width.
        var scaled = (int)Math.Round((double)size * height / width);
        if (scaled < (options.Height ?? 1))
            throw new BadImageException($"{width}×{height} pixels give {size}×{scaled}, fewer than the {options.Height ?? 1} rows that are wanted");
        var rows = options.Height ?? Math.Min(scaled, size);
        var cut = rows == scaled ? height : Math.Clamp((int)Math.Round((double)rows * width / size), 1, height);
        return (new Area(0, (height - cut) / 2, width, cut), new Area(0, (size - rows) / 2, size, rows));
    }

    private static Area Face(PixelBuffer image, bool pad, CropBox box)
    {
        if (!(box.Width > 0 && box.Height > 0))
            throw new BadImageException($"its box of {box.Width}×{box.Height} pixels is empty");
        if (box.X >= image.Width || box.Y >= image.Height || box.X + box.Width <= 0 || box.Y + box.Height <= 0)
            throw new BadImageException($"its box at {box.X}, {box.Y} lies outside of its {image.Width}×{image.Height} pixels");

        // More than that of the background is a mistake, and would cost memory.
        var wanted = Math.Max(box.Width, box.Height);
        if (pad && wanted > 4.0 * Math.Max(image.Width, image.Height))
            throw new BadImageException($"its box of {box.Width}×{box.Height} pixels is far larger than its {image.Width}×{image.Height}");
        var side = Math.Max(1, (int)Math.Round(pad ? wanted : Math.Min(wanted, Math.Min(image.Width, image.Height))));
        var left = (int)Math.Floor(box.X + box.Width / 2 - side / 2.0 + 0.5);
        var top = (int)Math.Floor(box.Y + box.Height / 2 - side / 2.0 + 0.5);
        return pad
            ? new Area(left, top, side, side)
            : new Area(Math.Clamp(left, 0, image.Width - side), Math.Clamp(top, 0, image.Height - side), side, side);
    }

    private static (Area Cut, Area Place) Uncropped(PixelBuffer image, IngestOptions options)
    {
        var (width, height) = (image.Width, image.Height);
        if (width != height && !options.Pad)
            throw new BadImageException($"{width}×{height} pixels are no square; crop them, or pad them");
        return (new Area(0, 0, width, height), Fitted(width, height, options.Size));
    }

    private static (Area Cut, Area Place) Rectangle(PixelBuffer image, IngestOptions options, CropRectangle part)
    {
        if ((long)part.X + part.Width > image.Width || (long)part.Y + part.Height > image.Height)
            throw new BadImageException($"{image.Width}×{image.Height} pixels do not hold the {part.Width}×{part.Height} at {part.X}, {part.Y}");
        return (new Area(part.X, part.Y, part.Width, part.Height), Fitted(part.Width, part.Height, options.Size));
    }

    /// <summary>The middle of the square, as large as the proportions let it be.</summary>
    private static Area Fitted(int width, int height, int size)
    {
        var longest = Math.Max(width, height);
        var (across, down) = (Scaled(width), Scaled(height));
        return new Area((size - across) / 2, (size - down) / 2, across, down);

        int Scaled(int side) => Math.Max(1, (int)Math.Round((double)size * side / longest));
    }

    private static PixelBuffer Resize(PixelBuffer image, int width, int height, ResizeFilter filter)
    {
        var resized = PixelBuffer.Rent(width, height, image.Channels);
        try
        {
            if (filter == ResizeFilter.Box)
                BoxFilter.Resize(image, resized);
            else if (image.Channels == 4)
                ImageCodec.ResizeWithAlpha(image, resized);
            else
                for (var channel = 0; channel < image.Channels; channel++)
                    ImageCodec.Resize(image.Plane(channel), image.Width, image.Height, resized.Plane(channel), width, height);
            return resized;
        }
        catch
        {
            resized.Dispose();
            throw;
        }
    }

    /// <summary>The image on a canvas of a colour, with its upper left corner at a place that may lie outside of it.</summary>
    private static PixelBuffer Paste(PixelBuffer image, int left, int top, int width, int height, int colour)
    {
        var canvas = PixelBuffer.Rent(width, height, image.Channels);
        var (red, green, blue) = ((byte)(colour >> 16), (byte)(colour >> 8), (byte)colour);
        ReadOnlySpan<byte> fill = image.Channels == 1 ? [ImageConformer.Luma(red, green, blue)] : [red, green, blue, 255];
        var (from, to) = (Math.Max(0, left), Math.Min(width, left + image.Width));
        for (var channel = 0; channel < image.Channels; channel++)
        {
            canvas.Plane(channel).Fill(fill[channel]);
            for (var y = Math.Max(0, top); y < Math.Min(height, top + image.Height); y++)
                image.Plane(channel).Slice((y - top) * image.Width + from - left, to - from).CopyTo(canvas.Plane(channel)[(y * width + from)..]);
        }

        return canvas;
    }

    private readonly record struct Area(int Left, int Top, int Width, int Height);
}
