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

    [Fact]
    public async Task Other_proportions_keep_the_shapes_and_alpha_is_what_they_cover()
    {
        using var source = new SyntheticSource(20, 24, 4, 1, 5, height: 36);
        using var square = new SyntheticSource(20, 24, 4, 1, 5);
        Assert.NotEqual(square.Digest, source.Digest);
        Assert.Equal("20 synthetic images of 24x36 pixels", source.Description);
        using var disc = await source.ReadAsync(7, TestContext.Current.CancellationToken);
        Assert.Equal((24, 36, 4), (disc.Width, disc.Height, disc.Channels));

        // As many columns as rows of the disc are covered, and inside of it the ink is whole.
        var inside = Enumerable.Range(0, 24 * 36).Where(i => disc.Plane(3)[i] == 255).ToArray();
        var (columns, rows) = (inside.Select(i => i % 24).Distinct().Count(), inside.Select(i => i / 24).Distinct().Count());
        Assert.InRange(columns - rows, -1, 1);
        Assert.InRange(columns, 3, 24);
        Assert.Single(inside.Select(i => disc.Plane(1)[i]).Distinct());
        Assert.Equal(0, disc.Plane(3)[0]);
    }
}
