using CsCheck;

namespace Pggan.Pipeline.Tests;

public sealed class ImagePyramidTests
{
    [Fact]
    public void Every_level_equals_the_naive_mean_of_the_unrounded_level_above()
    {
        Gen.Select(Gen.Int[2, 7], Gen.Bool.Select(rgb => rgb ? 3 : 1), Gen.Int).Sample((log, channels, seed) =>
        {
            var side = 1 << log;
            using var image = Random(side, channels, seed);
            using var pyramid = ImagePyramid.Build(image, side);
            for (var channel = 0; channel < channels; channel++)
            {
                var running = Array.ConvertAll(image.Plane(channel).ToArray(), value => (double)value);
                for (var size = side; size >= 4; size /= 2)
                {
                    if (size < side)
                        running = Halve(running, size);
                    var level = pyramid.Level(size).Slice(channel * size * size, size * size);
                    for (var i = 0; i < level.Length; i++)
                    {
                        if (level[i] != (byte)Math.Round(running[i], MidpointRounding.ToEven))
                            return false;
                    }
                }
            }

            return true;
        }, iter: 200);
    }

    [Fact]
    public void Levels_above_the_wanted_one_are_not_kept_and_change_nothing_below()
    {
        using var image = Random(64, 3, 1);
        using var whole = ImagePyramid.Build(image, 64);
        using var part = ImagePyramid.Build(image, 16);
        Assert.Equal(whole.Level(16).ToArray(), part.Level(16).ToArray());
        Assert.Equal(whole.Level(4).ToArray(), part.Level(4).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => part.Level(32).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => part.Level(2).Length);
    }

    [Fact]
    public void Halves_are_rounded_to_even()
    {
        using var image = PixelBuffer.Rent(8, 8, 1);
        image.Pixels.Clear();
        (image.Pixels[0], image.Pixels[1]) = (1, 1);                          // 2 / 4 = 0.5 -> 0
        (image.Pixels[2], image.Pixels[3], image.Pixels[10]) = (2, 2, 2);     // 6 / 4 = 1.5 -> 2
        using var pyramid = ImagePyramid.Build(image, 8);
        Assert.Equal([0, 2], pyramid.Level(4)[..2].ToArray());
    }

    [Theory]
    [InlineData(8, 16, 4)]
    [InlineData(12, 12, 4)]
    [InlineData(8, 8, 16)]
    [InlineData(8, 8, 2)]
    public void Other_sizes_are_refused(int width, int height, int resolution)
    {
        using var image = PixelBuffer.Rent(width, height, 1);
        Assert.Throws<ArgumentException>(() => ImagePyramid.Build(image, resolution));
    }

    [Theory]
    [MemberData(nameof(Repository.TfRecordFolders), MemberType = typeof(Repository))]
    public async Task Levels_equal_the_oracle_to_the_byte(string folder)
    {
        var oracle = Repository.Safetensors(Path.Combine(folder, "pyramid.safetensors"));
        using var source = new TfRecordSource(folder, new DecodeOptions());
        var resolution = oracle.Keys.Where(key => char.IsAsciiDigit(key[0])).Max(int.Parse);
        for (var i = 0; i < source.Count; i++)
        {
            using var image = await source.ReadAsync(i, TestContext.Current.CancellationToken);
            using var pyramid = ImagePyramid.Build(image, resolution);
            for (var size = resolution; size >= 4; size /= 2)
            {
                var length = image.Channels * size * size;
                Assert.Equal(oracle[size.ToString()].AsSpan(i * length, length).ToArray(), pyramid.Level(size).ToArray());
            }
        }
    }

    internal static PixelBuffer Random(int side, int channels, int seed)
    {
        var image = PixelBuffer.Rent(side, side, channels);
        var random = new Random(seed);
        if (seed % 3 == 0)
            image.Pixels.Fill(255);
        else
            random.NextBytes(image.Pixels);
        return image;
    }

    private static double[] Halve(double[] plane, int half)
    {
        var halved = new double[half * half];
        for (var y = 0; y < half; y++)
        {
            for (var x = 0; x < half; x++)
            {
                var at = 2 * y * 2 * half + 2 * x;
                halved[y * half + x] = (plane[at] + plane[at + 1] + plane[at + 2 * half] + plane[at + 2 * half + 1]) / 4;
            }
        }

        return halved;
    }
}
