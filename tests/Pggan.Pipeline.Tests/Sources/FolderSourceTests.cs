namespace Pggan.Pipeline.Tests;

public sealed class FolderSourceTests
{
    [Fact]
    public async Task Subfolders_are_classes_and_names_may_be_of_any_script()
    {
        using var temp = new TempFolder();
        temp.Write("猫/一.png", TestImages.Encode(".png"));
        temp.Write("猫/deep/zwei.jpg", TestImages.Encode(".jpg"));
        temp.Write("Hündchen/ä b.webp", TestImages.Encode(".webp"));
        temp.Write("Hündchen/notes.txt", [1]);
        temp.Write("Hündchen/.hidden.png", [1]);
        using var source = (FolderSource)ImageSources.Open(temp.Root);
        Assert.Equal(["Hündchen/ä b.webp", "猫/deep/zwei.jpg", "猫/一.png"], Enumerable.Range(0, source.Count).Select(source.NameOf));
        Assert.Equal(["Hündchen", "猫"], source.ClassNames);
        Assert.Equal([0, 1], Labels.Of(source, 2));
        for (var i = 0; i < source.Count; i++)
            (await source.ReadAsync(i, TestContext.Current.CancellationToken)).Dispose();
    }

    /// <summary>The pictures that PIL wrote, each by what its format makes of the formula of make-datasets.py; JPEG's are within its rounding.</summary>
    [Fact]
    public async Task Pictures_of_another_writer_are_what_was_written()
    {
        static int Value(int i, int c, int y, int x) => (37 * i + 80 * c + 3 * y + 5 * x) & 255;
        static int[] Palette(int k) => [k, 255 - k, 7 * k % 256];
        static int OnWhite(int value, int y, int x) => (int)Math.Round((value * (16 * y + x) + 255.0 * (255 - (16 * y + x))) / 255);
        var expected = new (int Channels, int Width, int Error, Func<int, int, int, int> Value)[]
        {
            (3, 16, 0, (c, y, x) => Value(0, c, y, x)),
            (3, 16, 0, (c, y, x) => OnWhite(Value(1, c, y, x), y, x)),
            (3, 16, 0, (c, y, x) => Palette(Value(2, 0, y, x))[c]),
            (3, 16, 4, (c, y, x) => Value(3, c, y, x)),
            (3, 8, 4, (c, y, x) => Value(4, c, 7 - x, y)), // a quarter to the right: the first column was the last row
            (1, 16, 0, (_, y, x) => Value(5, 0, y, x)),
            (1, 16, 0, (_, y, x) => OnWhite(Value(6, 0, y, x), y, x)),
            (1, 16, 0, (_, y, x) => (int)Math.Round((9509 * 7 + 771 * y + 1290 * x) % 65536 / 257.0)),
            (1, 16, 0, (_, y, x) => Value(8, 0, y, x) >= 128 ? 255 : 0),
            (1, 16, 4, (_, y, x) => Value(9, 0, y, x)),
        };
        using var source = ImageSources.Open(Fixtures.Path("pictures"));
        Assert.Equal(["colour", "grey"], source.ClassNames);
        for (var i = 0; i < expected.Length; i++)
        {
            using var image = await source.ReadAsync(i, TestContext.Current.CancellationToken);
            var (channels, width, error, value) = expected[i];
            Assert.Equal((source.NameOf(i), channels, width, 16), (source.NameOf(i), image.Channels, image.Width, image.Height));
            for (var at = 0; at < image.Pixels.Length; at++)
            {
                var told = value(at / (16 * width), at / width % 16, at % width);
                Assert.True(Math.Abs(image.Pixels[at] - told) <= error, $"{source.NameOf(i)}: byte {at} is {image.Pixels[at]}, not {told}");
            }
        }
    }

    [Fact]
    public void Images_beside_subfolders_or_in_stylegans_numbered_ones_have_no_label()
    {
        using var mixed = new TempFolder();
        mixed.Write("a/1.png", [1]);
        mixed.Write("b/1.png", [1]);
        mixed.Write("1.png", [1]);
        Assert.Equal(0, new FolderSource(mixed.Root, new DecodeOptions()).LabelSize);
        using var numbered = new TempFolder();
        numbered.Write("00000/img00000000.png", [1]);
        numbered.Write("00001/img00001000.png", [1]);
        Assert.Equal(0, new FolderSource(numbered.Root, new DecodeOptions()).LabelSize);
        numbered.Write("dataset.json", """{"labels": [["00000/img00000000.png", 2], ["00001/img00001000.png", 0]]}"""u8.ToArray());
        using var labelled = new FolderSource(numbered.Root, new DecodeOptions());
        Assert.Equal(["0", "1", "2"], labelled.ClassNames);
        Assert.Equal([0, 0, 1], Labels.Of(labelled, 0));
    }

