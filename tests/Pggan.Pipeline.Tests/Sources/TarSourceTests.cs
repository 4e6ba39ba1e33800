using System.Formats.Tar;
using System.IO.Compression;

namespace Pggan.Pipeline.Tests;

public sealed class TarSourceTests
{
    [Fact]
    public async Task Shards_are_one_dataset_with_the_classes_beside_the_images()
    {
        using var source = ImageSources.Open(Fixtures.Path("webdataset"));
        Assert.Equal([0, 1, 2, 0, 1, 2], Fixtures.Classes(source));
        Assert.Equal(("shard-000000.tar/000001.png", "shard-000001.tar/000003.png"), (source.NameOf(1), source.NameOf(3)));
        foreach (var i in new[] { 0, 1, 2, 3, 5 })
            await Fixtures.AssertPixelsAsync(source, i, i, 16);
        Assert.Contains("damaged Png", (await Assert.ThrowsAsync<BadImageException>(
            async () => await source.ReadAsync(4, TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
        Assert.Equal(60, source.ReadFile(4)!.Length);
        using var listed = ImageSources.Open(Fixtures.Path("webdataset/shard-{000000..000001}.tar"));
        Assert.Equal(source.Digest, listed.Digest);
    }

    [Fact]
    public async Task Classes_come_from_json_and_captions_are_none()
    {
        using var source = ImageSources.Open(Fixtures.Path("tar/json.tar"));
        Assert.Equal(["cat", "dog"], source.ClassNames);
        Assert.Equal([0, 1, 0, 1], Fixtures.Classes(source));
        Assert.Equal("a/3.png", source.NameOf(3));
        await Fixtures.AssertPixelsAsync(source, 3, 3, 16);
    }

    [Theory]
    [InlineData("gnu", "kätzchen/", 129 + 4)]
    [InlineData("pax", "kätzchen/", 129 + 4)]
    [InlineData("ustar", "cats/", 5 + 80 + 1 + 60 + 4)]
    public async Task Long_names_of_all_writers_are_understood(string form, string start, int length)
    {
        using var source = ImageSources.Open(Fixtures.Path($"tar/{form}.tar"));
        Assert.Equal(["dogs/b.png", "dogs/c.png"], [source.NameOf(0), source.NameOf(2)]);
        Assert.StartsWith(start, source.NameOf(1), StringComparison.Ordinal);
        Assert.Equal(length, source.NameOf(1).Length);
        Assert.Equal(new[] { start[..^1], "dogs" }.Order(StringComparer.Ordinal), source.ClassNames);
        for (var i = 0; i < 3; i++)
            await Fixtures.AssertPixelsAsync(source, i, i, 16);
    }

    [Fact]
    public void Compressed_ones_are_refused_with_the_way_out()
    {
        using var temp = new TempFolder();
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionMode.Compress))
            gzip.Write(File.ReadAllBytes(Fixtures.Path("tar/gnu.tar")));
        var path = temp.Write("x.tar.gz", memory.ToArray());
        Assert.Contains("gunzip 'x.tar.gz'", Assert.Throws<DatasetUnusableException>(() => ImageSources.Open(path)).Message, StringComparison.Ordinal);
        Assert.Contains("unzstd", Assert.Throws<DatasetUnusableException>(
            () => ImageSources.Open(temp.Write("x.tar.zst", [0x28, 0xB5, 0x2F, 0xFD, 0]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_is_a_clear_error()
    {
        var whole = File.ReadAllBytes(Fixtures.Path("tar/gnu.tar"));
        Assert.Contains("wrong checksum", Error(whole, 512 + 3, 1), StringComparison.Ordinal);
        Assert.Contains("leads out", Error(Tar(("a.png", 1), ("../a.png", 1))), StringComparison.Ordinal);
        Assert.Contains("announces 1000 bytes", Error(Tar(("a.png", 1000))[..1024]), StringComparison.Ordinal);
        Assert.Contains("has no PNG, JPEG", Error(Tar(("a.cls", 1))), StringComparison.Ordinal);
        Assert.Contains("b.png has no label in a .cls", Error(Tar(("a.png", 1), ("a.cls", 1), ("b.png", 1))), StringComparison.Ordinal);

        static string Error(byte[] bytes, int at = 0, byte change = 0)
        {
            using var temp = new TempFolder();
            bytes[at] ^= change;
            return Assert.Throws<DatasetUnusableException>(() => new TarSource(temp.Write("x.tar", bytes), new DecodeOptions())).Message;
        }
    }

    [Theory]
    [InlineData("a{000..002}.tar", new[] { "a000.tar", "a001.tar", "a002.tar" })]
    [InlineData("{a,b}{8..10}", new[] { "a8", "a9", "a10", "b8", "b9", "b10" })]
    [InlineData("{3..1}", new[] { "3", "2", "1" })]
    [InlineData("a{}.tar", new[] { "a{}.tar" })]
    public void Braces_are_those_of_the_shell(string list, string[] expected) => Assert.Equal(expected, ShardList.Expand(list));

    private static byte[] Tar(params (string Name, int Length)[] files)
    {
        using var memory = new MemoryStream();
        using (var writer = new TarWriter(memory, TarEntryFormat.Gnu, leaveOpen: true))
        {
            foreach (var (name, length) in files)
                writer.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream([.. Enumerable.Repeat((byte)'1', length)]) });
        }

        return memory.ToArray();
    }
}
