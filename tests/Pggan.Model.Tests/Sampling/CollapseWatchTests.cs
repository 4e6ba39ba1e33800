namespace Pggan.Model.Tests;

public sealed class CollapseWatchTests
{
    [Fact]
    public void Images_as_different_as_reals_have_a_share_of_about_one_at_every_resolution()
    {
        CollapseWatch watch = new(Noise(24, 64, 4, 1), 3, 64, 64, 64);
        foreach (int resolution in new[] { 4, 8, 16, 32, 64 })
            Assert.InRange(watch.Share(Noise(24, resolution, 4, 2), resolution), 0.9, 1.1);
    }

    [Fact]
    public void A_generator_of_one_image_has_no_share_though_its_pixels_are_noisy()
    {
        CollapseWatch watch = new(Noise(24, 64, 4, 1), 3, 64, 64, 64);
        byte[] one = Noise(1, 64, 4, 2);
        Random random = new(3);
        byte[] fakes = [.. Enumerable.Range(0, 24).SelectMany(_ => one.Select(v => (byte)Math.Clamp(v + random.Next(-20, 21), 0, 255)))];
        Assert.InRange(watch.Share(fakes, 64), 0.001, CollapseWatch.Suspicious / 2);
    }

    [Fact]
    public void The_distance_is_the_root_mean_square_of_averaged_pixels()
    {
        // Reals 0 and 100 everywhere; fakes 10 and 40 everywhere, each a checkerboard about it that averages out.
        byte[] reals = [.. Enumerable.Repeat((byte)0, 32 * 32), .. Enumerable.Repeat((byte)100, 32 * 32)];
        byte[] fakes = [.. Board(10), .. Board(40)];
        Assert.Equal(0.3, new CollapseWatch(reals, 1, 32, 32, 32).Share(fakes, 32), 1e-6);

        static IEnumerable<byte> Board(int mean) => Enumerable.Range(0, 32 * 32).Select(i => (byte)((i + i / 32) % 2 == 0 ? mean - 5 : mean + 5));
    }

    [Fact]
    public void Where_nothing_can_be_said_nothing_is_suspected()
    {
        Assert.Equal(1, new CollapseWatch(new byte[4 * 4 * 5], 1, 4, 4, 4).Share(new byte[4 * 4 * 5], 4));
        Assert.Equal(1, new CollapseWatch(Noise(5, 4, 4, 1), 3, 4, 4, 4).Share(new byte[3 * 4 * 4], 4));
    }

    [Fact]
    public void Images_that_are_no_squares_are_averaged_over_squares()
    {
        // 32 wide and 64 high. Pairs of rows are 100 and 0 in turn, which squares of 2x2 leave as they are; of 64-wide rows each second one would be 100, and all squares 50.
        byte[] reals = [.. Enumerable.Repeat((byte)0, 32 * 64), .. Enumerable.Repeat((byte)100, 32 * 64)];
        byte[] fakes = [.. Enumerable.Repeat((byte)0, 32 * 64), .. Enumerable.Range(0, 32 * 64).Select(i => (byte)(i / 32 / 2 % 2 == 0 ? 100 : 0))];
        Assert.Equal(Math.Sqrt(0.5), new CollapseWatch(reals, 1, 32, 64, 32).Share(fakes, 32), 1e-6);
    }

    /// <summary>Images whose blocks of a grid have random colours.</summary>
    private static byte[] Noise(int count, int resolution, int grid, int seed)
    {
        Random random = new(seed);
        byte[] images = new byte[count * 3 * resolution * resolution];
        byte[] colours = new byte[count * 3 * grid * grid];
        random.NextBytes(colours);
        int factor = resolution / grid;
        for (int i = 0; i < images.Length; i++)
        {
            int x = i % resolution / factor, row = i / resolution;
            images[i] = colours[(row / resolution * grid + row % resolution / factor) * grid + x];
        }
        return images;
    }
}
