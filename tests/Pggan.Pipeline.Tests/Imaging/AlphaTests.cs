namespace Pggan.Pipeline.Tests;

/// <summary>Images of four channels, from the file to the levels.</summary>
public sealed class AlphaTests
{
    private static readonly PipelineOptions Options = new() { Resolution = 16, Channels = 4, Decode = new DecodeOptions { Background = 0x204060 } };

    [Fact]
    public void Alpha_is_kept_where_four_channels_are_wanted_and_only_there()
    {
        Assert.True(Options.Decode.KeepAlpha);
        Assert.Equal(0x204060, Options.Decode.Background);
        Assert.False((Options with { Channels = 3 }).Decode.KeepAlpha);
        Assert.False((Options with { Channels = 3, Decode = new DecodeOptions { KeepAlpha = true } }).Decode.KeepAlpha);
        Options.Validate();

        var png = TestImages.Encode(".png", 16, 16, 4);
        using var kept = ImageConformer.Conform(ImageCodec.Decode(png, Options.Decode), Options);
        Assert.Equal(TestImages.Planar(16, 16, 4), kept.Pixels.ToArray()); // none of its alphas is 0
        using var grey = ImageConformer.Conform(ImageCodec.Decode(TestImages.Encode(".png", 16, 16, 2), Options.Decode), Options);
        Assert.Equal(4, grey.Channels);
        Assert.Equal(grey.Plane(0).ToArray(), grey.Plane(2).ToArray());
        Assert.Equal(TestImages.Planar(16, 16, 2)[256..], grey.Plane(3).ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Other_images_become_opaque(int channels)
    {
        using var image = ImageConformer.Conform(ImageCodec.Decode(TestImages.Encode(".png", 16, 16, channels), Options.Decode), Options);
        Assert.Equal(4, image.Channels);
        Assert.All(image.Plane(3).ToArray(), alpha => Assert.Equal(255, alpha));
        Assert.Equal(TestImages.Planar(16, 16, channels)[^256..], image.Plane(2).ToArray());
    }

    [Theory]
    [InlineData(1, 16, 16)]
    [InlineData(3, 16, 16)]
    [InlineData(3, 40, 24)]
    [InlineData(1, 64, 64)]
    public void For_fewer_channels_it_is_laid_on_the_background_as_a_decoder_does(int channels, int width, int height)
    {
        var png = TestImages.Encode(".png", width, height, 4);
        var options = Options with { Channels = channels };
        using var expected = ImageConformer.Conform(ImageCodec.Decode(png, options.Decode), options);
        using var actual = ImageConformer.Conform(ImageCodec.Decode(png, Options.Decode), options);
        Assert.Equal(expected.Pixels.ToArray(), actual.Pixels.ToArray());
    }

    [Theory]
    [InlineData(32, 32)] // by the box filter
    [InlineData(40, 40)] // by Lanczos'
    [InlineData(16, 16)] // not at all
    public void What_is_transparent_gives_nothing_of_its_colour_away_and_takes_the_backgrounds(int width, int height)
    {
        // Opaque red to the left, transparent green to the right, with an edge where no pixel of the result begins.
        var image = PixelBuffer.Rent(width, height, 4);
        image.Pixels.Clear();
        for (var i = 0; i < width * height; i++)
        {
            var isLeft = i % width < width / 2 - 1;
            (image.Plane(0)[i], image.Plane(1)[i], image.Plane(3)[i]) = isLeft ? ((byte)255, (byte)0, (byte)255) : ((byte)0, (byte)255, (byte)0);
        }

        using var conformed = ImageConformer.Conform(image, Options);
        Assert.Equal((16, 16, 4), (conformed.Width, conformed.Height, conformed.Channels));
        for (var i = 0; i < 256; i++)
        {
            var pixel = (conformed.Plane(0)[i], conformed.Plane(1)[i], conformed.Plane(2)[i]);
            Assert.Equal(conformed.Plane(3)[i] == 0 ? ((byte)0x20, (byte)0x40, (byte)0x60) : ((byte)255, (byte)0, (byte)0), pixel);
        }

        Assert.Equal((255, 0), (conformed.Plane(3)[0], conformed.Plane(3)[15]));
    }

    [Fact]
    public void Levels_are_the_means_of_each_channel_for_itself()
    {
        using var image = PixelBuffer.Rent(16, 16, 4);
        new Random(3).NextBytes(image.Pixels);
        using var pyramid = ImagePyramid.Build(image, 16);
        for (var level = 8; level >= 4; level /= 2)
            Assert.Equal(PlainPyramid.Level(image, BaseSize.Square, level), pyramid.Level(level).ToArray());
    }
}
