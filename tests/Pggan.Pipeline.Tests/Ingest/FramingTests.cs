namespace Pggan.Pipeline.Tests;

/// <summary>Every crop on images whose pixel at x, y is 10 y + x.</summary>
public sealed class FramingTests
{
    private static readonly IngestOptions Grey = new() { Size = 4, Channels = 1, Resize = ResizeFilter.Box };

    [Fact]
    public void Centre_takes_the_middle_square() =>
        Assert.Equal([1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24, 31, 32, 33, 34], Framed(Numbered(6, 4), Grey));

    [Fact]
    public void Wide_keeps_the_width_between_black_bars() =>
        Assert.Equal([0, 0, 0, 0, 6, 8, 10, 12, 26, 28, 30, 32, 0, 0, 0, 0], Framed(Numbered(8, 4), Grey with { Crop = CropPolicy.Wide }));

    [Fact]
    public void Wide_with_a_height_cuts_to_its_proportions_first() =>
        Assert.Equal([0, 0, 0, 0, 6, 8, 10, 12, 26, 28, 30, 32, 0, 0, 0, 0],
            Framed(Shifted(Numbered(8, 4), 8, 6), Grey with { Crop = CropPolicy.Wide, PictureHeight = 2 }));

    [Fact]
    public void Wide_takes_the_middle_of_what_is_high() =>
        Assert.Equal([10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33, 40, 41, 42, 43], Framed(Numbered(4, 6), Grey with { Crop = CropPolicy.Wide }));

    [Fact]
    public void Wide_refuses_what_has_too_few_rows() =>
        Assert.Contains("fewer than the 3 rows", Refusal(Numbered(8, 4), Grey with { Crop = CropPolicy.Wide, PictureHeight = 3 }), StringComparison.Ordinal);

    [Fact]
    public void No_crop_refuses_what_is_no_square_unless_it_is_padded()
    {
        var none = Grey with { Crop = CropPolicy.None };
        Assert.Equal(Numbered(4, 4).Pixels.ToArray(), Framed(Numbered(4, 4), none));
        Assert.Contains("4×2 pixels are no square", Refusal(Numbered(4, 2), none), StringComparison.Ordinal);
        Assert.Equal([77, 77, 77, 77, 0, 1, 2, 3, 10, 11, 12, 13, 77, 77, 77, 77], Framed(Numbered(4, 2), none with { Pad = true, Background = 0x4D4D4D }));
        Assert.Equal([77, 0, 1, 77, 77, 10, 11, 77, 77, 20, 21, 77, 77, 30, 31, 77], Framed(Numbered(2, 4), none with { Pad = true, Background = 0x4D4D4D }));
    }

    [Fact]
    public void A_rectangle_is_the_same_part_of_every_image()
    {
        var part = Grey with { Crop = CropPolicy.Rectangle, Rectangle = new CropRectangle(3, 1, 4, 4) };
        Assert.Equal([13, 14, 15, 16, 23, 24, 25, 26, 33, 34, 35, 36, 43, 44, 45, 46], Framed(Numbered(8, 6), part));
        Assert.Equal([13, 14, 15, 16, 23, 24, 25, 26, 33, 34, 35, 36, 43, 44, 45, 46], Framed(Numbered(7, 5), part));
        Assert.Contains("6×6 pixels do not hold the 4×4 at 3, 1", Refusal(Numbered(6, 6), part), StringComparison.Ordinal);
        Assert.Contains("8×4 pixels do not hold", Refusal(Numbered(8, 4), part), StringComparison.Ordinal);
        Assert.Contains("do not hold", Refusal(Numbered(8, 8), part with { Rectangle = new CropRectangle(int.MaxValue, 0, 4, 4) }), StringComparison.Ordinal);
        Assert.Contains("2×2 pixels are smaller than 4×4", Refusal(Numbered(8, 8), part with { Rectangle = new CropRectangle(0, 0, 2, 2) }), StringComparison.Ordinal);
        Assert.Equal([9, 9, 9, 9, 11, 12, 13, 14, 21, 22, 23, 24, 9, 9, 9, 9],
            Framed(Numbered(8, 8), part with { Rectangle = new CropRectangle(1, 1, 4, 2), Pad = true, Background = 0x090909 }));
    }