    [Fact]
    public async Task Unusable_files_are_bad_images_each_with_its_reason()
    {
        using var temp = new TempFolder();
        temp.Write("1-zero.png", []);
        temp.Write("2-cut.jpg", TestImages.Encode(".jpg", 64, 64)[..200]);
        temp.Write("3-text.png", "hello, this is text"u8.ToArray());
        temp.Write("4-huge.png", TestImages.Encode(".png", 200, 200));
        using var source = new FolderSource(temp.Root, new DecodeOptions { MaxPixels = 10_000 });
        foreach (var (index, reason) in new[] { (0, "empty"), (1, "damaged Jpeg"), (2, "not a PNG"), (3, "limit") })
        {
            var error = await Assert.ThrowsAsync<BadImageException>(async () => await source.ReadAsync(index, TestContext.Current.CancellationToken));
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_folder_that_goes_away_is_a_failing_source()
    {
        using var temp = new TempFolder();
        temp.Write("in/1.png", TestImages.Encode(".png"));
        using var source = new FolderSource(Path.Combine(temp.Root, "in"), new DecodeOptions());
        Directory.Delete(Path.Combine(temp.Root, "in"), recursive: true);
        await Assert.ThrowsAsync<SourceGoneException>(async () => await source.ReadAsync(0, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_that_is_missing_may_be_one_or_all_of_them_and_an_inspection_refuses_it()
    {
        using var temp = new TempFolder();
        temp.Write("1.png", TestImages.Encode(".png"));
        temp.Write("2.png", TestImages.Encode(".png"));
        using var source = new FolderSource(temp.Root, new DecodeOptions());
        File.Delete(Path.Combine(temp.Root, "2.png"));
        await Assert.ThrowsAsync<FileNotFoundException>(async () => await source.ReadAsync(1, TestContext.Current.CancellationToken));
        var report = await DatasetInspector.InspectAsync(source, new PipelineOptions { Resolution = 16 }, 10, TestContext.Current.CancellationToken);
        Assert.StartsWith("cannot be read: ", Assert.Single(report.Refused).Reason, StringComparison.Ordinal);
        Assert.Equal(1, report.Usable);
    }

    [Fact]
    public void Loops_of_links_are_not_entered()
    {
        using var temp = new TempFolder();
        temp.Write("a/1.png", [1]);
        Directory.CreateSymbolicLink(Path.Combine(temp.Root, "a", "up"), temp.Root);
        Directory.CreateSymbolicLink(Path.Combine(temp.Root, "self"), Path.Combine(temp.Root, "self"));
        using var source = new FolderSource(temp.Root, new DecodeOptions());
        Assert.Equal(1, source.Count);
    }

    [Fact]
    public void No_folder_and_no_image_are_clear_errors()
    {
        using var temp = new TempFolder();
        Assert.Contains("has no PNG", Assert.Throws<DatasetUnusableException>(() => ImageSources.Open(temp.Root)).Message, StringComparison.Ordinal);
        Assert.Contains("no file or folder", Assert.Throws<DatasetUnusableException>(
            () => ImageSources.Open(Path.Combine(temp.Root, "nowhere"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_digest_follows_names_sizes_and_labels()
    {
        using var temp = new TempFolder();
        temp.Write("a/1.png", [1]);
        temp.Write("b/2.png", [1]);
        var first = new FolderSource(temp.Root, new DecodeOptions()).Digest;
        Assert.Equal(first, new FolderSource(temp.Root, new DecodeOptions()).Digest);
        Assert.Equal(64, first.Length);
        temp.Write("b/2.png", [1, 2]);
        var second = new FolderSource(temp.Root, new DecodeOptions()).Digest;
        temp.Write("dataset.json", """{"labels": [["a/1.png", 1], ["b/2.png", 0]]}"""u8.ToArray());
        var third = new FolderSource(temp.Root, new DecodeOptions()).Digest;
        Assert.Equal(3, new[] { first, second, third }.Distinct().Count());
    }
}
