using TorchSharp;

namespace Pggan.Model.Tests;

public sealed class CmaEsTests
{
    private const int Size = 8;

    [Fact]
    public void It_finds_the_middle_of_a_sphere() => Assert.InRange(EvaluationsTo(1e-10, x => x.Sum(v => v * v)), 1, 3000);

    /// <summary>Without a covariance, steps would be as short as the steepest of the axes allows: a thousandth of the flattest's.</summary>
    [Fact]
    public void It_learns_the_axes_of_a_turned_ellipsoid() => Assert.InRange(EvaluationsTo(1e-10, Ellipsoid), 1, 8000);

    [Fact]
    public void It_follows_the_valley_of_Rosenbrock() => Assert.InRange(
        EvaluationsTo(1e-10, x => Enumerable.Range(0, Size - 1).Sum(i => 100 * Math.Pow(x[i + 1] - x[i] * x[i], 2) + Math.Pow(1 - x[i], 2)), start: 0), 1, 12000);

    [Fact]
    public void Values_that_are_no_numbers_come_last()
    {
        // Half of the space has no value.
        Assert.InRange(EvaluationsTo(1e-8, x => x[0] > 3.5 ? double.NaN : x.Sum(v => v * v)), 1, 4000);
    }

    [Fact]
    public void Only_the_order_of_values_counts_and_same_chance_gives_same_points()
    {
        Assert.Equal(Points(v => v), Points(v => Math.Exp(v) - 7));

        static double[] Points(Func<double, double> order)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using CmaEs strategy = new([1, 2, 3], 0.5);
            double[] last = [];
            for (int i = 0; i < 20; i++)
            {
                torch.Tensor points = strategy.Ask(Chance.Normal(strategy.Population, 3, 5, Purpose.Inversion, i));
                last = points.data<double>().ToArray();
                strategy.Tell([.. last.Chunk(3).Select(x => order(x.Sum(v => v * v)))]);
            }
            return last;
        }
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(10, 10)]
    [InlineData(512, 22)]
    public void A_generation_is_as_large_as_the_tutorial_says(int size, int population) => Assert.Equal(population, CmaEs.PopulationOf(size));

    /// <summary>The first generation by hand: the mean moves to the weighted mean of the better half, ln 3.5 - ln i over their sum.</summary>
    [Fact]
    public void The_first_points_are_normal_about_the_start_and_the_next_about_their_best()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using CmaEs strategy = new([10, 20], 0.1, population: 6);
        double[] normals = [1, 0, 0, 1, -1, 0, 0, -1, 2, 2, -2, -2];
        double[] points = strategy.Ask(torch.tensor(normals, 6, 2)).data<double>().ToArray();
        Assert.Equal(normals.Select((v, i) => (i % 2 == 0 ? 10 : 20) + 0.1 * v), points, (a, b) => Math.Abs(a - b) < 1e-12);

        strategy.Tell([2, 1, 3, 4, 5, 6]);
        double[] raw = [Math.Log(3.5), Math.Log(3.5 / 2), Math.Log(3.5 / 3)];
        double[] w = [.. raw.Select(x => x / raw.Sum())];
        double[] mean = strategy.Ask(torch.zeros(6, 2)).data<double>().ToArray()[..2];
        Assert.Equal(10 + 0.1 * (w[1] * 1 + w[2] * -1), mean[0], 1e-12);
        Assert.Equal(20 + 0.1 * w[0] * 1, mean[1], 1e-12);
    }

    [Fact]
    public void It_leaves_no_tensor_alive()
    {
        long before = LiveTensors.BeforeMeasuring();
        EvaluationsTo(1e-3, Ellipsoid);
        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    /// <summary>Axes from 1 to 1000, turned by reflecting at a skew plane, so that no axis is a coordinate's.</summary>
    private static double Ellipsoid(double[] x)
    {
        double along = Enumerable.Range(0, Size).Sum(i => x[i] * (i + 1)), norm = Enumerable.Range(1, Size).Sum(i => i * i);
        return Enumerable.Range(0, Size).Sum(i => Math.Pow(10, 6.0 * i / (Size - 1)) * Math.Pow(x[i] - 2 * along * (i + 1) / norm, 2));
    }

    private static int EvaluationsTo(double value, Func<double[], double> function, double start = 3)
    {
        using CmaEs strategy = new([.. Enumerable.Repeat(start, Size)], 0.5);
        for (int evaluations = strategy.Population; evaluations < 20_000; evaluations += strategy.Population)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor points = strategy.Ask(Chance.Normal(strategy.Population, Size, 1, Purpose.Inversion, evaluations));
            double[] values = [.. points.data<double>().ToArray().Chunk(Size).Select(function)];
            if (values.Min() < value)
                return evaluations;
            strategy.Tell(values);
        }
        return int.MaxValue;
    }
}
