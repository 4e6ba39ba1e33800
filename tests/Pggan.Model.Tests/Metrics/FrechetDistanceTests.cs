using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class FrechetDistanceTests
{
    public static TheoryData<string> Files { get; } = OracleFiles.Matching("metrics-*.safetensors");

    [Theory]
    [MemberData(nameof(Files))]
    public void The_distance_is_that_of_the_official_code(string name)
    {
        using SafetensorsFile file = Safetensors.Open(OracleFiles.PathOf(name));
        if (!file.Contains("frechet/distance"))
            return;
        double expected = BitConverter.ToDouble(file.ReadBytes("frechet/distance"));
        double actual = FrechetDistance.Between(Table(file, "frechet/a"), Table(file, "frechet/b"));
        Assert.Equal(expected, actual, 1e-6 * expected);
    }

    /// <summary>Gaussians with diagonal covariances: |m1 - m2|^2 plus the sum of (s1 - s2)^2 over standard deviations.</summary>
    [Fact]
    public void Of_diagonal_covariances_it_is_a_sum_of_squares()
    {
        using var scope = NewDisposeScope();
        Tensor a = tensor([1.0, 4, 0]).diag(), b = tensor([9.0, 0.25, 0]).diag();
        double distance = FrechetDistance.Between(tensor([1.0, 2, 3]), a, tensor([1.0, 0, 6]), b);
        Assert.Equal(4 + 9 + 2 * 2 + 1.5 * 1.5, distance, 1e-10);
    }

    /// <summary>Covariances that do not commute, of two components: Tr sqrt(M) = sqrt(Tr M + 2 sqrt(det M)).</summary>
    [Fact]
    public void Of_two_components_it_has_a_closed_form()
    {
        using var scope = NewDisposeScope();
        Tensor a = tensor(new double[,] { { 2, 1 }, { 1, 3 } }), b = tensor(new double[,] { { 5, -2 }, { -2, 1 } });
        double traceOfRoot = Math.Sqrt(a.matmul(b).trace().item<double>() + 2 * Math.Sqrt(5 * 1));
        Assert.Equal(11 - 2 * traceOfRoot, FrechetDistance.Between(zeros(2, float64), a, zeros(2, float64), b), 1e-10);
    }

    [Fact]
    public void A_shift_of_all_rows_counts_its_square_alone()
    {
        FeatureTable table = Tables.Normal(3000, 6, 1), shifted = new(6);
        for (int row = 0; row < table.Count; row++)
            shifted.Append([.. table[row].ToArray().Select(x => x + 0.5f)]);
        Assert.Equal(6 * 0.25, FrechetDistance.Between(table, shifted), 1e-5);
        Assert.Equal(0, FrechetDistance.Between(table, table), 1e-9);
    }

    [Fact]
    public void Covariances_are_unbiased()
    {
        using var scope = NewDisposeScope();
        (Tensor mean, Tensor covariance) = FrechetDistance.Moments(Tables.Of([1, 10], [2, 30], [6, 50]));
        Assert.Equal([3.0, 30], mean.data<double>().ToArray());
        Assert.Equal([7.0, 50, 50, 400], covariance.data<double>().ToArray());
    }

    /// <summary>Fewer images than components: no covariance has full rank. On a line all is known.</summary>
    [Fact]
    public void Few_images_of_many_components_are_no_trouble()
    {
        float[] direction = [.. Enumerable.Range(0, 64).Select(i => i % 2 == 0 ? 1f : -1)];
        FeatureTable a = Along(-1, 0, 1), b = Along(-3, 0, 3, 8);
        double deviationB = Math.Sqrt(64.0 * (25 + 4 + 1 + 36) / 3);
        Assert.Equal(64 * 4 + (8 - deviationB) * (8 - deviationB), FrechetDistance.Between(a, b), 1e-4);

        FeatureTable few = Tables.Normal(10, 64, 1), fewOthers = Tables.Normal(12, 64, 2);
        Assert.Equal(0, FrechetDistance.Between(few, few), 1e-4);
        Assert.Equal(FrechetDistance.Between(few, fewOthers), FrechetDistance.Between(fewOthers, few), 1e-4);

        FeatureTable Along(params float[] places) => Tables.Of([.. places.Select(place => direction.Select(d => d * place).ToArray())]);
    }

    [Fact]
    public void Neither_order_nor_parts_matter()
    {
        FeatureTable a = Tables.Normal(2500, 5, 1, shift: 100), b = Tables.Normal(700, 5, 2, shift: 101, scale: 2);
        Assert.Equal(FrechetDistance.Between(a, b), FrechetDistance.Between(Tables.Shuffled(a, 333), Tables.Shuffled(b, 1)), 1e-8);
    }

    private static FeatureTable Table(SafetensorsFile file, string name)
    {
        HostTensor rows = file.Read(name);
        FeatureTable table = new((int)rows.Shape[1]);
        table.Append(rows.Data);
        return table;
    }
}
