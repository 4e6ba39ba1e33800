namespace Pggan.Pipeline.Tests;

public sealed class PartialSourceTests
{
    [Fact]
    public async Task A_part_has_the_images_and_labels_that_it_names()
    {
        using var whole = new SyntheticSource(10, 8, 3, 4, 1);
        using var part = new PartialSource(whole, [7, 2, 5]);
        Assert.Equal((3, 4), (part.Count, part.LabelSize));
        Assert.Equal(whole.ClassNames, part.ClassNames);
        Assert.Equal(whole.NameOf(2), part.NameOf(1));
        using var expected = await whole.ReadAsync(5, TestContext.Current.CancellationToken);
        using var actual = await part.ReadAsync(2, TestContext.Current.CancellationToken);
        Assert.Equal(expected.Pixels.ToArray(), actual.Pixels.ToArray());
        Assert.Equal(LabelOf(whole, 7), LabelOf(part, 0));
    }

    [Fact]
    public async Task The_whole_is_not_its_to_dispose()
    {
        using var whole = new SyntheticSource(10, 8, 3, 4, 1);
        new PartialSource(whole, [1]).Dispose();
        (await whole.ReadAsync(1, TestContext.Current.CancellationToken)).Dispose();
    }

    [Fact]
    public void Parts_of_other_images_have_other_digests()
    {
        using var whole = new SyntheticSource(10, 8, 3, 4, 1);
        Assert.Equal(new PartialSource(whole, [1, 2]).Digest, new PartialSource(whole, [1, 2]).Digest);
        Assert.NotEqual(new PartialSource(whole, [1, 2]).Digest, new PartialSource(whole, [2, 1]).Digest);
        Assert.NotEqual(whole.Digest, new PartialSource(whole, [.. Enumerable.Range(0, 10)]).Digest);
    }

    private static float[] LabelOf(IImageSource source, int index)
    {
        var label = new float[source.LabelSize];
        source.CopyLabel(index, label);
        return label;
    }
}
