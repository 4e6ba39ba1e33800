namespace Pggan.Pipeline.Tests;

public sealed class BaseSizeTests
{
    [Theory]
    [InlineData(64, 96, 4, 6, 64)]
    [InlineData(128, 128, 4, 4, 128)]
    [InlineData(4, 4, 4, 4, 4)]
    [InlineData(48, 64, 6, 8, 32)]
    [InlineData(80, 48, 10, 6, 32)]
    [InlineData(96, 96, 6, 6, 64)]
    [InlineData(5, 7, 5, 7, 4)]
    [InlineData(1024, 128, 32, 4, 128)]
    public void A_size_is_a_base_and_a_resolution(int width, int height, int baseWidth, int baseHeight, int resolution)
    {
        var (shape, found) = BaseSize.Split(width, height);
        Assert.Equal((new BaseSize(baseWidth, baseHeight), resolution), (shape, found));
        Assert.Equal((width, height, width * height), (shape.WidthAt(found), shape.HeightAt(found), shape.PixelsAt(found)));
        Assert.Equal($"{width}x{height}", shape.At(found));
        Assert.Equal(found, shape.ResolutionOf(width, height));
        Assert.Equal((baseWidth, baseHeight) == (4, 4), shape.IsDefault);
    }

    [Theory]
    [InlineData(70, 70, "35x35", "72x72")]
    [InlineData(100, 1000, "25x250", "128x992")]
    [InlineData(2, 8, "2x8", "4x8")]
    [InlineData(0, 8, "0x8", "4x8")]
    [InlineData(-8, 8, "-8x8", "4x8")]
    [InlineData(1920, 1080, "240x135", "1920x1088")]
    public void A_size_without_a_base_is_refused_and_one_near_by_is_named(int width, int height, string left, string near)
    {
        var message = Assert.Throws<ArgumentException>(() => BaseSize.Split(width, height)).Message;
        Assert.Contains($"{width}x{height} is no size", message, StringComparison.Ordinal);
        Assert.Contains(left, message, StringComparison.Ordinal);
        Assert.EndsWith($"{near} would do", message, StringComparison.Ordinal);
        Assert.True(BaseSize.TryParseSides(near, out var across, out var down));
        BaseSize.Split(across, down);
    }

    [Fact]
    public void A_base_is_read_as_it_is_written()
    {
        Assert.Equal(new BaseSize(4, 32), BaseSize.Parse("4x32"));
        Assert.Equal("4x32", BaseSize.Parse("4X32").ToString());
        Assert.Equal(BaseSize.Square, new BaseSize(4, 4));
        foreach (var text in new[] { "", "4", "4x", "x4", "4x3", "33x4", "4x6x8", "-4x6", "4 x 6", "4x99999999999", "a\u001Bx4" })
        {
            Assert.False(BaseSize.TryParse(text, out _), text);
            Assert.Contains("WIDTHxHEIGHT, each 4 to 32, such as 4x6", Assert.Throws<ArgumentException>(() => BaseSize.Parse(text)).Message, StringComparison.Ordinal);
        }

        Assert.False(BaseSize.TryParse(null, out _));
    }

    [Theory]
    [InlineData(3, 4)]
    [InlineData(4, 33)]
    public void Other_sides_are_no_base(int width, int height) =>
        Assert.Contains($"a base of {width}x{height}", Assert.Throws<ArgumentException>(() => new BaseSize(width, height)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(64, 95)]
    [InlineData(12, 18)]
    [InlineData(2, 3)]
    [InlineData(96, 64)]
    [InlineData(65, 96)]
    public void Other_sizes_have_no_resolution(int width, int height) => Assert.Null(new BaseSize(4, 6).ResolutionOf(width, height));

    [Fact]
    public void Options_name_what_does_not_fit()
    {
        PipelineOptions options = new() { Resolution = 1024, Base = new BaseSize(32, 4) };
        Assert.Contains("8192x1024", Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
        Assert.Contains("1 or 3, or 4", Assert.Throws<ArgumentException>((options with { Resolution = 64, Channels = 2 }).Validate).Message, StringComparison.Ordinal);
        (options with { Resolution = 512, Channels = 4 }).Validate();
    }
}
