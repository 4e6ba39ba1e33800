using NetVips;

namespace Pggan.Pipeline.Tests;

public sealed class AnimationCodecTests
{
    private const int Width = 16;
    private const int Height = 12;

    [Theory]
    [InlineData(ImageFormat.WebP, 3, 4)]
    [InlineData(ImageFormat.WebP, 1, 4)]
    [InlineData(ImageFormat.Gif, 3, 0)]
    [InlineData(ImageFormat.Gif, 1, 0)]
    public void An_animation_has_its_pictures_times_and_colours(ImageFormat format, int channels, int tolerance)
    {
        byte[][] colours = channels == 3 ? [[200, 30, 60], [10, 120, 220], [90, 200, 40]] : [[200], [10], [90]];
        byte[] pictures = [.. colours.SelectMany(colour => Enumerable.Repeat(colour, Width * Height).SelectMany(pixel => pixel))];

        byte[] file = AnimationCodec.Encode(format, pictures, channels, Width, Height, [30, 40, 50]);

        Assert.Equal(format, ImageCodec.Sniff(file));
        using Image all = Image.NewFromBuffer(file, "[n=-1]");
        Assert.Equal((Width, 3 * Height, Height, 3), (all.Width, all.Height, (int)all.Get("page-height"), (int)all.Get("n-pages")));
        Assert.Equal([30, 40, 50], (int[])all.Get("delay"));
        Assert.Equal(0, (int)all.Get("loop"));
        for (int i = 0; i < 3; i++)
        {
            double[] pixel = all.Getpoint(Width / 2, i * Height + Height / 2);
            for (int c = 0; c < channels; c++)
                Assert.InRange(pixel[c], colours[i][c] - tolerance, colours[i][c] + tolerance);
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Throws<ArgumentException>(() => AnimationCodec.Encode(ImageFormat.WebP, new byte[10], 3, 2, 2, [10]));
        Assert.Throws<ArgumentException>(() => AnimationCodec.Encode(ImageFormat.WebP, [], 3, 2, 2, []));
        Assert.Throws<ArgumentException>(() => AnimationCodec.Encode(ImageFormat.Png, new byte[12], 3, 2, 2, [10]));
    }

    [Fact]
    public void Letters_are_drawn_in_white_and_cut_off_at_the_edge()
    {
        byte[] pixels = new byte[9 * 8];
        BitmapText.Draw(pixels, 1, 9, 1, 1, "1.x", 1);
        Assert.Equal(
            """
            .........
            ...#.....
            ..##.....
            ...#.....
            ...#.....
            ...#.....
            ...#....#
            ..###...#
            """,
            string.Join('\n', pixels.Chunk(9).Select(row => string.Concat(row.Select(p => p == 255 ? '#' : '.')))));
        byte[] large = new byte[3 * 20 * 16];
        BitmapText.Draw(large, 3, 20, 0, 0, "1", 2);
        Assert.Equal(10 * 4 * 3, large.Count(b => b == 255)); // a 1 has ten pixels
        Assert.True(BitmapText.Knows("kimg 0123456789.0 64x64 alpha 3h 20m 4d 45s"));
        Assert.False(BitmapText.Knows("Q"));
    }
}
