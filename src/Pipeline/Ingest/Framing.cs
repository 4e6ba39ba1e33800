using System.Numerics;

namespace Pggan.Pipeline;

/// <summary>Makes an image of a dataset out of any: colours, crop, size and bars, in this order.</summary>
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
                image = ImageConformer.Replace(image, ImageConformer.Recolour(image, options.Channels, options.Background));
            if (cut != new Area(0, 0, image.Width, image.Height))
                image = ImageConformer.Replace(image, Paste(image, -cut.Left, -cut.Top, cut.Width, cut.Height, options.Background));
            if ((image.Width, image.Height) != (place.Width, place.Height))
                image = ImageConformer.Replace(image, Resize(image, place.Width, place.Height, options.Resize));
            if (place != Whole(options))
            {
                var colour = options.Crop == CropPolicy.Wide ? 0 : options.Background;
                image = ImageConformer.Replace(image, Paste(image, place.Left, place.Top, options.Width, options.Height, colour));
            }

            // A training reads a store as it is.
            if (options.Format == DatasetFormat.Store && image.Channels == 4)
                ImageConformer.Settle(image, options.Background);

            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>What is taken of the image, and where in the new one it goes.</summary>
    private static (Area Cut, Area Place) Layout(PixelBuffer image, IngestOptions options, CropBox? box) => options.Crop switch
    {
        CropPolicy.Face when box is { } face => (Face(image, options, face), Whole(options)),
        CropPolicy.Face when !options.CentreWithoutBox => throw new BadImageException("there is no box for it"),
        CropPolicy.Centre or CropPolicy.Face => (Centre(image, options), Whole(options)),
        CropPolicy.Wide => Wide(image, options),
        CropPolicy.Rectangle => Rectangle(image, options, options.Rectangle!.Value),
        _ => Uncropped(image, options),
    };

    private static Area Whole(IngestOptions options) => new(0, 0, options.Width, options.Height);

    private static Area Centre(PixelBuffer image, IngestOptions options)
    {
        var (width, height) = ImageConformer.Largest(image, options.Width, options.Height);
        return new Area((image.Width - width) / 2, (image.Height - height) / 2, width, height);
    }

    private static (Area Cut, Area Place) Wide(PixelBuffer image, IngestOptions options)
    {
        var (width, height, size) = (image.Width, image.Height, options.Width);

        // The rows that the image has at the wanted width.
        var scaled = (int)Math.Round((double)size * height / width);
        if (scaled < (options.PictureHeight ?? 1))
            throw new BadImageException($"{width}×{height} pixels give {size}×{scaled}, fewer than the {options.PictureHeight ?? 1} rows that are wanted");
        var rows = options.PictureHeight ?? Math.Min(scaled, size);
        var cut = rows == scaled ? height : Math.Clamp((int)Math.Round((double)rows * width / size), 1, height);
        return (new Area(0, (height - cut) / 2, width, cut), new Area(0, (size - rows) / 2, size, rows));
    }

    /// <summary>The smallest rectangle of the wanted proportions around the middle of a box that is as wide and as high as the box.</summary>
    private static Area Face(PixelBuffer image, IngestOptions options, CropBox box)
    {
        if (!(box.Width > 0 && box.Height > 0))
            throw new BadImageException($"its box of {box.Width}×{box.Height} pixels is empty");
        if (box.X >= image.Width || box.Y >= image.Height || box.X + box.Width <= 0 || box.Y + box.Height <= 0)
            throw new BadImageException($"its box at {box.X}, {box.Y} lies outside of its {image.Width}×{image.Height} pixels");

        // In lowest terms, a square's sides are the box's longer one, to the last bit.
        var divisor = (int)BigInteger.GreatestCommonDivisor(options.Width, options.Height);
        var (across, down) = (options.Width / divisor, options.Height / divisor);
        var isWide = box.Width * down >= box.Height * across;
        var (wantedWidth, wantedHeight) = isWide ? (box.Width, box.Width * down / across) : (box.Height * across / down, box.Height);

        // More than that of the background is a mistake, and would cost memory.
        if (options.Pad && Math.Max(wantedWidth, wantedHeight) > 4.0 * Math.Max(image.Width, image.Height))
            throw new BadImageException($"its box of {box.Width}×{box.Height} pixels is far larger than its {image.Width}×{image.Height}");
        var (width, height) = options.Pad || (wantedWidth <= image.Width && wantedHeight <= image.Height)
            ? (Math.Max(1, (int)Math.Round(wantedWidth)), Math.Max(1, (int)Math.Round(wantedHeight)))
            : ImageConformer.Largest(image, across, down);
        var left = (int)Math.Floor(box.X + box.Width / 2 - width / 2.0 + 0.5);
        var top = (int)Math.Floor(box.Y + box.Height / 2 - height / 2.0 + 0.5);
        return options.Pad
            ? new Area(left, top, width, height)
            : new Area(Math.Clamp(left, 0, image.Width - width), Math.Clamp(top, 0, image.Height - height), width, height);
    }

    private static (Area Cut, Area Place) Uncropped(PixelBuffer image, IngestOptions options)
    {
        var (width, height) = (image.Width, image.Height);
        if (!options.Pad && !options.Fits(width, height))
        {
            throw new BadImageException(options.IsSquare
                ? $"{width}×{height} pixels are no square; crop them, or pad them"
                : $"{width}×{height} pixels have not the proportions of {options.Width}×{options.Height}; crop them, or pad them");
        }

        return (new Area(0, 0, width, height), Fitted(width, height, options));
    }

    private static (Area Cut, Area Place) Rectangle(PixelBuffer image, IngestOptions options, CropRectangle part)
    {
        if ((long)part.X + part.Width > image.Width || (long)part.Y + part.Height > image.Height)
            throw new BadImageException($"{image.Width}×{image.Height} pixels do not hold the {part.Width}×{part.Height} at {part.X}, {part.Y}");
        return (new Area(part.X, part.Y, part.Width, part.Height), Fitted(part.Width, part.Height, options));
    }

    /// <summary>The middle of what is wanted, as large as the proportions let it be.</summary>
    private static Area Fitted(int width, int height, IngestOptions options)
    {
        var isWide = (long)width * options.Height >= (long)height * options.Width;
        var across = isWide ? options.Width : Scaled(options.Height, width, height);
        var down = isWide ? Scaled(options.Width, height, width) : options.Height;
        return new Area((options.Width - across) / 2, (options.Height - down) / 2, across, down);

        static int Scaled(int size, int side, int longest) => Math.Max(1, (int)Math.Round((double)size * side / longest));
    }

    private static PixelBuffer Resize(PixelBuffer image, int width, int height, ResizeFilter filter)
    {
        var resized = PixelBuffer.Rent(width, height, image.Channels);
        try
        {
            if (filter == ResizeFilter.Box)
                BoxFilter.Resize(image, resized);
            else
                ImageCodec.Resize(image, resized);
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
