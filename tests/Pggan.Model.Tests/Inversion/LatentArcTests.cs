namespace Pggan.Model.Tests;

public sealed class LatentArcTests
{
    [Fact]
    public void A_way_goes_around_the_middle_in_even_steps()
    {
        float[] quarter = LatentArc.Between(Row(2, 0), Row(0, 2), 3).Data;
        Assert.Equal([2, 0, Math.Sqrt(2), Math.Sqrt(2), 0, 2], quarter.Select(v => (double)v), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Lengths_change_evenly()
    {
        HostTensor way = LatentArc.Between(Row(1, 0), Row(0, 3), 5);
        Assert.Equal([5, 2], way.Shape);
        Assert.Equal([1, 1.5, 2, 2.5, 3], way.Data.Chunk(2).Select(z => Math.Sqrt(z[0] * z[0] + z[1] * z[1])), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void A_way_to_itself_stays() => Assert.Equal([1, 2, 1, 2, 1, 2], LatentArc.Between(Row(1, 2), Row(1, 2), 3).Data);

    [Fact]
    public void Labels_are_mixed_in_proportion() =>
        Assert.Equal([1, 0, 0.75f, 0.25f, 0.5f, 0.5f, 0.25f, 0.75f, 0, 1], LatentArc.Mix(Row(1, 0), Row(0, 1), 5).Data);

    private static HostTensor Row(params float[] row) => new([1, row.Length], row);
}
