using System.IO.Compression;
using System.Text;

namespace Pggan.Pipeline.Tests;

public sealed class ZipSourceTests
{
    [Fact]
    public async Task The_portraits_are_read_whole_with_their_labels()
    {
        using var source = ImageSources.Open(Repository.Portraits);
        Assert.Equal(997, source.Count);
        Assert.Equal(4, source.LabelSize);
        var report = await DatasetInspector.InspectAsync(source, new PipelineOptions(), int.MaxValue, TestContext.Current.CancellationToken);
        Assert.Equal((997, 997, 997), (report.Count, report.Examined, report.Usable));
        Assert.Equal([new SizeCount(64, 64, 997)], report.Sizes);
        Assert.Equal(997, report.ClassCounts.Sum());
        Assert.Equal(4, report.ClassNames.Count);
        Assert.All(report.ClassCounts, count => Assert.True(count > 0));
    }

    [Fact]
    public async Task A_stream_is_read_by_many_at_once()
    {
        using var file = File.OpenRead(Repository.Portraits);
        using var source = new ZipSource(file, "portraits", new DecodeOptions(), leaveOpen: false);
        var serial = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => HashAsync(source, i)));
        var parallel = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => HashAsync(source, i))));
        Assert.Equal(serial, parallel);

        static async Task<string> HashAsync(ZipSource source, int index)
        {
            using var image = await source.ReadAsync(index, TestContext.Current.CancellationToken);
            return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(image.Pixels));
        }
    }

    [Fact]
    public void Vectors_names_and_null_are_labels()
    {
        using var vectors = Zip(("a.png", [1]), ("b.png", [1]), ("dataset.json", """{"labels": [["a.png", [0.5, 1]], ["b.png", [0, 0.25]]]}"""u8.ToArray()));
        Assert.Equal([0, .25f], Labels.Of(vectors, 1));
        using var named = Zip(("a.png", [1]), ("dataset.json", """{"labels": [["a.png", 1]], "classes": ["left", "right"]}"""u8.ToArray()));
        Assert.Equal(["left", "right"], named.ClassNames);
        using var none = Zip(("a.png", [1]), ("dataset.json", """{"labels": null}"""u8.ToArray()));
        Assert.Equal(0, none.LabelSize);
        using var folders = Zip(("cats/1.png", [1]), ("dögs/1.png", [1]), ("__MACOSX/cats/1.png", [1]));
        Assert.Equal(["cats", "dögs"], folders.ClassNames);
    }

    [Fact]
    public async Task Zips_of_StyleGANs_layout_from_another_writer_are_read_with_every_kind_of_label()
    {
        using var classes = ImageSources.Open(Fixtures.Path("stylegan.zip"));
        Assert.Equal([2, 0, 1, 2], Fixtures.Classes(classes));
        for (var i = 0; i < classes.Count; i++)
            await Fixtures.AssertPixelsAsync(classes, i, i, 16);
        Assert.Equal("00000/img00000003.png", classes.NameOf(3));
        using var vectors = ImageSources.Open(Fixtures.Path("stylegan-vectors.zip"));
        Assert.Equal([[.5f, -1.25f], [0, 1], [1e-3f, 0], [3, 4]], Enumerable.Range(0, 4).Select(i => Labels.Of(vectors, i)));
    }

    [Theory]
    [InlineData("cats/../1.png", "leads out")]
    [InlineData("..\\1.png", "leads out")]
    [InlineData("/1.png", "leads out")]
    [InlineData("c:1.png", "leads out")]
    [InlineData("a.png", "twice")]
    public void Names_that_lead_out_or_come_twice_are_refused(string name, string reason) =>
        Assert.Contains(reason, Assert.Throws<DatasetUnusableException>(() => Zip(("a.png", [1]), (name, [1]))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("..png")]
    [InlineData("a..b/c....png")]
    [InlineData("写真/1.png")]
    [InlineData("c/d:1.png")]
    public void Names_that_only_look_strange_are_taken(string name)
    {
        using var zip = Zip(("a.png", [1]), (name, [1]));
        Assert.Equal(ImageFilesOf(name), zip.Count);

        static int ImageFilesOf(string name) => name.StartsWith('.') ? 1 : 2;
    }

    [Theory]
    [InlineData("""{"labels": [["b.png", 1]]}""", "no label for a.png")]
    [InlineData("""{"labels": [["a.png", -1]]}""", "a class outside")]
    [InlineData("""{"labels": [["a.png", 2000000000]]}""", "a class outside")]
    [InlineData("""{"labels": [["a.png", "x"]]}""", "not as StyleGAN")]
    [InlineData("""{"labels": [[]]}""", "not as StyleGAN")]
    [InlineData("[1", "not as StyleGAN")]
    public void Broken_labels_are_clear_errors(string json, string reason)
    {
        var error = Assert.Throws<DatasetUnusableException>(() => Zip(("a.png", [1]), ("dataset.json", Encoding.UTF8.GetBytes(json))));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entries_over_the_limit_and_damaged_ones_are_bad_images()
    {
        using var source = Zip(new DecodeOptions { MaxBytes = 1000 }, ("bomb.png", new byte[1_000_000]), ("text.png", [1, 2, 3]));
        Assert.Contains("limit", (await Assert.ThrowsAsync<BadImageException>(
            async () => await source.ReadAsync(0, TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<BadImageException>(async () => await source.ReadAsync(1, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void What_is_no_zip_is_a_clear_error()
    {
        using var temp = new TempFolder();
        Assert.Contains("not a readable zip", Assert.Throws<DatasetUnusableException>(
            () => ImageSources.Open(temp.Write("x.zip", "PK, or not"u8.ToArray()))).Message, StringComparison.Ordinal);
        Assert.Throws<DatasetUnusableException>(() => ImageSources.Open(temp.Write("cut.zip", File.ReadAllBytes(Repository.Portraits)[..100_000])));
        Assert.Throws<DatasetUnusableException>(() => Zip(("readme.txt", [1])));
    }

    private static ZipSource Zip(params (string Name, byte[] Bytes)[] entries) => Zip(new DecodeOptions(), entries);

    private static ZipSource Zip(DecodeOptions options, params (string Name, byte[] Bytes)[] entries)
    {
        var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in entries)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(bytes);
            }
        }

        return new ZipSource(stream, "test zip", options, leaveOpen: false);
    }
}
