namespace Pggan.Model.Tests;

public sealed class KernelDistanceTests
{
    /// <summary>Two rows a side: each of the three means by hand, with the kernel (x y / 1 + 1)^3.</summary>
    [Fact]
    public void The_distance_leaves_out_each_row_with_itself()
    {
        // Among a: 1 * 2 -> 27. Among b: 0 * 3 -> 1. Across: 1*0, 1*3, 2*0, 2*3 -> 1, 64, 1, 343.
        double expected = 27 + 1 - 2 * (1 + 64 + 1 + 343) / 4.0;
        Assert.Equal(expected, KernelDistance.Between(Tables.OnALine(1, 2), Tables.OnALine(0, 3), 1), 1e-9);
    }

    /// <summary>Were rows compared with themselves, every one of these would be above 0.</summary>
    [Fact]
    public void Of_two_sets_of_one_distribution_it_is_zero_on_average()
    {
        double[] distances = [.. Enumerable.Range(0, 200).Select(i => KernelDistance.Between(Tables.Normal(20, 4, 2 * i), Tables.Normal(20, 4, 2 * i + 1), 1))];
        double mean = distances.Average(), error = Math.Sqrt(distances.Average(d => (d - mean) * (d - mean)) / distances.Length);
        Assert.InRange(mean, -3 * error, 3 * error);
        Assert.InRange(distances.Count(d => d < 0), 50, 150);
    }

    /// <summary>Two subsets of one set share rows, which takes 2 / 1500 of the kernel of a row with itself, about 10 on average, off the distance.</summary>
    [Fact]
    public void Of_a_set_with_itself_it_is_about_zero_and_of_another_it_is_not()
    {
        FeatureTable a = Tables.Normal(1500, 8, 1), b = Tables.Normal(1200, 8, 2, shift: 0.5);
        double self = KernelDistance.Between(a, a, 1), other = KernelDistance.Between(a, b, 1);
        Assert.InRange(self, -0.02, 0);
        Assert.InRange(other, 0.3, 3);
        Assert.Equal(other, KernelDistance.Between(a, b, 1));
        double otherwise = KernelDistance.Between(a, b, 2);
        Assert.NotEqual(other, otherwise);
        Assert.Equal(other, otherwise, 0.05 * other);
    }

    [Fact]
    public void Sets_that_are_compared_whole_need_no_seed_and_no_order()
    {
        FeatureTable a = Tables.Normal(50, 8, 1), b = Tables.Normal(50, 8, 2, shift: 0.5);
        double distance = KernelDistance.Between(a, b, 1);
        Assert.Equal(distance, KernelDistance.Between(a, b, 2), 1e-12);
        Assert.Equal(distance, KernelDistance.Between(Tables.Shuffled(a, 7), Tables.Shuffled(b, 11), 1), 1e-10);
    }
}
