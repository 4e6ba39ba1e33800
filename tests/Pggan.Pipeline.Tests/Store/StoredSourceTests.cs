namespace Pggan.Pipeline.Tests;

public sealed class StoredSourceTests : StoreTest
{
    [Fact]
    public async Task Images_apart_from_a_training_come_from_its_store_in_the_same_bytes()
    {
        await FillAsync();
        using var source = NewSource();
        var decoded = await BytesAsync(source, Options with { Seed = 3 });
        Assert.True(source.Reads >= Images);
        using var again = NewSource();
        using var stored = Find(again, Options)!;
        Assert.Equal(decoded, await BytesAsync(stored, Options with { Seed = 3 }));
        Assert.Equal(2, again.Reads); // the bad ones
        Assert.Equal((Images - 2) * 3 * 16 * 16, decoded.Length);
    }

    [Fact]
    public async Task Of_another_size_or_way_they_are_decoded()
    {
        await FillAsync();
        using var source = NewSource();
        using var stored = Find(source, Options)!;
        foreach (var options in new[] { Options with { Resolution = 8 }, Options with { Channels = 1 }, Options with { SizePolicy = SizePolicy.Stretch }, Options with { Base = new BaseSize(4, 6), AllowUpscale = true } })
        {
            Assert.Null(Find(source, options));
            var before = source.Reads;
            Assert.Equal(await BytesAsync(source, options), await BytesAsync(stored, options));
            Assert.InRange(source.Reads - before, 2 * Images, 2 * (Images + 10)); // a few beyond the last that was wanted
        }
    }

    [Fact]
    public async Task A_part_takes_its_images_from_the_store_of_the_whole()
    {
        await FillAsync();
        using var source = NewSource();
        using var stored = Find(source, Options)!;
        int[] indices = [50, 3, 17, 29];
        var decoded = await BytesAsync(new PartialSource(source, indices), Options);
        var before = source.Reads;
        Assert.Equal(decoded, await BytesAsync(new PartialSource(stored, indices), Options));
        Assert.Equal(before, source.Reads);
        using var part = new PipelineContext(new PartialSource(new StoredSource(source, Open(source)), indices), Options, new BatchSelector(16, 1, 0), null, isExported: false);
        Assert.Null(part.Store); // what it decodes would get labels of other images
    }

    [Fact]
    public async Task What_is_decoded_beside_a_training_is_put_into_its_store()
    {
        using var source = NewSource();
        using (var stored = new StoredSource(source, Open(source)))
            Assert.Equal(await BytesAsync(source, Options), await BytesAsync(stored, Options));
        using var found = Find(source, Options)!;
        Assert.InRange(found.Store.Images, 1, Images - 2);
        Assert.Throws<ArgumentException>(() => new StoredSource(new SyntheticSource(9, 16, 3, 0, 1), found.Store));
    }

    [Fact]
    public async Task Looking_for_a_store_makes_and_mends_nothing()
    {
        using var source = NewSource();
        Assert.Null(Find(source, Options));
        Assert.False(Directory.Exists(Folder));
        var path = await FillAsync();
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write))
            RandomAccess.Write(file, [9], 9);
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        Assert.Null(Find(source, Options));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal([path], StoreFiles);
    }

    private StoredSource? Find(IImageSource source, PipelineOptions options) =>
        StoreFolder.Find(Folder, source, options) is { } store ? new StoredSource(source, store) : null;

    private static async Task<byte[]> BytesAsync(IImageSource source, PipelineOptions options)
    {
        List<byte> bytes = [];
        await foreach (var batch in DatasetImages.ReadAsync(source, options, Images, TestContext.Current.CancellationToken))
        {
            using (batch)
                bytes.AddRange(batch.Pixels);
        }

        return [.. bytes];
    }
}
