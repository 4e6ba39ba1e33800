using System.Security.Cryptography;

namespace Pggan.Pipeline.Tests;

/// <summary>What every source of a fixture promises, whatever its format.</summary>
public sealed class EverySourceTests
{
    /// <summary>A fixture, the kind that it is taken for, images, elements of a label, and the file in it that is damaged.</summary>
    public static TheoryData<string, Type, int, int, string> All => new()
    {
        { "webdataset", typeof(TarSource), 6, 3, "shard-000001.tar" },
        { "webdataset/shard-{000000..000001}.tar", typeof(TarSource), 6, 3, "" },
        { "webdataset/shard-000000.tar", typeof(TarSource), 3, 3, "" },
        { "cifar-10-batches-bin", typeof(CifarSource), 5, 10, "data_batch_2.bin" },
        { "cifar-10-batches-bin/test_batch.bin", typeof(CifarSource), 1, 10, "" },
        { "cifar-100-binary", typeof(CifarSource), 3, 100, "train.bin" },
        { "celeba", typeof(CelebaSource), 5, 40, "" },
        { "celeba/img_align_celeba", typeof(CelebaSource), 5, 40, "" },
        { "celeba-kaggle.zip", typeof(CelebaSource), 5, 40, "" },
        { "lsun_lmdb", typeof(LmdbSource), 120, 0, "data.mdb" },
        { "lsun_lmdb/data.mdb", typeof(LmdbSource), 120, 0, "" },
        { "parquet/data", typeof(ParquetSource), 6, 3, "train-00001-of-00002.parquet" },
        { "parquet/data/train-{00000..00001}-of-00002.parquet", typeof(ParquetSource), 6, 3, "" },
        { "parquet/plain.parquet", typeof(ParquetSource), 5, 2, "" },
        { "hdf5", typeof(Hdf5Source), 5, 3, "tiny.h5" },
        { "hdf5/tiny.h5", typeof(Hdf5Source), 5, 3, "" },
        { "fashiongen", typeof(Hdf5Source), 6, 3, "tiny.h5" },
        { "fashiongen-packed.h5", typeof(Hdf5Source), 6, 3, "" },
        { "stylegan.zip", typeof(ZipSource), 4, 3, "" },
        { "stylegan-unlabelled.zip", typeof(ZipSource), 4, 0, "" },
        { "mnist", typeof(IdxSource), 5, 6, "" },
        { "mnist/t10k-images-idx3-ubyte.gz", typeof(IdxSource), 2, 10, "" },
        { "pictures", typeof(FolderSource), 10, 2, "" },
        { "svhn", typeof(SvhnSource), 4, 10, "" },
        { "svhn/test_32x32.mat", typeof(SvhnSource), 1, 10, "" },
    };

    [Theory]
    [MemberData(nameof(All))]
    public async Task It_is_recognised_read_by_many_at_once_and_stable(string name, Type kind, int count, int labelSize, string file)
    {
        _ = file;
        var buffers = LiveBuffers.Count;
        using var source = ImageSources.Open(Fixtures.Path(name));
        Assert.IsType(kind, source);
        Assert.Equal((count, labelSize, labelSize), (source.Count, source.LabelSize, source.ClassNames.Count));
        using (var again = ImageSources.Open(Fixtures.Path(name)))
            Assert.Equal((64, source.Digest), (source.Digest.Length, again.Digest));
        var serial = new List<string>();
        for (var i = 0; i < count; i++)
            serial.Add(await HashAsync(source, i));
        var parallel = await Task.WhenAll(Enumerable.Range(0, 4 * count).Select(i => Task.Run(() => HashAsync(source, i % count))));
        Assert.Equal([.. serial, .. serial, .. serial, .. serial], parallel);
        Assert.Equal(count, serial.Distinct().Count());
        Assert.Equal(buffers, LiveBuffers.Count);
        var report = await DatasetInspector.InspectAsync(source, new PipelineOptions { Resolution = 4 }, int.MaxValue, TestContext.Current.CancellationToken);
        Assert.Equal(count, report.Usable + report.Refused.Count);
        Assert.Equal(Enumerable.Range(0, count).Sum(i => Labels.Of(source, i).Sum()), report.ClassCounts.Sum());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_is_cut_off_while_it_is_read_is_gone_until_it_is_back(string name, Type kind, int count, int labelSize, string file)
    {
        _ = (kind, labelSize);
        if (file.Length == 0)
            return;
        using var temp = new TempFolder();
        var path = Path.Combine(Fixtures.Copy(name, temp), file);
        var whole = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        using var source = ImageSources.Open(Path.Combine(temp.Root, name));
        await HashAsync(source, 0);
        await File.WriteAllBytesAsync(path, whole[..20], TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<SourceGoneException>(async () => (await source.ReadAsync(count - 1, TestContext.Current.CancellationToken)).Dispose());
        await File.WriteAllBytesAsync(path, whole, TestContext.Current.CancellationToken);
        await HashAsync(source, count - 1);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void What_is_cut_off_before_is_a_clear_error(string name, Type kind, int count, int labelSize, string file)
    {
        _ = (kind, count, labelSize);
        if (file.Length == 0)
            return;
        using var temp = new TempFolder();
        var path = Path.Combine(Fixtures.Copy(name, temp), file);
        var whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..(whole.Length / 2 - 300)]);
        Assert.Contains("cannot be read: ", Assert.Throws<DatasetUnusableException>(() => ImageSources.Open(Path.Combine(temp.Root, name))).Message, StringComparison.Ordinal);
    }

    /// <summary>Of the pixels, if there are any.</summary>
    private static async Task<string> HashAsync(IImageSource source, int index)
    {
        try
        {
            using var image = await source.ReadAsync(index, TestContext.Current.CancellationToken);
            return Convert.ToHexString(SHA256.HashData(image.Pixels));
        }
        catch (BadImageException)
        {
            return "bad";
        }
    }
}
