using Pggan.Actors;

namespace Pggan.Host.Tests;

/// <summary>Names of pictures as the plan of a picture makes them.</summary>
public sealed class SampleNameTests
{
    private const long Images = 12_288;

    [Theory]
    [InlineData("samples000012-seed5", null, 5L)]
    [InlineData("samples000012-seed-5-class2", 2, -5L)]
    [InlineData("samples000012-seeds7_8-class3", 3, 7L, 8L)]
    [InlineData("samples000012-seeds-7_-8", null, -7L, -8L)]
    [InlineData("samples000012-seeds1_2_3_4_5_6_7_8_", null, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L)]
    [InlineData("samples000012-seeds-9223372036854775808_", 1023, long.MinValue, long.MinValue, long.MinValue, long.MinValue, long.MinValue, long.MinValue, long.MinValue, long.MinValue, long.MinValue)]
    public void A_picture_by_command_is_found(string beginning, int? label, params long[] seeds)
    {
        string name = PicturePlan.NameOf(Images, new DrawSamples(seeds.Length, seeds[0], label, seeds.Length > 1 ? seeds : null), label is { } one ? [one] : null);
        Assert.StartsWith(beginning, name, StringComparison.Ordinal);
        Assert.Equal(new SampleName(name, false, 12, 12_000), SampleName.Parse(name));
        string other = PicturePlan.NameOf(name, 12_900);
        Assert.Equal(new SampleName(other, false, 12, 12_900), SampleName.Parse(other));
    }

    [Fact]
    public void A_picture_without_a_flag_is_found_too()
    {
        string name = PicturePlan.NameOf(Images, new DrawSamples(1, 5, ClassName: "none"), []);
        Assert.Equal("samples000012-seed5-classnone", name);
        Assert.Equal(new SampleName(name, false, 12, 12_000), SampleName.Parse(name));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(320)]
    [InlineData(999_999)]
    [InlineData(1_234_567_890)]
    public void A_snapshot_is_found(long images)
    {
        string name = PicturePlan.NameOf(images), other = PicturePlan.NameOf(name, images);
        int kimg = (int)(images / 1000);
        Assert.Equal(new SampleName(name, true, kimg, kimg * 1000L), SampleName.Parse(name));
        Assert.Equal(new SampleName(other, true, kimg, images), SampleName.Parse(other));
    }
}
