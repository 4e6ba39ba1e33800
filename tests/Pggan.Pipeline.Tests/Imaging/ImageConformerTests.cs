namespace Pggan.Pipeline.Tests;

public sealed class ImageConformerTests
{
    private static readonly PipelineOptions Options = new() { Resolution = 16, Channels = 3 };

    [Theory]
    [InlineData(16, 16, 16)]
    [InlineData(64, 64, 64)]
    [InlineData(20, 20, 16)]
    [InlineData(50, 40, 16)]
    [InlineData(32, 40, 32)]
    [InlineData(16, 17, 16)]
    public void Images_become_squares_that_a_pyramid_can_be_built_from(int width, int height, int side)
    {
        using var image = ImageConformer.Conform(Flat(width, height, 3, 77), Options);
        Assert.Equal((side, side), (image.Width, image.Height));
        Assert.All(image.Pixels.ToArray(), value => Assert.Equal(77, value));
    }

    [Theory]
    [InlineData(8, 8)]
    [InlineData(15, 40)]
    public void Small_images_are_refused_unless_upscaling_is_allowed(int width, int height)
    {
        var before = LiveBuffers.Count;
        var error = Assert.Throws<BadImageException>(() => ImageConformer.Conform(Flat(width, height, 3, 1), Options));
        Assert.Contains("smaller", error.Message, StringComparison.Ordinal);
        using (var image = ImageConformer.Conform(Flat(width, height, 3, 9), Options with { AllowUpscale = true }))
            Assert.Equal((16, 16), (image.Width, image.Height));
        Assert.Equal(before, LiveBuffers.Count);
    }

    [Fact]
    public void The_crop_is_the_centre()
    {
        var image = Flat(32, 16, 1, 0);
        for (var y = 0; y < 16; y++)
            image.Pixels.Slice(y * 32 + 8, 16).Fill(200);
        using var cropped = ImageConformer.Conform(image, Options with { Channels = 1 });
        Assert.All(cropped.Pixels.ToArray(), value => Assert.Equal(200, value));
    }

    [Fact]
    public void Stretching_keeps_the_borders()
    {
        var image = Flat(32, 16, 1, 100);
        for (var y = 0; y < 16; y++)
            image.Pixels.Slice(y * 32, 8).Clear();
        using var stretched = ImageConformer.Conform(image, Options with { Channels = 1, SizePolicy = SizePolicy.Stretch });
        Assert.InRange(stretched.Pixels[0], 0, 5);
        Assert.InRange(stretched.Pixels[15], 95, 105);
    }

    [Fact]
    public void Exact_takes_powers_of_two_above_and_refuses_the_rest()
    {
        var exact = Options with { SizePolicy = SizePolicy.Exact };
        ImageConformer.Conform(Flat(32, 32, 3, 1), exact).Dispose();
        Assert.Throws<BadImageException>(() => ImageConformer.Conform(Flat(20, 20, 3, 1), exact));
    }

    [Fact]
    public void Colours_become_grey_by_luma_and_grey_becomes_three_channels()
    {
        var image = Flat(16, 16, 3, 0);
        image.Plane(1).Fill(255);
        using var grey = ImageConformer.Conform(image, Options with { Channels = 1 });
        Assert.Equal(150, grey.Pixels[0]);
        using var colour = ImageConformer.Conform(Flat(16, 16, 1, 42), Options);
        Assert.Equal([42, 42, 42], new[] { colour.Plane(0)[3], colour.Plane(1)[3], colour.Plane(2)[3] });
    }

    private static PixelBuffer Flat(int width, int height, int channels, byte value)
    {
        var image = PixelBuffer.Rent(width, height, channels);
        image.Pixels.Fill(value);
        return image;
    }
}
