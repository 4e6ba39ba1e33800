using System.IO.Compression;
using System.Security.Cryptography;

namespace Pggan.Pipeline.Tests;

public sealed class IngestionTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly SyntheticSource _source = new(40, 16, 3, 3, 1);

    public void Dispose()
    {
        _source.Dispose();
        _temp.Dispose();
    }

    public static TheoryData<DatasetFormat> Formats => [DatasetFormat.Zip, DatasetFormat.TfRecord, DatasetFormat.Store];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Workers_change_no_byte_and_leave_no_buffer(DatasetFormat format)
    {
        var before = LiveBuffers.Count;
        var one = Digest(await RunAsync("one/set", Options(format) with { Workers = 1 }));
        Assert.Equal(one, Digest(await RunAsync("eight/set", Options(format) with { Workers = 8 })));
        Assert.Equal(before, LiveBuffers.Count);
    }

    [Fact]
    public async Task A_slow_writer_bounds_what_is_read_ahead()
    {
        // Four wait in the channel, one to get in.
        var source = new FaultySource(_source);
        var most = 0;
        await RunAsync("set.zip", Options(DatasetFormat.Zip) with { Workers = 2 }, source, onProgress: seen =>
        {
            if (seen == 10)
                SpinWait.SpinUntil(() => source.Reads >= 15, TimeSpan.FromSeconds(10));
            most = Math.Max(most, source.Reads - seen);
        });
        Assert.Equal(5, most);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Killed_at_any_image_it_goes_on_and_ends_in_the_same_bytes(DatasetFormat format)
    {
        // Two of the images have the pixels of others, two are bad.
        var source = new FaultySource(Doubled(), read: (index, _) => index is 5 or 20 ? new BadImageException("bad") : null);
        var options = Options(format) with { DropDuplicates = true, ShuffleSeed = 7 };
        var expected = await RunAsync("whole/set", options, source);
        Assert.Equal((36, 2, 2), (expected.Images, expected.Duplicates.Count, expected.Refused.Count));

        var done = 0;
        for (var kill = 3; ; kill += 5)
        {
            try
            {
                // Some of it is committed, some is not, as after kill -9.
                var report = await RunAsync(
                    "killed/set", options, source, kill % 2 == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(1), seen => Throw(seen, kill, ref done));
                Assert.Equal(Digest(expected), Digest(report));
                Assert.Equal(expected with { Path = "", Resumed = 0 }, report with { Path = "", Resumed = 0, ClassNames = expected.ClassNames, ClassCounts = expected.ClassCounts, Duplicates = expected.Duplicates, Refused = expected.Refused });
                Assert.Equal(expected.Refused, report.Refused);
                Assert.Equal(expected.Duplicates, report.Duplicates);
                Assert.Equal(expected.ClassCounts, report.ClassCounts);
                Assert.InRange(report.Resumed, 1, 40);
                Assert.False(Directory.Exists(Place("killed/set") + Ingestion.PartialSuffix));
                return;
            }
            catch (TimeoutException)
            {
                Assert.True(File.Exists(Path.Combine(Place("killed/set") + Ingestion.PartialSuffix, "journal.jsonl")));
            }
        }

        static void Throw(int seen, int kill, ref int done)
        {
            Assert.True(seen >= done || seen == 0 || done - seen < 40);
            done = seen;
            if (seen >= kill && kill < 40)
                throw new TimeoutException();
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Cancelled_it_keeps_what_is_done(DatasetFormat format)
    {
        var expected = Digest(await RunAsync("whole/set", Options(format)));
        using var cancel = new CancellationTokenSource();
        var ingestion = Make("cancelled/set", Options(format), _source, onProgress: seen =>
        {
            if (seen == 17)
                cancel.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ingestion.RunAsync(cancel.Token));
        var report = await RunAsync("cancelled/set", Options(format));
        Assert.Equal(17, report.Resumed);
        Assert.Equal(expected, Digest(report));
    }

    [Fact]
    public async Task A_torn_tail_and_bytes_behind_the_last_commit_are_done_again()
    {
        var expected = Digest(await RunAsync("whole/set.zip", Options(DatasetFormat.Zip)));
        await Assert.ThrowsAsync<TimeoutException>(() => RunAsync("torn/set.zip", Options(DatasetFormat.Zip), commit: TimeSpan.Zero, onProgress: seen =>
        {
            if (seen == 10)
                throw new TimeoutException();
        }));
        var partial = Place("torn/set.zip") + Ingestion.PartialSuffix;
        await File.AppendAllTextAsync(Path.Combine(partial, "journal.jsonl"), "{\"image\":10,\"hash\":\"a\"}\n{\"image\":1", TestContext.Current.CancellationToken);
        await File.AppendAllTextAsync(Path.Combine(partial, "data"), "half an image", TestContext.Current.CancellationToken);
        var report = await RunAsync("torn/set.zip", Options(DatasetFormat.Zip));
        Assert.Equal(10, report.Resumed);
        Assert.Equal(expected, Digest(report));
    }

    [Fact]
    public async Task Other_arguments_or_another_source_do_not_go_on()
    {
        var options = Options(DatasetFormat.Zip);
        await StopAsync("set.zip", options, 5);
        Assert.Contains("another size (16, now 8)", await RefusalAsync(options with { Size = 8 }), StringComparison.Ordinal);
        Assert.Contains("another order (its own, now seed 3)", await RefusalAsync(options with { ShuffleSeed = 3 }), StringComparison.Ordinal);
        using var other = new SyntheticSource(41, 16, 3, 3, 1);
        Assert.Contains("another source", await RefusalAsync(options, other), StringComparison.Ordinal);
        Assert.Equal(40, (await RunAsync("set.zip", options)).Images);

        async Task<string> RefusalAsync(IngestOptions with, IImageSource? from = null) =>
            (await Assert.ThrowsAsync<ArgumentException>(() => RunAsync("set.zip", with, from))).Message;
    }

    [Fact]
    public async Task Files_that_lost_bytes_are_damaged()
    {
        await StopAsync("set.zip", Options(DatasetFormat.Zip), 5);
        var data = Path.Combine(Place("set.zip") + Ingestion.PartialSuffix, "data");
        using (var file = new FileStream(data, FileMode.Open))
            file.SetLength(100);
        Assert.Contains("holds 1 images, and 5 were written", (await Assert.ThrowsAsync<InvalidDataException>(() => RunAsync("set.zip", Options(DatasetFormat.Zip)))).Message, StringComparison.Ordinal);

        await StopAsync("set", Options(DatasetFormat.TfRecord), 5);
        File.Delete(Path.Combine(Place("set") + Ingestion.PartialSuffix, "data", "set-r03.tfrecords"));
        Assert.Contains("set-r03.tfrecords has 0 bytes", (await Assert.ThrowsAsync<InvalidDataException>(() => RunAsync("set", Options(DatasetFormat.TfRecord)))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("no hash of an image at all, it is")]
    public async Task A_committed_image_whose_hash_is_none_is_damage(string hash)
    {
        await StopAsync("set.zip", Options(DatasetFormat.Zip), 5);
        var journal = Path.Combine(Place("set.zip") + Ingestion.PartialSuffix, "journal.jsonl");
        var text = await File.ReadAllTextAsync(journal, TestContext.Current.CancellationToken);
        var at = text.IndexOf("\"hash\":\"", StringComparison.Ordinal) + 8;
        Assert.Equal('"', text[at + 32]);
        await File.WriteAllTextAsync(journal, text[..at] + hash + text[(at + 32)..], TestContext.Current.CancellationToken);
        Assert.Contains("is no hash", (await Assert.ThrowsAsync<InvalidDataException>(() => RunAsync("set.zip", Options(DatasetFormat.Zip)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_ingest_into_the_same_place_is_refused()
    {
        var options = Options(DatasetFormat.Zip);
        Task<IngestReport>? second = null;
        await RunAsync("set.zip", options, onProgress: seen =>
        {
            // It opens the journal before it waits for anything.
            if (seen == 1)
                second = RunAsync("set.zip", options);
        });
        await Assert.ThrowsAnyAsync<IOException>(() => second!);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task What_is_there_is_replaced_only_on_demand_and_only_where_it_is_ours(DatasetFormat format)
    {
        var first = Digest(await RunAsync("set", Options(format) with { MaxImages = 3 }));
        Assert.Contains("--overwrite", (await Assert.ThrowsAsync<ArgumentException>(() => RunAsync("set", Options(format)))).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Place("set") + Ingestion.PartialSuffix));
        var second = await RunAsync("set", Options(format), overwrite: true);
        Assert.NotEqual(first, Digest(second));
        Assert.False(Directory.Exists(Place("set") + Ingestion.PartialSuffix));

        _temp.Write("mine/photo.png", [1]);
        Assert.Contains("it holds photo.png", (await Assert.ThrowsAsync<ArgumentException>(() => RunAsync("mine", Options(format), overwrite: true))).Message, StringComparison.Ordinal);
        _temp.Write("letter.txt", [1, 2, 3]);
        Assert.Contains("it is neither a zip of images", (await Assert.ThrowsAsync<ArgumentException>(() => RunAsync("letter.txt", Options(format), overwrite: true))).Message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(Place("letter.txt"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Zips_that_are_no_datasets_are_not_overwritten()
    {
        // A document, weights, images of others, and what only begins like a zip.
        await RefuseAsync(ZipOf("[Content_Types].xml", "word/document.xml", "word/media/image1.png"));
        await RefuseAsync(ZipOf("archive/data.pkl", "archive/data/0"));
        await RefuseAsync(ZipOf("00000/img00000000.png"));
        await RefuseAsync(ZipOf("dataset.json", "a.png"));
        await RefuseAsync([.. "PK"u8, 3, 4, 0, 0]);
        Assert.Equal(40, (await RunAsync("set.zip", Options(DatasetFormat.Zip))).Images);
        Assert.Equal(40, (await RunAsync("set.zip", Options(DatasetFormat.Zip), overwrite: true)).Images);

        async Task RefuseAsync(byte[] bytes)
        {
            _temp.Write("other", bytes);
            Assert.Contains("it is neither a zip of images", (await Assert.ThrowsAsync<ArgumentException>(
                () => RunAsync("other", Options(DatasetFormat.Zip), overwrite: true))).Message, StringComparison.Ordinal);
            Assert.Equal(bytes, await File.ReadAllBytesAsync(Place("other"), TestContext.Current.CancellationToken));
        }

        static byte[] ZipOf(params string[] names)
        {
            using var bytes = new MemoryStream();
            using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
            {
                foreach (var name in names)
                    zip.CreateEntry(name);
            }

            return bytes.ToArray();
        }
    }

    [Fact]
    public async Task Killed_while_it_gives_the_data_their_name_it_has_done_its_work()
    {
        await RunAsync("set.zip", Options(DatasetFormat.Zip));
        Directory.CreateDirectory(Place("set.zip") + Ingestion.PartialSuffix);
        await File.WriteAllTextAsync(Path.Combine(Place("set.zip") + Ingestion.PartialSuffix, "journal.jsonl"), "{}\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(Place("set.zip") + Ingestion.PartialSuffix, "finished"), "", TestContext.Current.CancellationToken);
        Assert.Contains("is there already", (await Assert.ThrowsAsync<ArgumentException>(() => RunAsync("set.zip", Options(DatasetFormat.Zip)))).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Place("set.zip") + Ingestion.PartialSuffix));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Stopped_while_it_replaces_a_dataset_it_goes_on(DatasetFormat format)
    {
        var expected = Digest(await RunAsync("whole/set", Options(format)));
        await RunAsync("set", Options(format) with { MaxImages = 3 });
        await StopAsync("set", Options(format), 5, overwrite: true);
        var report = await RunAsync("set", Options(format), overwrite: true);
        Assert.Equal(5, report.Resumed);
        Assert.Equal(expected, Digest(report));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_second_ingest_takes_nothing_away_from_one_that_replaces_a_dataset(DatasetFormat format)
    {
        await RunAsync("set", Options(format) with { MaxImages = 3 });
        Task<IngestReport>? second = null;
        var report = await RunAsync("set", Options(format), overwrite: true, onProgress: seen =>
        {
            if (seen == 1)
                second = RunAsync("set", Options(format), overwrite: true);
        });
        await Assert.ThrowsAnyAsync<IOException>(() => second!);
        Assert.Equal(40, report.Images);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task What_came_to_the_destination_meanwhile_stays_and_the_work_is_kept(DatasetFormat format)
    {
        var expected = Digest(await RunAsync("whole/set", Options(format)));
        Assert.Contains("--overwrite", (await Assert.ThrowsAsync<ArgumentException>(() => RunAsync("set", Options(format), onProgress: seen =>
        {
            if (seen == 40)
                _temp.Write("set", [1, 2, 3]);
        }))).Message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(Place("set"), TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ArgumentException>(() => RunAsync("set", Options(format)));
        File.Delete(Place("set"));
        var report = await RunAsync("set", Options(format), new FaultySource(_source, read: (_, _) => new IOException("gone")));
        Assert.Equal((40, 40), (report.Images, report.Resumed));
        Assert.Equal(expected, Digest(report));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Killed_before_it_notes_that_the_data_are_whole_it_makes_them_so_again(DatasetFormat format)
    {
        var expected = Digest(await RunAsync("whole/set", Options(format)));
        await Assert.ThrowsAsync<ArgumentException>(() => RunAsync("set", Options(format), onProgress: seen =>
        {
            if (seen == 40)
                _temp.Write("set", [1]);
        }));
        File.Delete(Place("set"));
        File.Delete(Path.Combine(Place("set") + Ingestion.PartialSuffix, "finished"));
        var report = await RunAsync("set", Options(format));
        Assert.Equal(40, report.Resumed);
        Assert.Equal(expected, Digest(report));
    }

    [Fact]
    public async Task Files_that_were_written_anew_with_their_names_and_sizes_are_not_gone_on_with()
    {
        for (var i = 0; i < 9; i++)
            _temp.Write($"images/{i}.png", TestImages.Encode(".png", 16, 16));
        using (var source = new FolderSource(Place("images"), new DecodeOptions()))
            await StopAsync("set.zip", Options(DatasetFormat.Zip), 5, source: source);
        File.SetLastWriteTimeUtc(Place("images/3.png"), new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        using var rewritten = new FolderSource(Place("images"), new DecodeOptions());
        Assert.Contains("begun with another time of the source's files", (await Assert.ThrowsAsync<ArgumentException>(
            () => RunAsync("set.zip", Options(DatasetFormat.Zip), rewritten))).Message, StringComparison.Ordinal);
        await RunAsync("set.store", Options(DatasetFormat.Store), rewritten);
        using var store = PyramidStore.Open(Place("set.store"), isWritable: false);
        Assert.Equal(rewritten.Stamp, store.About.Stamp);
    }

    [Fact]
    public async Task Duplicates_are_told_and_left_out_on_demand()
    {
        var kept = await RunAsync("kept.zip", Options(DatasetFormat.Zip), Doubled());
        Assert.Equal((40, 2), (kept.Images, kept.Duplicates.Count));
        Assert.Equal(new DuplicateImage("synthetic-0", "synthetic-0"), kept.Duplicates[0]);
        var dropped = await RunAsync("dropped.zip", Options(DatasetFormat.Zip) with { DropDuplicates = true }, Doubled());
        Assert.Equal((38, 2, 0), (dropped.Images, dropped.Duplicates.Count, dropped.Refused.Count));
    }

    [Fact]
    public async Task The_most_images_are_counted_without_the_bad_ones()
    {
        var source = new FaultySource(_source, read: (index, _) => index is 1 or 3 ? new BadImageException("bad") : null);
        var report = await RunAsync("set.zip", Options(DatasetFormat.Zip) with { MaxImages = 5 }, source);
        Assert.Equal((5, 7, 2), (report.Images, report.Seen, report.Refused.Count));
        Assert.Equal(new SkippedImage(3, "synthetic-3", "bad"), report.Refused[1]);
        Assert.Equal([2, 1, 2], report.ClassCounts);
    }

    [Fact]
    public async Task Shuffling_permutes_images_with_their_labels()
    {
        await RunAsync("set.zip", Options(DatasetFormat.Zip) with { ShuffleSeed = 5 });
        using var read = ImageSources.Open(Place("set.zip"));
        var order = new ImageOrder(40, 5);
        int[] indices = [.. Enumerable.Range(0, 40).Select(i => order.IndexAt(i))];
        Assert.Equal(Enumerable.Range(0, 40), indices.Order());
        for (var i = 0; i < 40; i++)
        {
            using var image = await read.ReadAsync(i, TestContext.Current.CancellationToken);
            using var expected = await _source.ReadAsync(indices[i], TestContext.Current.CancellationToken);
            Assert.Equal(expected.Pixels.ToArray(), image.Pixels.ToArray());
            Assert.Equal(Labels.Of(_source, indices[i]), Labels.Of(read, i));
        }
    }

    [Fact]
    public async Task A_store_has_the_pixels_and_labels_of_its_source()
    {
        await RunAsync("set.store", Options(DatasetFormat.Store) with { ShuffleSeed = 5 });
        using var read = ImageSources.Open(Place("set.store"));
        Assert.Equal((40, 3), (read.Count, read.LabelSize));
        Assert.Equal(_source.ClassNames, read.ClassNames);
        var order = new ImageOrder(40, 5);
        for (var i = 0; i < 40; i++)
        {
            using var image = await read.ReadAsync(i, TestContext.Current.CancellationToken);
            using var expected = await _source.ReadAsync(order.IndexAt(i), TestContext.Current.CancellationToken);
            Assert.Equal(expected.Pixels.ToArray(), image.Pixels.ToArray());
            Assert.Equal(Labels.Of(_source, order.IndexAt(i)), Labels.Of(read, i));
        }
    }

    [Fact]
    public async Task A_source_without_a_good_image_leaves_nothing()
    {
        var source = new FaultySource(_source, read: (_, _) => new BadImageException("all bad"));
        var error = await Assert.ThrowsAsync<DatasetUnusableException>(() => RunAsync("set.zip", Options(DatasetFormat.Zip), source));
        Assert.Contains("none of 40 images can be used; for example synthetic-0: all bad", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temp.Root));
    }

    [Fact]
    public async Task A_source_that_disappears_makes_no_bad_images_and_is_gone_on_with()
    {
        using var many = new SyntheticSource(200, 8, 1, 0, 1);
        var options = Options(DatasetFormat.TfRecord) with { Size = 8, Channels = 1 };
        var expected = Digest(await RunAsync("whole/set", options, many));
        var gone = new FaultySource(many, read: (index, _) => index >= 50 ? new IOException("no such file") : null);
        await Assert.ThrowsAsync<SourceGoneException>(() => RunAsync("gone/set", options, gone, TimeSpan.Zero));
        var report = await RunAsync("gone/set", options, many);
        Assert.Equal((50, 0), (report.Resumed, report.Refused.Count));
        Assert.Equal(expected, Digest(report));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    [InlineData(39)]
    public async Task A_source_that_disappears_near_its_end_makes_no_bad_images(int from)
    {
        // What was read before can't be read any more, either.
        var gone = new FaultySource(_source, read: (index, attempt) => index >= from || attempt > 1 ? new IOException("no such file") : null);
        var error = await Assert.ThrowsAsync<SourceGoneException>(() => RunAsync("set.zip", Options(DatasetFormat.Zip), gone));
        Assert.Contains("(no such file)", error.Message, StringComparison.Ordinal);
        var report = await RunAsync("set.zip", Options(DatasetFormat.Zip));
        Assert.Equal((40, 0), (report.Images, report.Refused.Count));
    }

    [Fact]
    public async Task Images_without_labels_do_not_hide_that_the_source_disappeared()
    {
        using var many = new SyntheticSource(300, 8, 1, 0, 1);
        var table = string.Concat(Enumerable.Range(0, 150).Select(i => $"synthetic-{2 * i},{i % 3}\n"));
        var labels = IngestLabels.Read(_temp.Write("labels.csv", System.Text.Encoding.UTF8.GetBytes("name,class\n" + table)), many, []);
        var gone = new FaultySource(many, read: (index, _) => index >= 100 ? new IOException("no such file") : null);
        var ingestion = new Ingestion(gone, Options(DatasetFormat.Zip) with { Size = 8, Channels = 1 }, labels, null, Place("set.zip"), "");
        Assert.Contains("64 images in a row", (await Assert.ThrowsAsync<SourceGoneException>(
            () => ingestion.RunAsync(TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(39)]
    public async Task An_image_that_cannot_be_read_is_refused_with_the_reason(int bad)
    {
        var source = new FaultySource(_source, read: (index, _) => index == bad ? new IOException("no such file") : null);
        var report = await RunAsync("set.zip", Options(DatasetFormat.Zip), source);
        Assert.Equal([new SkippedImage(bad, $"synthetic-{bad}", "cannot be read: no such file")], report.Refused);
    }

    [Theory]
    [InlineData(0, 3, CropPolicy.Centre, false, null, "size of 0")]
    [InlineData(5000, 3, CropPolicy.Centre, false, null, "size of 5000")]
    [InlineData(48, 3, CropPolicy.Centre, false, null, "power of two")]
    [InlineData(2, 3, CropPolicy.Centre, false, null, "power of two")]
    [InlineData(16, 4, CropPolicy.Centre, false, null, "1 or 3 channels")]
    [InlineData(16, 2, CropPolicy.Centre, false, null, "2 channels")]
    [InlineData(16, 3, CropPolicy.Centre, true, null, "padding")]
    [InlineData(16, 3, CropPolicy.Centre, false, 8, "height belongs")]
    [InlineData(16, 3, CropPolicy.Wide, false, 17, "height of 17")]
    public void Options_that_do_not_fit_are_refused(int size, int channels, CropPolicy crop, bool pad, int? height, string reason)
    {
        var options = new IngestOptions { Format = DatasetFormat.TfRecord, Size = size, Channels = channels, Crop = crop, Pad = pad, PictureHeight = height };
        Assert.Contains(reason, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }

    private static IngestOptions Options(DatasetFormat format) => new() { Format = format, Size = 16, Workers = 3 };

    private string Place(string name) => Path.Combine(_temp.Root, name);

    /// <summary>The source with images 0 and 1 again at its end.</summary>
    private PartialSource Doubled() => new(_source, [.. Enumerable.Range(0, 38), 0, 1]);

    private async Task StopAsync(string name, IngestOptions options, int after, bool overwrite = false, IImageSource? source = null) =>
        await Assert.ThrowsAsync<TimeoutException>(() => RunAsync(name, options, source, commit: TimeSpan.Zero, overwrite: overwrite, onProgress: seen =>
        {
            if (seen == after)
                throw new TimeoutException();
        }));

    private Task<IngestReport> RunAsync(
        string name, IngestOptions options, IImageSource? source = null, TimeSpan? commit = null, Action<int>? onProgress = null, bool overwrite = false) =>
        Make(name, options, source ?? _source, commit, onProgress, overwrite).RunAsync(TestContext.Current.CancellationToken);

    private Ingestion Make(
        string name, IngestOptions options, IImageSource source, TimeSpan? commit = null, Action<int>? onProgress = null, bool overwrite = false) =>
        new(source, options, IngestLabels.Of(source, []), null, Place(name), "")
        {
            CommitInterval = commit ?? TimeSpan.FromHours(1),
            OnProgress = onProgress,
            Overwrite = overwrite,
        };

    /// <summary>Of all bytes and names of a file or folder.</summary>
    private static string Digest(IngestReport report)
    {
        string[] files = File.Exists(report.Path) ? [report.Path] : [.. Directory.GetFiles(report.Path).Order(StringComparer.Ordinal)];
        return string.Join(' ', files.Select(file => Path.GetFileName(file) + Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))));
    }
}
