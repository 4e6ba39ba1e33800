using System.IO.Compression;
using System.Text.Json;

namespace Pggan.Pipeline.Tests;

public sealed class ZipWriterTests
{
    [Fact]
    public async Task A_zip_has_the_layout_of_StyleGAN_and_is_read_as_it_was_written()
    {
        using var temp = new TempFolder();
        using var source = new SyntheticSource(1001, 4, 3, 2, 1);
        var target = Path.Combine(temp.Root, "shapes.zip");
        await new Ingestion(source, new IngestOptions { Size = 4 }, IngestLabels.Of(source, []), null, target, "").RunAsync(TestContext.Current.CancellationToken);

        AssertLayout(target);
        using var read = ImageSources.Open(target);
        Assert.Equal(["disc", "square"], read.ClassNames);
        for (var i = 0; i < 1001; i += 100)
        {
            using var expected = await source.ReadAsync(i, TestContext.Current.CancellationToken);
            using var image = await read.ReadAsync(i, TestContext.Current.CancellationToken);
            Assert.Equal(expected.Pixels.ToArray(), image.Pixels.ToArray());
            Assert.Equal(Labels.Of(source, i), Labels.Of(read, i));
        }
    }

    private static void AssertLayout(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        Assert.Equal(1002, zip.Entries.Count);
        Assert.Equal(("00000/img00000999.png", "00001/img00001000.png", "dataset.json"), (zip.Entries[999].FullName, zip.Entries[1000].FullName, zip.Entries[1001].FullName));
        Assert.All(zip.Entries, entry => Assert.Equal(entry.Length, entry.CompressedLength));
        using var json = JsonDocument.Parse(zip.Entries[1001].Open());
        Assert.Equal("""["00001/img00001000.png",0]""", json.RootElement.GetProperty("labels")[1000].GetRawText());
        foreach (var entry in zip.Entries)
        {
            // .NET does not check the checksums of stored entries.
            using var content = new MemoryStream();
            using (var stream = entry.Open())
                stream.CopyTo(content);
            Assert.Equal(entry.Crc32, System.IO.Hashing.Crc32.HashToUInt32(content.ToArray()));
        }
    }

    [Fact]
    public async Task Alpha_and_any_size_are_kept()
    {
        using var temp = new TempFolder();
        temp.Write("images/a.png", TestImages.Encode(".png", 33, 33, 4));
        using var source = ImageSources.Open(Path.Combine(temp.Root, "images"), new DecodeOptions { KeepAlpha = true });
        var target = Path.Combine(temp.Root, "alpha.zip");
        await new Ingestion(source, new IngestOptions { Size = 33, Channels = 4 }, IngestLabels.None, null, target, "").RunAsync(TestContext.Current.CancellationToken);
        using var read = new ZipSource(target, new DecodeOptions { KeepAlpha = true });
        using var image = await read.ReadAsync(0, TestContext.Current.CancellationToken);
        Assert.Equal(4, image.Channels);
        Assert.Equal(TestImages.Planar(33, 33, 4), image.Pixels.ToArray());
        Assert.Equal(0, read.LabelSize);
    }

    [Fact]
    public void More_entries_than_16_bits_count_are_read()
    {
        using var stream = new MemoryStream();
        WriteZip(stream, 70_000, 0);
        using var zip = new ZipArchive(stream);
        Assert.Equal(70_000, zip.Entries.Count);
        Assert.Equal('x', zip.Entries[69_999].Open().ReadByte());
    }

    [Fact]
    public void Entries_beyond_32_bits_are_read()
    {
        using var temp = new TempFolder();
        using var stream = new FileStream(Path.Combine(temp.Root, "large.zip"), FileMode.Create); // a hole, not 5 GB
        WriteZip(stream, 1, 5L << 30);
        using var zip = new ZipArchive(stream);
        Assert.Equal('x', zip.Entries[0].Open().ReadByte());
    }

    /// <summary>Files of the letter x behind so many bytes of nothing.</summary>
    private static void WriteZip(Stream stream, int entries, long start)
    {
        stream.Position = start;
        var places = new long[entries];
        var crc = System.IO.Hashing.Crc32.HashToUInt32("x"u8);
        for (var i = 0; i < entries; i++)
        {
            places[i] = stream.Position;
            stream.Write(ZipHeaders.Local(ZipWriter.NameOf(i), crc, 1));
            stream.WriteByte((byte)'x');
        }

        var directory = stream.Position;
        for (var i = 0; i < entries; i++)
            stream.Write(ZipHeaders.Central(ZipWriter.NameOf(i), crc, 1, places[i]));
        stream.Write(ZipHeaders.End(directory, stream.Position - directory, entries));
    }
}