    [Theory]
    [InlineData(-1, 0, 4, 4, "in no image")]
    [InlineData(0, 0, 0, 0, "in no image")]
    [InlineData(0, 0, 4, 2, "4×2 pixels is no square; pad it")]
    public void Rectangles_of_no_image_are_refused(int x, int y, int width, int height, string reason)
    {
        var options = Grey with { Crop = CropPolicy.Rectangle, Rectangle = new CropRectangle(x, y, width, height) };
        Assert.Contains(reason, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
        Assert.Contains("belongs to the crop", Assert.Throws<ArgumentException>((options with { Crop = CropPolicy.Centre }).Validate).Message, StringComparison.Ordinal);
        Assert.Contains("belongs to the crop", Assert.Throws<ArgumentException>((options with { Rectangle = null }).Validate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_bars_are_of_the_colour_in_every_channel()
    {
        using var framed = Framing.Frame(Numbered(4, 2), Grey with { Crop = CropPolicy.None, Pad = true, Channels = 4, Background = 0x010203 }, null);
        Assert.Equal([1, 2, 3, 255], [framed.Plane(0)[0], framed.Plane(1)[0], framed.Plane(2)[0], framed.Plane(3)[0]]);
        Assert.Equal([13, 13, 13, 255], [framed.Plane(0)[11], framed.Plane(1)[11], framed.Plane(2)[11], framed.Plane(3)[11]]);
    }

    [Fact]
    public void Face_takes_the_square_around_its_box()
    {
        var face = Grey with { Crop = CropPolicy.Face };
        Assert.Equal([12, 13, 14, 15, 22, 23, 24, 25, 32, 33, 34, 35, 42, 43, 44, 45], Framed(Numbered(8, 8), face, new CropBox(2, 2, 4, 2)));

        // Two pixels beyond the upper left corner: moved inside, or filled up.
        Assert.Equal([0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33], Framed(Numbered(8, 8), face, new CropBox(-2, -2, 4, 4)));
        Assert.Equal([9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 0, 1, 9, 9, 10, 11],
            Framed(Numbered(8, 8), face with { Pad = true, Background = 0x090909 }, new CropBox(-2, -2, 4, 4)));

        // Larger than the image: no more than there is, or filled up.
        Assert.Equal(Numbered(4, 4).Pixels.ToArray(), Framed(Numbered(4, 4), face, new CropBox(-2, -2, 8, 8)));
        Assert.Equal([9, 9, 9, 9, 9, 6, 8, 9, 9, 26, 28, 9, 9, 9, 9, 9], Framed(Numbered(4, 4), face with { Pad = true, Background = 0x090909 }, new CropBox(-2, -2, 8, 8)));
    }

    [Fact]
    public void Face_without_a_box_is_refused_or_cut_at_the_centre()
    {
        var face = Grey with { Crop = CropPolicy.Face };
        Assert.Equal("there is no box for it", Refusal(Numbered(6, 4), face));
        Assert.Equal([1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24, 31, 32, 33, 34], Framed(Numbered(6, 4), face with { CentreWithoutBox = true }));
    }

    [Theory]
    [InlineData(0, 0, 0, 4, "empty")]
    [InlineData(0, 0, 4, -1, "empty")]
    [InlineData(8, 0, 4, 4, "outside")]
    [InlineData(-5, 0, 4, 4, "outside")]
    [InlineData(0, 0, 1e9, 1e9, "far larger")]
    [InlineData(2, 2, 3, 3, "smaller than 4×4")]
    public void A_box_that_is_none_is_refused(double x, double y, double width, double height, string reason) =>
        Assert.Contains(reason, Refusal(Numbered(8, 8), Grey with { Crop = CropPolicy.Face, Pad = true }, new CropBox(x, y, width, height)), StringComparison.Ordinal);

    [Fact]
    public void Small_images_are_refused_unless_upscaling_is_allowed()
    {
        Assert.Contains("2×2 pixels are smaller than 4×4", Refusal(Numbered(2, 2), Grey), StringComparison.Ordinal);
        Assert.Equal([0, 0, 1, 1, 0, 0, 1, 1, 10, 10, 11, 11, 10, 10, 11, 11], Framed(Numbered(2, 2), Grey with { AllowUpscale = true }));
    }

    [Theory]
    [InlineData(ResizeFilter.Lanczos)]
    [InlineData(ResizeFilter.Box)]
    public void Transparent_colours_give_nothing_away(ResizeFilter filter)
    {
        // Opaque red to the left, transparent green to the right.
        using var image = PixelBuffer.Rent(16, 16, 4);
        image.Pixels.Clear();
        for (var i = 0; i < 256; i++)
            (image.Plane(0)[i], image.Plane(1)[i], image.Plane(3)[i]) = i % 16 < 7 ? ((byte)255, (byte)0, (byte)255) : ((byte)0, (byte)255, (byte)0);
        using var framed = Framing.Frame(image, new IngestOptions { Size = 8, Channels = 4, Resize = filter }, null);
        Assert.Equal((255, 0, 255), (framed.Plane(0)[8], framed.Plane(1)[8], framed.Plane(3)[8]));
        Assert.Equal((255, 0), (framed.Plane(0)[11], framed.Plane(1)[11]));
        Assert.InRange(framed.Plane(3)[11], 100, 150);
        Assert.Equal(0, framed.Plane(3)[15]);
    }

    [Fact]
    public void No_buffer_is_left_whatever_happens()
    {
        var before = LiveBuffers.Count;
        Framed(Numbered(6, 4), Grey);
        Refusal(Numbered(6, 4), Grey with { Crop = CropPolicy.None });
        Assert.Equal(before, LiveBuffers.Count);
    }

    [Theory]
    [InlineData(7, 5, 3, 2)]
    [InlineData(3, 2, 7, 5)]
    [InlineData(16, 16, 8, 8)]
    public void The_box_filter_is_the_mean_over_areas(int width, int height, int toWidth, int toHeight)
    {
        using var image = PixelBuffer.Rent(width, height, 1);
        new Random(5).NextBytes(image.Pixels);
        using var resized = PixelBuffer.Rent(toWidth, toHeight, 1);
        BoxFilter.Resize(image, resized);
        for (var i = 0; i < toWidth * toHeight; i++)
        {
            // Each pixel cut into equal parts that fit both sizes.
            var sum = 0m;
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                    sum += image.Pixels[y * width + x] * (decimal)Steps(x, i % toWidth, width, toWidth) * Steps(y, i / toWidth, height, toHeight);
            }

            Assert.Equal((byte)Math.Round(sum / (width * height), MidpointRounding.ToEven), resized.Pixels[i]);
        }

        static int Steps(int from, int to, int size, int toSize) => Enumerable.Range(from * toSize, toSize).Count(step => step / size == to);
    }

    private static PixelBuffer Numbered(int width, int height)
    {
        var image = PixelBuffer.Rent(width, height, 1);
        for (var i = 0; i < width * height; i++)
            image.Pixels[i] = (byte)(i / width * 10 + i % width);
        return image;
    }

    /// <summary>The image with rows of 200 above and below.</summary>
    private static PixelBuffer Shifted(PixelBuffer image, int width, int height)
    {
        using var inner = image;
        var outer = PixelBuffer.Rent(width, height, 1);
        outer.Pixels.Fill(200);
        inner.Pixels.CopyTo(outer.Pixels[((height - inner.Height) / 2 * width)..]);
        return outer;
    }

    private static byte[] Framed(PixelBuffer image, IngestOptions options, CropBox? box = null)
    {
        options.Validate();
        using var framed = Framing.Frame(image, options, box);
        Assert.Equal((options.Width, options.Height), (framed.Width, framed.Height));
        return framed.Pixels.ToArray();
    }

    private static string Refusal(PixelBuffer image, IngestOptions options, CropBox? box = null) =>
        Assert.Throws<BadImageException>(() => Framing.Frame(image, options, box)).Message;
}
