using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class FeatureTableTests
{
    /// <summary>Rows of 2^17 numbers: two a chunk.</summary>
    [Fact]
    public void Rows_come_back_as_they_were_appended_whatever_the_parts()
    {
        using var scope = NewDisposeScope();
        const int size = 1 << 17;
        FeatureTable table = new(size);
        Tensor rows = arange(5, dtype: float32).reshape(5, 1).expand(5, size);
        table.Append(rows.narrow(0, 0, 1));
        table.Append(rows.narrow(0, 1, 4).to(float64));
        Assert.Equal((5, size), (table.Count, table.Size));
        Assert.All(Enumerable.Range(0, 5), row => Assert.Equal((float)row, table[row].ToArray().Distinct().Single()));
        Assert.Equal([3.0, 4.0], table.Rows(3, 2).select(1, size - 1).data<double>().ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => table[5].Length);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_not_finite_or_no_whole_row_is_refused_and_changes_nothing(float bad)
    {
        FeatureTable table = Tables.Of([1, 2]);
        Assert.Throws<ArgumentException>(() => table.Append([3, 4, 5, bad]));
        Assert.Throws<ArgumentException>(() => table.Append([3, 4, 5]));
        Assert.Throws<ArgumentException>(() => table.Append(zeros(2, 3)));
        Assert.Equal(1, table.Count);
    }

    [Fact]
    public void No_metric_compares_features_of_different_sizes_or_too_few_of_them()
    {
        FeatureTable two = Tables.Of([1, 2]), three = Tables.Of([1, 2, 3]);
        foreach (FeatureTable other in new[] { two, three })
        {
            Assert.Throws<ArgumentException>(() => FrechetDistance.Between(two, other));
            Assert.Throws<ArgumentException>(() => KernelDistance.Between(two, other, 1));
            Assert.Throws<ArgumentException>(() => PrecisionRecall.Between(two, other));
            Assert.Throws<ArgumentException>(() => DensityCoverage.Between(two, other));
        }
    }

    [Fact]
    public void Metrics_leave_no_tensor_alive()
    {
        FeatureTable reals = Tables.Normal(1500, 3, 1), fakes = Tables.Normal(40, 3, 2);
        long before = LiveTensors.BeforeMeasuring();
        FrechetDistance.Between(reals, fakes);
        KernelDistance.Between(reals, fakes, 1);
        PrecisionRecall.Between(reals, fakes);
        DensityCoverage.Between(reals, fakes);
        Assert.Equal(before, Tensor.TotalCount);
    }
}
