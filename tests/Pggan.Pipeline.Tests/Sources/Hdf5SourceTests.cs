namespace Pggan.Pipeline.Tests;

public sealed class Hdf5SourceTests
{
    [Fact]
    public async Task The_largest_level_is_read_with_the_labels_beside_it()
    {
        using var source = ImageSources.Open(Fixtures.Path("hdf5"));
        Assert.Equal([0, 1, 2, 1, 0], Fixtures.Classes(source));
        foreach (var i in new[] { 4, 0, 2, 1, 3 })
            await Fixtures.AssertPixelsAsync(source, i, i, 16);
        Assert.Equal("tiny.h5#4", source.NameOf(4));
    }

    [Fact]
    public void Damage_is_a_clear_error()
    {
        using var temp = new TempFolder();
        Fixtures.Copy("hdf5", temp);
        var folder = Path.Combine(temp.Root, "hdf5");
        temp.Write("hdf5/tiny-labels.npy", File.ReadAllBytes(Fixtures.Path("hdf5/tiny-labels.npy"))[..^12]);
        Assert.Contains("bytes follow", Error(), StringComparison.Ordinal);
        temp.Write("hdf5/second.h5", [1]);
        Assert.Contains("has 2 HDF5 files", Error(), StringComparison.Ordinal);

        string Error() => Assert.Throws<DatasetUnusableException>(() => ImageSources.Open(folder)).Message;
    }
}
