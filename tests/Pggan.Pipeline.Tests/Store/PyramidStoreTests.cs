using System.Security.Cryptography;

namespace Pggan.Pipeline.Tests;

public sealed class PyramidStoreTests : StoreTest
{
    [Theory]
    [InlineData(1, 16)]
    [InlineData(3, 16)]
    [InlineData(3, 8)]
    [InlineData(1, 4)]
    public async Task Batches_are_the_same_without_a_store_while_it_is_built_and_from_it(int readers, int resolution)
    {
        var expected = await ExpectedAsync(resolution, 50);
        var before = LiveBuffers.Count;
        using var source = NewSource();
        using (var store = Open(source))
            Assert.Equal(expected, (await RunAsync(Context(source, store, resolution, readers), 50)).Hash);
        using (var store = Open(source))
        {
            var (hash, numbers) = await RunAsync(Context(source, store, resolution, readers), 50);
            Assert.Equal(expected, hash);
            Assert.InRange(numbers.StoredImages, 40, Images - 2);
            Assert.True(numbers.StoreReads >= 100);
        }

        Assert.Equal(before, LiveBuffers.Count);
        Assert.Empty(Told);
    }

    [Fact]
    public async Task From_a_whole_store_nothing_is_decoded()
    {
        await FillAsync();
        using var source = NewSource();
        using var store = Open(source);
        var (hash, numbers) = await RunAsync(Context(source, store), 50);
        Assert.Equal(await ExpectedAsync(16, 50), hash);
        Assert.Equal(0, ItemsOf(numbers, "downsampler"));
        Assert.True(ItemsOf(numbers, "reader") >= 250);
        Assert.Equal(2, source.Reads); // the bad ones
        Assert.Equal(0, numbers.CachedImages);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_change_of_the_request_at_any_time_loses_and_repeats_nothing(int seed)
    {
        var random = new Random(seed);
        using var source = NewSource();
        using var store = Open(source);
        using var context = Context(source, store, 4, readers: 3);
        using var actual = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var expected = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var plain = new SyntheticSource(Images, 32, 3, 4, 1);
        var (trained, computed) = (0L, 0L);
        await using var pipeline = new RunningPipeline(context);
        for (var change = 0; change < 60; change++)
        {
            for (var n = random.Next(4); n > 0; n--)
            {
                using var batch = await pipeline.NextFreshAsync();
                Expected.Append(actual, batch);
                trained = batch.NextPosition;
                computed = await Expected.AppendAsync(expected, plain, Options, batch.Resolution, computed, batch.Count, IsBad);
            }

            context.Selector.Want(4 << random.Next(3), random.Next(1, 20), trained);
            if (random.Next(2) == 0)
                await Task.Delay(random.Next(3), TestContext.Current.CancellationToken);
        }

        Assert.Equal(Convert.ToHexString(expected.GetHashAndReset()), Convert.ToHexString(actual.GetHashAndReset()));
        Assert.Equal(0, pipeline.Restarts);
    }

    [Fact]
    public async Task Images_read_for_a_smaller_request_before_the_batch_stage_began_are_read_again()
    {
        await FillAsync();
        using var source = NewSource();
        using var store = Open(source);
        using var context = Context(source, store, 4, readers: 1);
        using var channels = new PipelineChannels(context);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var reader = new ReaderStage(context, channels, 0).RunAsync(stop.Token);
        while (channels.Ledger.HighWater < Options.ImagesInFlight)
            await Task.Delay(1, stop.Token);
        context.Selector.Want(16, 5, 0);
        var batches = PipelineChannels.CreateBatchChannel(Options);
        var batcher = new BatchStage(context, channels, batches.Writer).RunAsync(stop.Token);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < 8; i++)
        {
            using var batch = await batches.Reader.ReadAsync(stop.Token).AsTask().WaitAsync(TimeSpan.FromSeconds(20), stop.Token);
            Expected.Append(hash, batch);
        }

        Assert.Equal(await ExpectedAsync(16, 8), Convert.ToHexStringLower(hash.GetHashAndReset()));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(reader, batcher));
        while (batches.Reader.TryRead(out var left))
            left.Dispose();
    }

    [Fact]
    public async Task Two_runs_build_one_store_at_the_same_time()
    {
        var expected = await ExpectedAsync(16, 60);
        using var source = NewSource();
        using PyramidStore first = Open(source), second = Open(source);
        Assert.Equal(first.Path, second.Path);
        var runs = await Task.WhenAll(RunAsync(Context(source, first, readers: 2), 60), RunAsync(Context(source, second, readers: 3), 60));
        Assert.All(runs, run => Assert.Equal(expected, run.Hash));
        Assert.Empty(Told);

        // Each finds what the other has written.
        var path = await FillAsync();
        Assert.Equal(first.Path, path);
        var (hash, numbers) = await RunAsync(Context(source, first), 50);
        Assert.Equal((await ExpectedAsync(16, 50), 0L), (hash, ItemsOf(numbers, "downsampler")));
    }

    [Fact]
    public async Task A_reader_beside_a_writer_never_sees_half_a_record()
    {
        using var source = new SyntheticSource(500, 32, 3, 0, 1);
        using PyramidStore written = Open(source), read = Open(source);
        var expected = new byte[500][];
        var writing = Task.Run(async () =>
        {
            for (var round = 0; round < 3; round++)
            {
                for (var index = 0; index < 500; index++)
                {
                    using var image = ImageConformer.Conform(await source.ReadAsync(index, CancellationToken.None), Options);
                    using var pyramid = ImagePyramid.Build(image, 16);
                    expected[index] = pyramid.Data.ToArray();
                    var record = new byte[written.Layout.RecordBytes];
                    pyramid.Data.CopyTo(record.AsSpan(written.Layout.SumsBytes));
                    written.Write(index, record, []);
                }
            }
        }, TestContext.Current.CancellationToken);
        var found = 0;
        for (var index = 0; !writing.IsCompleted; index = (index + 1) % 500)
        {
            using var pyramid = read.Find(new ImageTicket(0, index, 0), 16);
            if (pyramid is null)
                continue;
            found++;
            Assert.Equal(expected[index], pyramid.Data);
        }

        await writing;
        Assert.True(found > 500, $"{found} found");
        Assert.Empty(Told);
    }

    [Fact]
    public void A_record_without_its_entry_is_not_there_and_an_entry_without_its_record_is_damage()
    {
        using var source = NewSource();
        using var store = Open(source);
        using (var file = File.OpenHandle(store.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            RandomAccess.Write(file, [1, 2, 3], store.Layout.RecordOffset(5));
            RandomAccess.Write(file, [1, 2, 3, 4], store.Layout.EntryOffset(6));
        }

        Assert.Null(store.Find(new ImageTicket(0, 5, 0), 16));
        Assert.Empty(Told);
        Assert.Null(store.Find(new ImageTicket(0, 6, 0), 16));
        Assert.Contains("image 6 is damaged", Assert.Single(Told), StringComparison.Ordinal);
        Assert.Equal(0, store.Images);
    }

    [Theory]
    [InlineData("entry")]
    [InlineData("sums")]
    [InlineData("4")]
    [InlineData("8")]
    [InlineData("16")]
    public async Task A_damaged_image_is_read_from_the_source_told_once_and_written_anew(string region)
    {
        var path = await FillAsync();
        using var source = NewSource();
        using var store = Open(source);
        var layout = store.Layout;
        foreach (var index in new[] { 3, 30 })
        {
            Flip(path, region switch
            {
                "entry" => layout.EntryOffset(index) + 1,
                "sums" => layout.RecordOffset(index) + 9,
                var level => layout.RecordOffset(index) + layout.SumsBytes + ImagePyramid.LengthOf(int.Parse(level), 3, BaseSize.Square) - 1,
            });
        }

        using var damaged = Open(source);
        Assert.Equal(await ExpectedAsync(16, 50), (await RunAsync(Context(source, damaged), 50)).Hash);
        Assert.Contains("is damaged", Assert.Single(Told), StringComparison.Ordinal);
        Assert.All([3, 30], index => Assert.InRange(source.ReadsOf(index), 1, 6)); // epochs are faster here than the store's thread begins
        using var mended = Open(source);
        Assert.Equal(0, ItemsOf((await RunAsync(Context(source, mended), 50)).Numbers, "downsampler"));
        Assert.Single(Told);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(30)]
    [InlineData(80)]
    public async Task A_store_with_a_damaged_head_is_told_of_and_made_anew(int at)
    {
        var path = await FillAsync();
        Flip(path, at);
        using var source = NewSource();
        using var store = Open(source);
        Assert.Contains("is damaged and made anew", Assert.Single(Told), StringComparison.Ordinal);
        Assert.Equal((path, 0), (store.Path, store.Images));
        Assert.Equal(await ExpectedAsync(16, 20), (await RunAsync(Context(source, store), 20)).Hash);
    }

    [Fact]
    public async Task A_store_that_is_cut_off_while_it_is_read_is_as_if_it_were_not_there()
    {
        var path = await FillAsync();
        using var source = NewSource();
        using var store = Open(source);
        using var context = Context(source, store);
        await using var pipeline = new RunningPipeline(context);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < 50; i++)
        {
            using var batch = await pipeline.NextAsync();
            Expected.Append(hash, batch);
            if (i == 10)
            {
                using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                RandomAccess.SetLength(file, 100);
            }
        }

        Assert.Equal(await ExpectedAsync(16, 50), Convert.ToHexStringLower(hash.GetHashAndReset()));
        Assert.Contains("is damaged", Assert.Single(Told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Openings_at_the_same_time_share_one_store()
    {
        using var source = NewSource();
        for (var round = 0; round < 50; round++)
        {
            var folder = $"{Folder}/{round}";
            using var start = new Barrier(4);
            AssertShared(source, await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return StoreFolder.Open(folder, source, Options, _ => { });
                }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default))));
        }
    }

    [Fact]
    public async Task Who_finds_a_damaged_store_does_not_delete_what_another_has_made_of_it_meanwhile()
    {
        using var source = NewSource();
        var path = StoreFolder.PathOf(Folder, StoreFolder.AboutOf(source, Options));
        Directory.CreateDirectory(Folder);
        await File.WriteAllBytesAsync(path, [1, 2, 3], TestContext.Current.CancellationToken);
        Task<PyramidStore>? other = null;
        var store = StoreFolder.Open(Folder, source, Options, _ =>
        {
            other = Task.Factory.StartNew(
                () => StoreFolder.Open(Folder, source, Options, _ => { }), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            ((IAsyncResult)other).AsyncWaitHandle.WaitOne(300); // it waits for this one; if it did not, it would be done by now
        });
        AssertShared(source, [store, await other!]);
    }

    [Fact]
    public async Task A_changed_source_gets_another_store_and_the_former_one_goes_when_it_is_not_used_for_a_day()
    {
        var path = await FillAsync();
        using var other = new Renewed(NewSource());
        using (var store = Open(other))
            Assert.NotEqual(path, store.Path);
        Assert.True(File.Exists(path));
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-25));
        using (var source = NewSource())
            Open(source).Dispose(); // which is a use
        Open(other).Dispose();
        Assert.True(File.Exists(path));
        Assert.Empty(Told);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-25));
        Open(other).Dispose();
        Assert.False(File.Exists(path));
        Assert.Contains("the files' times or contents of ", Assert.Single(Told), StringComparison.Ordinal);

        // Another way to bring the same images to a size is no change.
        Age();
        using (var store = Open(other, Options with { Resolution = 8 }))
            Assert.Equal(2, StoreFiles.Length);
        Age();
        using (var store = Open(other, Options with { Decode = new DecodeOptions { Background = 0 } }))
            Assert.Equal(3, StoreFiles.Length);
        Assert.Single(Told);

        void Age() => Array.ForEach(StoreFiles, file => File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-2)));
    }

    [Fact]
    public void The_store_of_another_decoder_stays()
    {
        using var source = NewSource();
        var about = StoreFolder.AboutOf(source, Options) with { Decoder = "libvips 7" };
        var path = StoreFolder.PathOf(Folder, about);
        Directory.CreateDirectory(Folder);
        PyramidStoreWriter.Make(path, 16, 3, Images, StoreLabels.Class, about);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddDays(-2));
        using var store = Open(source);
        Assert.NotEqual(path, store.Path);
        Assert.True(File.Exists(path));
        Assert.Empty(Told);
    }

    [Theory]
    [InlineData("lsun_lmdb")] // no labels
    [InlineData("webdataset")] // classes
    [InlineData("celeba")] // attributes
    public void The_size_of_a_store_is_that_of_its_file(string name)
    {
        using var source = ImageSources.Open(Fixtures.Path(name));
        using var store = StoreFolder.Open(Folder, source, Options, Told.Add);
        Assert.Equal(new FileInfo(store.Path).Length, StoreFolder.SizeOf(source, Options));
    }

    [Fact]
    public void What_does_not_find_room_in_the_hand_over_is_left_out_and_nobody_waits()
    {
        using var release = new ManualResetEventSlim();
        using var source = new FaultySource(new SyntheticSource(500, 16, 3, 4, 1), label: (_, _) =>
        {
            release.Wait();
            return null;
        });
        using var store = StoreFolder.Open(Folder, new SyntheticSource(500, 16, 3, 4, 1), Options, Told.Add);
        using var feed = new StoreFeed(store, source);
        Offer(feed, 0, 500);
        Assert.Equal(0, store.Images);
        release.Set();
        SpinWait.SpinUntil(() => store.Images >= 64, TimeSpan.FromSeconds(10));
        Assert.InRange(store.Images, 64, 65);
        for (var i = 0; i < 200 && store.Images < 500; i++)
        {
            Offer(feed, 0, 500);
            Thread.Yield();
        }

        Assert.True(store.Images > 65);
    }

    [Fact]
    public async Task A_disk_that_takes_no_more_is_told_once_and_memory_takes_over()
    {
        using var source = NewSource();
        using var store = Open(source);
        var options = Options with { CacheBytes = 1 << 20 };

        // What the store's thread asks of the source fails, as a full disk would.
        using var faulty = new FaultySource(NewSource(), label: (_, _) => Thread.CurrentThread.Name == "pyramid store" ? new IOException("No space left on device") : null);
        var (hash, numbers) = await RunAsync(Context(faulty, store, options: options), 50);
        Assert.Equal(await ExpectedAsync(16, 50), hash);
        Assert.Contains("is written no longer: No space left", Assert.Single(Told), StringComparison.Ordinal);
        Assert.Equal(0, store.Images);
        Assert.True(numbers.CachedImages > 50);
    }

    [Fact]
    public void What_one_pipeline_cannot_write_any_more_no_other_does()
    {
        using var source = new SyntheticSource(60, 16, 3, 4, 1);
        using var store = Open(source);
        using (var feed = new StoreFeed(store, source))
        {
            store.EndWriting("No space left on device");
            Assert.False(feed.IsOpen);
            Offer(feed, 0, 5);
        }

        Assert.Equal(0, store.Images);
        Assert.Single(Told);
    }

    [Fact]
    public void A_store_of_other_images_is_refused()
    {
        using var source = NewSource();
        using var store = Open(source);
        Assert.Throws<ArgumentException>(() => Context(new SyntheticSource(7, 16, 3, 0, 1), store));
    }

    /// <summary>What the first writes, all find.</summary>
    private static void AssertShared(IImageSource source, PyramidStore[] stores)
    {
        stores[0].Write(5, new byte[stores[0].Layout.RecordBytes], Labels.Of(source, 5));
        foreach (var store in stores)
        {
            using var found = store.Find(new ImageTicket(0, 5, 0), 16);
            Assert.NotNull(found);
        }

        Assert.All(stores, store => store.Dispose());
    }

    private static void Offer(StoreFeed feed, int from, int to)
    {
        using var image = PixelBuffer.Rent(16, 16, 3);
        for (var index = from; index < to; index++)
        {
            image.Ticket = new ImageTicket(index, index, 0);
            using var pyramid = ImagePyramid.Build(image, 16);
            feed.Offer(pyramid);
        }
    }

    private static void Flip(string path, long at)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite) { Position = at };
        var value = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(value ^ 0x10));
    }

    /// <summary>The same names and sizes, of another time.</summary>
    private sealed class Renewed(IImageSource inner) : IImageSource
    {
        public string Description => inner.Description;

        public int Count => inner.Count;

        public IReadOnlyList<string> ClassNames => inner.ClassNames;

        public int LabelSize => inner.LabelSize;

        public string Digest => inner.Digest;

        public string Stamp => "later";

        public string NameOf(int index) => inner.NameOf(index);

        public void CopyLabel(int index, Span<float> label) => inner.CopyLabel(index, label);

        public ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken) => inner.ReadAsync(index, cancellationToken);

        public void Dispose() => inner.Dispose();
    }
}
