namespace Pggan.Pipeline.Tests;

public sealed class StoreSourceTests : StoreTest
{
    private string StorePath => Path.Combine(Path.GetDirectoryName(Folder)!, "images.store");

    [Theory]
    [InlineData(16)]
    [InlineData(8)]
    [InlineData(4)]
    public async Task A_store_as_a_dataset_gives_the_batches_of_its_source_at_every_resolution_and_decodes_nothing(int resolution)
    {
        using var source = new SyntheticSource(Images, 32, 3, 4, 1);
        await WriteAsync(source, Images);
        using var store = ImageSources.Open(StorePath);
        Assert.IsType<StoreSource>(store);
        Assert.Equal((source.Count, source.LabelSize), (store.Count, store.LabelSize));
        Assert.NotEqual(source.Digest, store.Digest);
        Assert.Equal(source.ClassNames, store.ClassNames);
        Assert.All(Enumerable.Range(0, Images), index => Assert.Equal(Labels.Of(source, index), Labels.Of(store, index)));

        // A training at a lower resolution takes the store's levels, too.
        var options = Options with { Resolution = resolution };
        var (hash, numbers) = await RunAsync(Context(store, null, resolution, options: options), 50);
        Assert.Equal((await Expected.ImagesAsync(source, options, resolution, 0, 250)).Hash, hash);
        Assert.Equal(0, ItemsOf(numbers, "downsampler"));
        Assert.True(numbers.StoreReads >= 250);
    }

    [Fact]
    public async Task Of_other_channels_it_is_a_source_of_its_largest_level()
    {
        using var source = new SyntheticSource(Images, 16, 3, 4, 1);
        await WriteAsync(source, Images);
        using var store = new StoreSource(StorePath);
        var grey = Options with { Channels = 1 };
        Assert.Equal((await Expected.ImagesAsync(source, grey, 8, 0, 100)).Hash, (await RunAsync(Context(store, null, 8, options: grey), 20)).Hash);
    }

    [Fact]
    public async Task Labels_that_are_no_classes_are_kept_as_they_are()
    {
        using (var writer = PyramidStoreWriter.Create(StorePath, 16, 3, 3, StoreLabels.Vector, About("a", "b")))
        {
            using var source = new SyntheticSource(3, 16, 3, 0, 1);
            for (var index = 2; index >= 0; index--)
                await AppendAsync(writer, source, index, [index, .5f]);
            writer.Complete();
        }

        using var store = new StoreSource(StorePath);
        Assert.Equal([2, .5f], Labels.Of(store, 2));
        Assert.Equal(["a", "b"], store.ClassNames);
        Assert.Equal("images.store#2", store.NameOf(2));
    }

    [Fact]
    public async Task Fewer_images_than_there_was_room_for_make_a_whole_store()
    {
        using var source = new SyntheticSource(Images, 16, 3, 4, 1);
        await WriteAsync(source, Images, written: 7);
        using var store = new StoreSource(StorePath);
        Assert.Equal(7, store.Count);
    }

