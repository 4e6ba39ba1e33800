namespace Pggan.Pipeline.Tests;

/// <summary>Images that are no squares, from their pixels to the levels.</summary>
public sealed class RectangleTests
{
    private static readonly PipelineOptions Portrait = new() { Resolution = 16, Base = new BaseSize(4, 6) };

    [Theory]
    [InlineData(4, 6, 64, 64, 3)]
    [InlineData(4, 6, 64, 16, 1)]
    [InlineData(5, 7, 32, 32, 4)]
    [InlineData(7, 5, 128, 32, 3)]
    [InlineData(10, 6, 16, 16, 1)]
    [InlineData(32, 4, 16, 8, 3)]
    [InlineData(4, 31, 8, 8, 1)]
    [InlineData(9, 11, 4, 4, 3)]
    public void Every_level_is_the_mean_of_the_blocks_of_the_image(int width, int height, int whole, int resolution, int channels)
    {
        var shape = new BaseSize(width, height);
        using var image = PixelBuffer.Rent(shape.WidthAt(whole), shape.HeightAt(whole), channels);
        new Random(width).NextBytes(image.Pixels);
        using var pyramid = ImagePyramid.Build(image, resolution, shape);
        Assert.Equal((shape, resolution), (pyramid.Base, pyramid.Resolution));
        var length = 0;
        for (var level = 4; level <= resolution; level *= 2)
        {
            Assert.Equal(PlainPyramid.Level(image, shape, level), pyramid.Level(level).ToArray());
            length += pyramid.Level(level).Length;
        }

        Assert.Equal(length, pyramid.Data.Length);
        Assert.Equal(length, ImagePyramid.LengthOf(resolution, channels, shape));
    }

    [Theory]
    [InlineData(16, 16)]
    [InlineData(24, 16)]
    [InlineData(16, 23)]
    [InlineData(12, 18)]
    [InlineData(8, 12)]
    public void Images_of_other_sizes_have_no_such_level(int width, int height)
    {
        using var image = PixelBuffer.Rent(width, height, 1);
        Assert.Contains("base of 4x6", Assert.Throws<ArgumentException>(() => ImagePyramid.Build(image, 16, new BaseSize(4, 6))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(16, 24, 16, 24)]
    [InlineData(64, 96, 64, 96)]
    [InlineData(20, 30, 16, 24)]
    [InlineData(100, 24, 16, 24)]
    [InlineData(16, 25, 16, 24)]
    [InlineData(40, 48, 32, 48)]
    public void The_largest_part_of_the_proportions_is_brought_to_the_size_or_a_power_of_two_above(int width, int height, int toWidth, int toHeight)
    {
        using var image = ImageConformer.Conform(Flat(width, height, 3, 77), Portrait);
        Assert.Equal((toWidth, toHeight), (image.Width, image.Height));
        Assert.All(image.Pixels.ToArray(), value => Assert.Equal(77, value));
    }

    [Fact]
    public void The_part_is_the_centre()
    {
        var wide = Flat(32, 24, 1, 0);
        for (var y = 0; y < 24; y++)
            wide.Pixels.Slice(y * 32 + 8, 16).Fill(200);
        using var fromWide = ImageConformer.Conform(wide, Portrait with { Channels = 1 });
        Assert.All(fromWide.Pixels.ToArray(), value => Assert.Equal(200, value));

        var high = Flat(16, 34, 1, 0);
        high.Pixels.Slice(5 * 16, 24 * 16).Fill(200);
        using var fromHigh = ImageConformer.Conform(high, Portrait with { Channels = 1 });
        Assert.All(fromHigh.Pixels.ToArray(), value => Assert.Equal(200, value));
    }

    [Theory]
    [InlineData(16, 16, SizePolicy.CentreCrop, "16×16 pixels are smaller than 16×24")]
    [InlineData(15, 400, SizePolicy.Stretch, "15×400 pixels are smaller than 16×24")]
    [InlineData(24, 24, SizePolicy.Exact, "only 16×24 is taken")]
    [InlineData(24, 36, SizePolicy.Exact, "only 16×24 is taken")]
    public void Refusals_name_both_sides(int width, int height, SizePolicy policy, string reason)
    {
        var before = LiveBuffers.Count;
        var error = Assert.Throws<BadImageException>(() => ImageConformer.Conform(Flat(width, height, 3, 1), Portrait with { SizePolicy = policy }));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        if (policy != SizePolicy.Exact)
            ImageConformer.Conform(Flat(width, height, 3, 1), Portrait with { SizePolicy = policy, AllowUpscale = true }).Dispose();
        ImageConformer.Conform(Flat(32, 48, 3, 1), Portrait with { SizePolicy = policy }).Dispose();
        Assert.Equal(before, LiveBuffers.Count);
    }

    [Fact]
    public void Stretching_takes_all_of_the_image()
    {
        var image = Flat(48, 24, 1, 100);
        for (var y = 0; y < 24; y++)
            image.Pixels.Slice(y * 48, 24).Clear();
        using var stretched = ImageConformer.Conform(image, Portrait with { Channels = 1, SizePolicy = SizePolicy.Stretch });
        Assert.Equal((16, 24), (stretched.Width, stretched.Height));
        Assert.InRange(stretched.Pixels[0], 0, 5);
        Assert.InRange(stretched.Pixels[15], 95, 105);
    }

    [Fact]
    public void A_file_becomes_what_the_pipeline_makes_of_it()
    {
        using var folder = new TempFolder();
        var file = folder.Write("image.png", TestImages.Encode(".png", 16, 24));
        using var whole = PixelBuffer.Rent(16, 24, 3);
        TestImages.Planar(16, 24, 3).CopyTo(whole.Pixels);
        Assert.Equal(PlainPyramid.Level(whole, Portrait.Base, 8), SingleImage.Read(file, Portrait, 8));
        Assert.Equal(3 * 32 * 48, SingleImage.Read(file, Portrait with { Resolution = 64 }, 32).Length);
        var wide = Portrait with { Base = new BaseSize(6, 4) };
        Assert.Equal(3 * 12 * 8, SingleImage.Read(file, wide, 8).Length);
    }

    [Fact]
    public async Task An_inspection_refuses_what_the_pipeline_would()
    {
        using var source = new SyntheticSource(5, 16, 3, 0, 1, height: 20);
        var report = await DatasetInspector.InspectAsync(source, Portrait, 5, TestContext.Current.CancellationToken);
        Assert.Equal((0, 5), (report.Usable, report.Refused.Count));
        Assert.Contains("16×20 pixels are smaller than 16×24", report.Refused[0].Reason, StringComparison.Ordinal);
        report = await DatasetInspector.InspectAsync(source, Portrait with { Resolution = 8 }, 5, TestContext.Current.CancellationToken);
        Assert.Equal([new SizeCount(16, 20, 5)], report.Sizes);
    }

    private static PixelBuffer Flat(int width, int height, int channels, byte value)
    {
        var image = PixelBuffer.Rent(width, height, channels);
        image.Pixels.Fill(value);
        return image;
    }
}
