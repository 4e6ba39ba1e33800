namespace Pggan.Model.Tests;

public sealed class WeightHistogramTests
{
    [Fact]
    public void Limits_grow_by_a_tenth_from_1e_minus_12_on_both_sides_of_zero()
    {
        IReadOnlyList<double> limits = ExponentialBuckets.Limits;
        Assert.Equal(2 * 775 + 1, limits.Count);
        Assert.Equal((-double.MaxValue, 0, double.MaxValue), (limits[0], limits[775], limits[^1]));
        Assert.Equal((-1e-12, 1e-12, 1e-12 * 1.1), (limits[774], limits[776], limits[777]));
        Assert.InRange(limits[^2], 1e20 / 1.1, 1e20);
        Assert.Equal(limits.Select(limit => -limit).Reverse(), limits);
        Assert.Equal(limits.Order(), limits);
    }

    [Fact]
    public void A_number_is_in_the_first_interval_whose_limit_is_above_it()
    {
        double[] limits = [.. ExponentialBuckets.Limits];
        Random random = new(3);
        float[] numbers =
        [
            0, -0f, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, 1, -1,
            .. limits[1..^1].SelectMany(limit => new[] { (float)limit, MathF.BitIncrement((float)limit), MathF.BitDecrement((float)limit) }),
            .. Enumerable.Range(0, 20_000).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))).Where(float.IsFinite),
        ];
        Assert.All(numbers, number => Assert.Equal(Array.FindIndex(limits, limit => limit > number), ExponentialBuckets.Of(number)));
    }

    [Fact]
    public void Empty_neighbours_are_one_interval()
    {
        WeightHistogram histogram = WeightHistogram.Of("w", [1, -2, 0, 1, float.NaN, float.NegativeInfinity]);
        Assert.Equal(("w", 4, -2, 1, 0, 6), (histogram.Name, histogram.Count, histogram.Min, histogram.Max, histogram.Sum, histogram.SumOfSquares));
        Assert.Equal([0, 1, 0, 1, 0, 2, 0], histogram.Counts);
        Assert.Equal((0.0, 1e-12, double.MaxValue), (histogram.Limits[2], histogram.Limits[3], histogram.Limits[^1]));
        Assert.True(histogram.Limits[0] <= -2 && histogram.Limits[1] > -2 && histogram.Limits[4] <= 1 && histogram.Limits[5] > 1);
        Assert.Equal((0, 0.0, 0.0), (WeightHistogram.Of("w", []).Count, WeightHistogram.Of("w", []).Min, WeightHistogram.Of("w", []).Max));
    }

    [Fact]
    public void Weights_of_G_and_D_that_take_part_are_counted_each_number_once()
    {
        using ProgressiveTrainer trainer = new(
            new TrainerOptions
            {
                Architecture = new NetworkArchitecture { Resolution = 16, FmapBase = 32, FmapMax = 8, LatentSize = 4 },
                Schedule = new GrowthScheduleOptions { Resolution = 16, MinibatchBase = 4 },
            },
            null);
        Checkpoint checkpoint = trainer.Capture(0, null);
        IReadOnlyList<WeightHistogram> grown = WeightHistogram.Of(checkpoint);
        Assert.Equal(
            ["D/fromRgb.0.bias", "D/fromRgb.0.weight", "D/head.conv.bias", "D/head.conv.weight", "D/head.dense0.bias", "D/head.dense0.weight", "D/head.dense1.bias", "D/head.dense1.weight",
                "G/stem.bias", "G/stem.conv.bias", "G/stem.conv.weight", "G/stem.weight", "G/toRgb.0.bias", "G/toRgb.0.weight"],
            grown.Select(h => h.Name).Order(StringComparer.Ordinal));
        Assert.All(grown, h =>
        {
            float[] numbers = checkpoint.Tensors[h.Name].Data;
            Assert.Equal((numbers.Length, numbers.Min(), numbers.Max()), (h.Count, h.Min, h.Max));
            Assert.Equal(numbers.Length, h.Counts.Sum());
            Assert.Equal(numbers.Sum(n => (double)n), h.Sum, 1e-9);
            Assert.Equal(numbers.Sum(n => (double)n * n), h.SumOfSquares, 1e-9);
        });

        Checkpoint fading = checkpoint with { State = checkpoint.State with { Stage = new GrowthStage(8, 0.5) } };
        IEnumerable<string> names = WeightHistogram.Of(fading).Select(h => h.Name);
        Assert.Equal(
            ["D/blocks.0.conv0.weight", "D/blocks.0.conv1.weight", "D/fromRgb.1.weight", "G/blocks.0.conv0.weight", "G/blocks.0.conv1.weight", "G/toRgb.1.weight"],
            names.Except(grown.Select(h => h.Name)).Where(name => name.EndsWith("weight", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Contains("G/toRgb.0.weight", names);
    }
}