    [Fact]
    public async Task A_store_comes_whole_or_not_at_all()
    {
        using var source = new SyntheticSource(4, 16, 3, 4, 1);
        using (var writer = PyramidStoreWriter.Create(StorePath, 16, 3, 4, StoreLabels.Class, About(4)))
        {
            Assert.Throws<InvalidOperationException>(writer.Complete);
            await AppendAsync(writer, source, 0, [1, 0, 0, 0]);
            await AppendAsync(writer, source, 2, [1, 0, 0, 0]);
            Assert.Contains("image 1", Assert.Throws<InvalidOperationException>(writer.Complete).Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<ArgumentException>(() => AppendAsync(writer, source, 1, [.5f, .5f, 0, 0]));
            await Assert.ThrowsAsync<ArgumentException>(() => AppendAsync(writer, source, 1, [1, 0]));
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => AppendAsync(writer, source, 4, [1, 0, 0, 0]));
            await Assert.ThrowsAsync<ArgumentException>(() => AppendAsync(writer, new SyntheticSource(4, 32, 3, 4, 1), 1, [1, 0, 0, 0], 32));
            Assert.False(File.Exists(StorePath));
        }

        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(StorePath)!));
        Assert.Throws<ArgumentException>(() => PyramidStoreWriter.Create(StorePath, 17, 3, 4, StoreLabels.None, About(0)));
        Assert.Throws<ArgumentException>(() => PyramidStoreWriter.Create(StorePath, 16, 3, 4, StoreLabels.None, About(2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => PyramidStoreWriter.Create(StorePath, 1 << 30, 3, 4, StoreLabels.None, About(0)));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(StorePath)!));
    }

    [Fact]
    public async Task A_store_that_is_being_built_is_no_dataset_and_a_built_one_is()
    {
        using var source = new SyntheticSource(Images, 16, 3, 4, 1);
        using (var store = Open(source))
        {
            await RunAsync(Context(source, store), 2);
            var error = Assert.Throws<DatasetUnusableException>(() => ImageSources.Open(store.Path));
            Assert.Contains("is not whole: ", error.Message, StringComparison.Ordinal);
            for (var i = 0; i < 20 && store.Images < Images; i++)
                await RunAsync(Context(source, store), 30);
        }

        using var whole = ImageSources.Open(StoreFiles.Single());
        Assert.Equal((await Expected.ImagesAsync(source, Options, 16, 0, 100)).Hash, (await RunAsync(Context(whole, null), 20)).Hash);
    }

    [Fact]
    public async Task Of_a_damaged_store_the_damaged_images_are_skipped()
    {
        using var source = new SyntheticSource(Images, 16, 3, 4, 1);
        await WriteAsync(source, Images);
        using (var layout = PyramidStore.Open(StorePath, isWritable: false))
        using (var file = File.OpenHandle(StorePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            RandomAccess.Write(file, [1, 2, 3, 4], layout.Layout.RecordOffset(8) + 900);
            RandomAccess.Write(file, [3], layout.Layout.LabelOffset(9));
        }

        using var store = new StoreSource(StorePath);
        using var context = new PipelineContext(store, Options, new BatchSelector(16, 5, 0), null, isExported: false);
        await using var pipeline = new RunningPipeline(context);
        for (var i = 0; i < 20; i++)
            (await pipeline.NextAsync()).Dispose();
        Assert.Equal(["the checksum of its pixels is wrong", "the checksum of its label is wrong"], context.Skipped.List().Select(image => image.Reason));
    }

    [Fact]
    public async Task A_store_that_is_cut_off_and_put_back_is_waited_for_and_blames_no_image()
    {
        using var source = new SyntheticSource(Images, 16, 3, 4, 1);
        await WriteAsync(source, Images);
        var bytes = await File.ReadAllBytesAsync(StorePath, TestContext.Current.CancellationToken);
        using var store = new StoreSource(StorePath);
        using (var cut = new FileStream(StorePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            cut.SetLength(20_000);
        await Assert.ThrowsAsync<SourceGoneException>(async () => await store.ReadAsync(50, TestContext.Current.CancellationToken));
        await File.WriteAllBytesAsync(StorePath, bytes, TestContext.Current.CancellationToken);
        (await store.ReadAsync(50, TestContext.Current.CancellationToken)).Dispose();
    }

    [Fact]
    public async Task Two_million_images_take_eight_bytes_each_and_no_time_a_batch()
    {
        const int Many = 2_000_000;
        PyramidStoreWriter.Make(StorePath, 4, 1, Many, StoreLabels.Class, About(3));
        using (var layout = PyramidStore.Open(StorePath, isWritable: false))
        using (var file = File.OpenHandle(StorePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            var entries = new byte[Many * StoreLayout.EntryBytes];
            Array.Fill<byte>(entries, 1); // that they are there
            RandomAccess.Write(file, entries.AsSpan(), layout.Layout.EntryOffset(0));
        }

        long before = GC.GetTotalMemory(forceFullCollection: true), allocated = GC.GetTotalAllocatedBytes(precise: true);
        var options = new PipelineOptions { Resolution = 4, Channels = 1, Seed = 3 };
        using var store = new StoreSource(StorePath);
        using var context = new PipelineContext(store, options, new BatchSelector(4, 16, 12_345_678_901), null, isExported: false);
        using var channels = new PipelineChannels(context);
        var ticket = await channels.Ledger.TakeAsync(TestContext.Current.CancellationToken);
        Assert.InRange(ticket.Index, 0, Many - 1);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - allocated, 0, 8 * Many + 1_000_000);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, 0, 8 * Many + 1_000_000);
    }

    [Theory]
    [InlineData(false, 8)]
    [InlineData(true, 4 * 40)]
    public void Labels_of_attributes_are_kept_as_bits(bool hasOthers, int bytesOfLabel)
    {
        const int Many = 100_000, Size = 40;
        PyramidStoreWriter.Make(StorePath, 4, 1, Many, StoreLabels.Vector, About(Size));
        StoreLayout layout;
        using (var store = PyramidStore.Open(StorePath, isWritable: false))
            layout = store.Layout;
        using (var file = File.OpenHandle(StorePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            var entries = new byte[Many * StoreLayout.EntryBytes];
            Array.Fill<byte>(entries, 1); // that they are there
            RandomAccess.Write(file, entries.AsSpan(), layout.EntryOffset(0));
            foreach (var (index, element, value) in new[] { (0, 0, 1f), (5000, 39, 1f), (5000, 1, 1f), (Many - 1, 7, hasOthers ? 0.5f : 1f) })
                RandomAccess.Write(file, BitConverter.GetBytes(value), layout.LabelOffset(index) + 4 * element);
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var source = new StoreSource(StorePath);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, 0, Many * (StoreLayout.EntryBytes + bytesOfLabel) + 1_000_000);
        Assert.Equal([0, 0, 1], new[] { 1, 4999, 0 }.Select(i => Labels.Of(source, i).Sum()));
        Assert.Equal(Enumerable.Range(0, Size).Select(i => i is 1 or 39 ? 1f : 0f), Labels.Of(source, 5000));
        Assert.Equal(hasOthers ? 0.5f : 1f, Labels.Of(source, Many - 1)[7]);
    }

    private static StoreAbout About(params string[] classes) => new("test", new string('0', 64), "", "", "", classes);

    private static StoreAbout About(int classes) => About([.. Enumerable.Range(0, classes).Select(number => $"{number}")]);

    private async Task WriteAsync(SyntheticSource source, int room, int? written = null)
    {
        using var writer = PyramidStoreWriter.Create(StorePath, 16, 3, room, StoreLabels.Class, StoreFolder.AboutOf(source, Options));
        for (var index = 0; index < (written ?? room); index++)
            await AppendAsync(writer, source, index, Labels.Of(source, index));
        writer.Complete();
    }

    private static async Task AppendAsync(PyramidStoreWriter writer, SyntheticSource source, int index, float[] label, int resolution = 16)
    {
        using var image = await source.ReadAsync(index, CancellationToken.None);
        using var pyramid = ImagePyramid.Build(image, resolution);
        writer.Append(index, pyramid, label);
    }
}
