using TorchSharp;

namespace Pggan.Model.Tests;

public sealed class LatentWalkTests
{
    [Theory]
    [InlineData(1, 3.0)]
    [InlineData(7, 30.0)]
    [InlineData(64, 0.4)]
    [InlineData(64, 5.0)]
    [InlineData(100, 30.0)]
    public void The_kernel_is_a_gaussian_that_wraps_around(int frames, double sigma)
    {
        double[] expected = new double[frames];
        for (int i = -2000; i <= 2000; i++)
            expected[((i % frames) + frames) % frames] += Math.Exp(-i * i / (2 * sigma * sigma));
        double sum = expected.Sum();
        Assert.Equal(expected.Select(weight => weight / sum), LatentWalk.Kernel(frames, sigma), (x, y) => Math.Abs(x - y) < 2e-4);
    }

    [Fact]
    public void Without_smoothing_the_kernel_is_one_frame() => Assert.Equal([1, 0, 0, 0], LatentWalk.Kernel(4, 0));

    /// <summary>The sum that defines a convolution on a circle, frame by frame.</summary>
    [Fact]
    public void Latents_are_convolved_with_the_kernel_around_the_loop()
    {
        const int frames = 24, cells = 3, size = 5, row = cells * size;
        using torch.Tensor drawn = Chance.Normal(frames * cells, size, 9, Purpose.Walk, 0);
        float[] z = HostTensor.From(drawn).Data;
        double[] kernel = LatentWalk.Kernel(frames, 2.5), expected = new double[z.Length];
        for (int frame = 0; frame < frames; frame++)
        {
            for (int other = 0; other < frames; other++)
            {
                for (int i = 0; i < row; i++)
                    expected[frame * row + i] += kernel[(frame - other + frames) % frames] * z[other * row + i];
            }
        }
        double rms = Math.Sqrt(expected.Average(x => x * x));
        HostTensor walk = LatentWalk.Smooth(frames, cells, size, 2.5, 9);
        Assert.Equal([frames * cells, size], walk.Shape);
        Assert.Equal(expected.Select(x => (float)(x / rms)), walk.Data, (x, y) => Math.Abs(x - y) < 1e-4f);
    }

    [Fact]
    public void The_loop_closes_at_a_mean_square_of_1_and_comes_back_for_its_seed()
    {
        const int frames = 90, row = 2 * 32;
        HostTensor walk = LatentWalk.Smooth(frames, 2, 32, 10, 4);
        Assert.Equal(1, walk.Data.Average(x => (double)x * x), 1e-5);
        double[] steps = [.. Enumerable.Range(0, frames).Select(f => Distance(walk, f, (f + 1) % frames, row))];
        Assert.InRange(steps[^1], 0.6 * steps.Average(), 1.6 * steps.Average());
        Assert.True(Distance(walk, 0, frames / 2, row) > 5 * steps.Average(), "the walk stays where it is");
        Assert.Equal(walk.Data, LatentWalk.Smooth(frames, 2, 32, 10, 4).Data);
        Assert.NotEqual(walk.Data, LatentWalk.Smooth(frames, 2, 32, 10, 5).Data);
    }

    [Fact]
    public void A_way_between_keys_meets_each_of_them_and_closes()
    {
        HostTensor keys = ImageSampler.Latents(16, [3, 4, 5]);
        HostTensor way = LatentWalk.Between(keys, 30, 2);
        Assert.Equal([60, 16], way.Shape);
        for (int key = 0; key < 3; key++)
        {
            Assert.Equal(keys.Data[(key * 16)..(key * 16 + 16)], way.Data[(key * 20 * 16)..(key * 20 * 16 + 16)], Near);
            int next = (key + 1) % 3; // the second cell
            Assert.Equal(keys.Data[(next * 16)..(next * 16 + 16)], way.Data[((key * 20 + 1) * 16)..((key * 20 + 2) * 16)], Near);
        }
        double last = Distance(way, 29, 0, 32), before = Distance(way, 28, 29, 32);
        Assert.InRange(last, 0.9 * before, 1.1 * before);
    }

    [Fact]
    public void An_arc_keeps_its_lengths_and_its_angle()
    {
        float[] a = [3, 0, 0], b = [0, 5, 0], between = new float[3];
        for (double t = 0; t <= 1; t += 0.25)
        {
            LatentWalk.Slerp(a, b, t, between);
            Assert.Equal(3 + 2 * t, Math.Sqrt(between.Sum(x => x * x)), 1e-5);
            Assert.Equal(t * Math.PI / 2, Math.Atan2(between[1], between[0]), 1e-5);
        }
    }

    [Theory]
    [InlineData(1f, -1f)]
    [InlineData(2f, 2f)]
    [InlineData(0f, 1f)]
    public void Latents_without_an_arc_between_them_are_joined_by_a_line(float a, float b)
    {
        float[] between = new float[1];
        LatentWalk.Slerp([a], [b], 0.25, between);
        Assert.Equal(0.75f * a + 0.25f * b, between[0], 1e-6f);
    }

    private static bool Near(float x, float y) => Math.Abs(x - y) < 1e-5f;

    private static double Distance(HostTensor walk, int a, int b, int row) =>
        Math.Sqrt(Enumerable.Range(0, row).Sum(i => Math.Pow(walk.Data[a * row + i] - walk.Data[b * row + i], 2)));
}
