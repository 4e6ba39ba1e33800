namespace Pggan.Pipeline.Tests;

/// <summary>What a folder with files of several kinds is taken for.</summary>
public sealed class ImageSourcesTests
{
    private static readonly byte[] Png = TestImages.Encode(".png");

    [Theory]
    [InlineData("n01440764/1.png,n01440764/2.png,n01443537/1.png", "n01440764.tar,n01443537.tar", 2)]
    [InlineData("cats/1.png,dogs/2.png", "metadata.parquet", 2)]
    [InlineData("cats/1.png,dogs/2.png", "features.h5", 2)]
    [InlineData("cats/1.png,dogs/2.png", "data.mdb", 2)]
    [InlineData("train/cats/1.png,train/cats/2.png", "a.parquet", 0)]
    [InlineData("1.png,2.png", "train.bin", 0)]
    [InlineData("1.png,2.png", "train_32x32.mat", 0)]
    [InlineData("1.png,2.png", "data_batch_1", 0)]
    public void Images_beside_fewer_files_of_another_kind_are_a_folder_of_images(string images, string others, int labelSize)
    {
        using var temp = new TempFolder();
        Write(temp, images, Png);
        Write(temp, others, [1, 2, 3]);
        using var source = Assert.IsType<FolderSource>(ImageSources.Open(temp.Root));
        Assert.Equal((images.Split(',').Length, labelSize), (source.Count, source.LabelSize));
    }

    [Theory]
    [InlineData("preview.png", "0.tar,1.tar,2.tar", "tar files (3) and images (1)")]
    [InlineData("previews/a.png,previews/b.png", "0.parquet,1.parquet", "Parquet files (2) and images (2)")]
    [InlineData("a.png", "train.bin", "files of CIFAR (1) and images (1)")]
    [InlineData("a.png", "test_32x32.mat", "a file of SVHN (1) and images (1)")]
    [InlineData("a.png", "a.h5,b.hdf5", "HDF5 files (2) and images (1)")]
    [InlineData("a.png", "data.mdb", "an LMDB (1) and images (1)")]
    public void What_may_be_either_is_refused_with_both_named(string images, string others, string told)
    {
        using var temp = new TempFolder();
        Write(temp, images, Png);
        Write(temp, others, [1, 2, 3]);
        var error = Assert.Throws<DatasetUnusableException>(() => ImageSources.Open(temp.Root)).Message;
        Assert.Contains(told, error, StringComparison.Ordinal);
        Assert.Contains("name a file", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_range_counts_down_as_in_a_shell()
    {
        Assert.Equal(["x-3.tar", "x-2.tar", "x-1.tar"], ShardList.Expand("x-{3..1}.tar"));
        Assert.Equal(["x-01.tar", "x-00.tar"], ShardList.Expand("x-{01..00}.tar"));
        Assert.Contains("there is no file", Assert.Throws<DatasetUnusableException>(() => ImageSources.Open("x-{3..1}.tar")).Message, StringComparison.Ordinal);
        using var source = ImageSources.Open(Fixtures.Path("webdataset/shard-{000001..000000}.tar"));
        Assert.Equal("shard-000001.tar/000003.png", source.NameOf(0));
    }

    private static void Write(TempFolder temp, string names, byte[] bytes)
    {
        foreach (var name in names.Split(','))
            temp.Write(name, bytes);
    }
}
