namespace Pggan.Pipeline.Tests;

public sealed class SyntheticSourceTests
{
    [Fact]
    public async Task The_same_seed_draws_the_same_and_the_shape_is_the_class()
    {
        using var source = new SyntheticSource(20, 16, 1, 3, 5);
        using var again = new SyntheticSource(20, 16, 1, 3, 5);
        using var other = new SyntheticSource(20, 16, 1, 3, 6);
        Assert.Equal(source.Digest, again.Digest);
        Assert.NotEqual(source.Digest, other.Digest);
        Assert.Equal(["disc", "square", "diamond"], source.ClassNames);
        Assert.Equal([0, 0, 1], Labels.Of(source, 5));
        using var a = await source.ReadAsync(7, TestContext.Current.CancellationToken);
        using var b = await again.ReadAsync(7, TestContext.Current.CancellationToken);
        using var c = await other.ReadAsync(7, TestContext.Current.CancellationToken);
        Assert.Equal(a.Pixels.ToArray(), b.Pixels.ToArray());
        Assert.NotEqual(a.Pixels.ToArray(), c.Pixels.ToArray());
    }
}
