namespace Pggan.Pipeline.Tests;

public sealed class TfRecordWriterTests
{
    [Theory]
    [MemberData(nameof(Repository.TfRecordFolders), MemberType = typeof(Repository))]
    public async Task The_official_folders_come_out_to_the_byte(string folder)
    {
        using var temp = new TempFolder();
        using var source = ImageSources.Open(folder);
        var name = Path.GetFileName(Directory.GetFiles(folder, "*-r02.tfrecords").Single())[..^"-r02.tfrecords".Length];
        using var first = await source.ReadAsync(0, TestContext.Current.CancellationToken);
        var options = new IngestOptions { Format = DatasetFormat.TfRecord, Size = first.Width, Channels = first.Channels, Crop = CropPolicy.None };
        var target = Path.Combine(temp.Root, name);
        await new Ingestion(source, options, IngestLabels.Of(source, []), null, target, "").RunAsync(TestContext.Current.CancellationToken);

        string[] official = [.. Directory.GetFiles(folder, name + "-*").Order(StringComparer.Ordinal)];
        Assert.Contains(official, file => file.EndsWith(".labels", StringComparison.Ordinal));
        foreach (var file in official)
            Assert.Equal(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(Path.Combine(target, Path.GetFileName(file)), TestContext.Current.CancellationToken));
        Assert.Equal(official.Length + 1, Directory.GetFiles(target).Length);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(3, 64)]
    [InlineData(3, 128)]
    public void An_example_is_read_as_it_was_written(int channels, int side)
    {
        var pixels = new byte[channels * side * side];
        new Random(1).NextBytes(pixels);
        var example = new byte[TfExample.LengthOf(channels, side)];
        TfExample.Write(pixels, channels, side, example);
        var read = TfExample.Parse(example);
        Assert.Equal((channels, side, side), (read.Channels, read.Height, read.Width));
        Assert.Equal(pixels, read.Data.ToArray());
    }

    [Theory]
    [InlineData(4, 98)]
    [InlineData(64, 12343)]
    [InlineData(1024, 3145795)]
    public void Records_have_the_official_length(int side, int bytes) => Assert.Equal(bytes, 16 + TfExample.LengthOf(3, side));

    [Fact]
    public async Task Names_of_labels_come_back()
    {
        using var temp = new TempFolder();
        using var source = new SyntheticSource(8, 8, 1, 3, 1);
        var target = Path.Combine(temp.Root, "shapes");
        var options = new IngestOptions { Format = DatasetFormat.TfRecord, Size = 8, Channels = 1 };
        await new Ingestion(source, options, IngestLabels.Of(source, []), null, target, "").RunAsync(TestContext.Current.CancellationToken);
        using var read = ImageSources.Open(target);
        Assert.Equal(["disc", "square", "diamond"], read.ClassNames);
        Assert.Equal([0, 1, 0], Labels.Of(read, 4));
        foreach (var (name, content) in new[] { ("a-classes.json", "no JSON"), ("shapes-classes.json", "[\"disc\"]"), ("shapes-classes.json", "{\"0\": \"disc\"}") })
        {
            await File.WriteAllTextAsync(Path.Combine(target, name), content, TestContext.Current.CancellationToken);
            using var others = ImageSources.Open(target);
            Assert.Equal(name == "a-classes.json" ? read.ClassNames : ["0", "1", "2"], others.ClassNames);
        }
    }
}
