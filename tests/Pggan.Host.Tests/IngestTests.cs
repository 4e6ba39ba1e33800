using System.Text.Json.Nodes;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

public sealed class IngestTests : IDisposable
{
    /// <summary>Exit code of a process that SIGKILL ended.</summary>
    private const int Killed = 137;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("set.zip")]
    [InlineData("set")]
    public async Task A_folder_of_classes_becomes_a_dataset_whose_classes_are_known(string target)
    {
        string images = await _folder.ImagesAsync(12, 32, classes: 3);
        var (exit, output, error) = await CommandLine.RunAsync("ingest", images, _folder[target], "--size", "16");
        Assert.True(exit == ExitCodes.Done && error.Length == 0, error);
        Assert.Contains("images     12 written, of 12 looked at\n", output, StringComparison.Ordinal);
        Assert.Contains("  class1                      4 ####", output, StringComparison.Ordinal);
        (exit, output, error) = await CommandLine.RunAsync("data", "info", _folder[target]);
        Assert.True(exit == ExitCodes.Done, error);
        Assert.Contains("12 read, 12 usable", output, StringComparison.Ordinal);
        Assert.Contains("16x16 (12)", output, StringComparison.Ordinal);
        Assert.Contains("  class1                      4 ####", output, StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder[target + Ingestion.PartialSuffix]));
    }

    [Fact]
    public async Task Refused_images_are_listed_beside_the_dataset_and_in_json()
    {
        string images = await _folder.ImagesAsync(3, 16);
        await File.WriteAllTextAsync(Path.Combine(images, "a\tbad.png"), "no image", TestContext.Current.CancellationToken);
        File.Copy(Path.Combine(images, "0001.png"), Path.Combine(images, "again.png"));
        var (exit, output, _) = await CommandLine.RunAsync("ingest", images, _folder["set.zip"], "--size", "16", "--channels", "1", "--drop-duplicates");
        Assert.Equal(ExitCodes.Done, exit);
        Assert.Contains("duplicates 1, left out\n  again.png has the pixels of 0001.png\n", output, StringComparison.Ordinal);
        Assert.Contains($"refused    1, all in {_folder["set.zip.refused.txt"]}\n", output, StringComparison.Ordinal);
        Assert.Equal("a\\u0009bad.png\tnot a PNG, JPEG, WebP, GIF, TIFF or BMP image\n", await File.ReadAllTextAsync(_folder["set.zip.refused.txt"], TestContext.Current.CancellationToken));

        (exit, output, _) = await CommandLine.RunAsync("ingest", images, _folder["set.zip"], "--json", "--overwrite");
        JsonNode report = JsonNode.Parse(output)!;
        Assert.Equal((ExitCodes.Done, 4, 5, 16, 3), (exit, (int)report["images"]!, (int)report["seen"]!, (int)report["size"]!, (int)report["channels"]!));
        Assert.Equal((16, 16), ((int)report["width"]!, (int)report["height"]!));
        Assert.Equal("again.png", (string?)report["duplicates"]![0]!["name"]);
        Assert.Equal("not a PNG, JPEG, WebP, GIF, TIFF or BMP image", (string?)report["refused"]![0]!["reason"]);
    }

    [Fact]
    public async Task Labels_and_boxes_of_files_are_taken()
    {
        string images = await _folder.ImagesAsync(4, 32);
        await File.WriteAllTextAsync(_folder["attributes.txt"], "4\nSmiling Male\n0000.jpg 1 -1\n0001.jpg -1 -1\n0002.jpg 1 1\n0003.jpg 1 1\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder["boxes.csv"], "0000.png,0,0,16,16\n0001.png,8,8,16,16\n0002.png,8,8,20,20\n", TestContext.Current.CancellationToken);
        var (exit, output, error) = await CommandLine.RunAsync(
            "ingest", images, _folder["set.zip"], "--size", "16", "--labels", _folder["attributes.txt"], "--attributes", "Male,Smiling", "--crop", "face", "--boxes", _folder["boxes.csv"]);
        Assert.True(exit == ExitCodes.Done, error);
        Assert.Contains("0003.png: there is no box for it", output, StringComparison.Ordinal);
        using IImageSource source = ImageSources.Open(_folder["set.zip"]);
        Assert.Equal(["Male=-1", "Male=1", "Smiling=-1", "Smiling=1"], source.ClassNames);
        float[] label = new float[4];
        source.CopyLabel(1, label);
        Assert.Equal([1, 0, 1, 0], label);
        using IImageSource whole = ImageSources.Open(images);
        using PixelBuffer cut = await source.ReadAsync(1, TestContext.Current.CancellationToken), from = await whole.ReadAsync(1, TestContext.Current.CancellationToken);
        Assert.Equal(from.Plane(1)[8 * 32 + 8], cut.Plane(1)[0]);
        Assert.Equal(from.Plane(1)[23 * 32 + 23], cut.Plane(1)[255]);
    }

    [Theory]
    [InlineData("set.zip")]
    [InlineData("set.store")]
    public async Task The_same_rectangle_is_taken_of_every_image_in_its_own_size(string target)
    {
        string images = await _folder.ImagesAsync(3, 32);
        var (exit, output, error) = await CommandLine.RunAsync("ingest", images, _folder[target], "--crop", "5,9,16,16");
        Assert.True(exit == ExitCodes.Done, error);
        Assert.Contains("form       16x16, 3 channels", output, StringComparison.Ordinal);
        using IImageSource source = ImageSources.Open(_folder[target]), whole = ImageSources.Open(images);
        using PixelBuffer cut = await source.ReadAsync(2, TestContext.Current.CancellationToken), from = await whole.ReadAsync(2, TestContext.Current.CancellationToken);
        Assert.Equal(from.Plane(1)[9 * 32 + 5], cut.Plane(1)[0]);
        Assert.Equal(from.Plane(1)[24 * 32 + 20], cut.Plane(1)[255]);
    }

    [Fact]
    public async Task A_store_is_as_large_as_its_images_unless_told()
    {
        var (exit, output, error) = await CommandLine.RunAsync("ingest", await _folder.ImagesAsync(3, 32), _folder["set.store"]);
        Assert.True(exit == ExitCodes.Done, error);
        Assert.Contains("form       32x32, 3 channels, store", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("set.zip")]
    [InlineData("set.store")]
    public async Task A_width_and_a_height_make_images_of_these_proportions(string target)
    {
        string images = await _folder.ImagesAsync(3, 32);
        var (exit, output, error) = await CommandLine.RunAsync("ingest", images, _folder[target], "--size", "16x24");
        Assert.True(exit == ExitCodes.Done, error);
        Assert.Contains("form       16x24, 3 channels, ", output, StringComparison.Ordinal);
        using (IImageSource source = ImageSources.Open(_folder[target]))
        using (PixelBuffer image = await source.ReadAsync(2, TestContext.Current.CancellationToken))
            Assert.Equal((16, 24), (image.Width, image.Height));

        (exit, output, error) = await CommandLine.RunAsync("ingest", images, _folder[target], "--size", "16x24", "--channels", "4", "--json", "--overwrite");
        Assert.True(exit == ExitCodes.Done, error);
        JsonNode report = JsonNode.Parse(output)!;
        Assert.Equal((16, 24, 4), ((int)report["width"]!, (int)report["height"]!, (int)report["channels"]!));
        Assert.Null(report["size"]);
    }

    [Theory]
    [InlineData("KILL", Killed)]
    [InlineData("INT", ExitCodes.Interrupted)]
    public async Task Killed_or_interrupted_the_same_command_goes_on_to_the_same_bytes(string signal, int exit)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends POSIX signals");
        string images = await _folder.ImagesAsync(40, 8);

        // Many copies by way of links: files enough to be in the middle of.
        string many = Directory.CreateDirectory(_folder["many"]).FullName;
        for (int i = 0; i < 5_000; i++)
            File.CreateSymbolicLink(Path.Combine(many, $"{i:D5}.png"), Path.Combine(images, $"{i % 40:D4}.png"));
        string[] Command(string target) => ["ingest", many, _folder[target], "--size", "8", "--channels", "3", "--shuffle", "--workers", "2"];

        using SignalledProcess process = SignalledProcess.Start(Command("killed/set"));
        string journal = _folder["killed/set.partial/journal.jsonl"];
        while (!File.Exists(journal) || new FileInfo(journal).Length < 100_000)
            await Task.Delay(2, TestContext.Current.CancellationToken);
        var (code, error) = await process.EndAsync(signal);
        Assert.True(code == exit, error + process.Output);
        Assert.False(Directory.Exists(_folder["killed/set"]));
        if (signal == "INT")
            Assert.EndsWith("keeps what is done; the same command goes on there.\npggan: interrupted\n", error, StringComparison.Ordinal);

        var (again, output, said) = await CommandLine.RunAsync(Command("killed/set"));
        Assert.True(again == ExitCodes.Done, said);
        if (signal == "INT")
            Assert.Contains(" of them before\n", output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, (await CommandLine.RunAsync(Command("whole/set"))).Exit);
        foreach (string file in Directory.GetFiles(_folder["whole/set"]))
            Assert.Equal(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(_folder["killed/set/" + Path.GetFileName(file)], TestContext.Current.CancellationToken));
        Assert.Equal(2, Directory.GetFiles(_folder["killed/set"]).Length);
    }

    [Fact]
    public async Task A_full_disk_is_named_and_the_same_command_goes_on_once_there_is_room()
    {
        var (mounted, reason) = await SmallDisk.MountAsync(Directory.CreateDirectory(_folder["disk"]).FullName);
        Assert.SkipWhen(mounted is null, reason);
        using SmallDisk disk = mounted!;
        string images = await _folder.ImagesAsync(60, 64);
        string ballast = Path.Combine(disk.Root, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[700_000], TestContext.Current.CancellationToken);
        string[] command = ["ingest", images, Path.Combine(_folder["disk"], "set.zip"), "--size", "64", "--channels", "3"];

        disk.Start(command);
        var (exit, output) = await disk.EndAsync();
        Assert.True(exit == ExitCodes.Usage, output);
        Assert.Contains("set.zip can't be written: ", output, StringComparison.Ordinal);
        Assert.Contains("No space left", output, StringComparison.Ordinal);
        Assert.Contains("the same command goes on where it was", output, StringComparison.Ordinal);

        File.Delete(ballast);
        disk.Start(command);
        (exit, output) = await disk.EndAsync();
        Assert.True(exit == ExitCodes.Done, output);
        string whole = _folder["whole.zip"];
        Assert.Equal(ExitCodes.Done, (await CommandLine.RunAsync("ingest", images, whole, "--size", "64", "--channels", "3")).Exit);
        Assert.Equal(await File.ReadAllBytesAsync(whole, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(Path.Combine(disk.Root, "set.zip"), TestContext.Current.CancellationToken));
    }
}
