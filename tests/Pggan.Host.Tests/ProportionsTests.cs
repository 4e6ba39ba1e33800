using System.Text.Json.Nodes;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

/// <summary>Trainings on images that are no squares, and with alpha, through every command that shows images.</summary>
public sealed class ProportionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Tall_images_are_trained_on_whole_and_come_out_tall()
    {
        string images = Images("tall", 3, 8, 12), runs = _folder["runs"], run = Path.Combine(runs, "00000-tall-8x12");
        string output = await Ran([.. Tiny(images, runs), "--resolution", "8x12", "--metrics", "swd", "--set", "metric_images=8"]);
        Assert.Contains("4x6 to 8x12", output, StringComparison.Ordinal);
        Assert.Contains("fading in 8x12", output, StringComparison.Ordinal);
        Assert.DoesNotContain("squares are cut out", output, StringComparison.Ordinal);
        Assert.Equal("4x6", (string)JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(run, "options.json"), TestContext.Current.CancellationToken))!["base"]!);
        Assert.Equal((4, 6), (NetworkFile.ReadCheckpoint(run).State.Architecture.BaseWidth, NetworkFile.ReadCheckpoint(run).State.Architecture.BaseHeight));

        // The grid before the first step is of 4x6 pixels, each shown twice.
        Assert.Equal((8 * 8, 12, 3), Size(Path.Combine(run, "fakes000000.png")));
        Assert.Equal((8 * 8, 12, 3), Size(Path.Combine(run, "reals.png")));
        RunSamples samples = RunSamples.Of(run, new PngHeads());
        Assert.Equal((8, 12), (samples.Grid!.Cell, samples.Grid.CellHeight));
        Assert.All(samples.Snapshots, s => Assert.Equal((8, 8, 12, 8), (s.Columns, s.Cell, s.CellHeight, s.Count)));
        Assert.Equal("4x6", (string)RunStatus.Of(run, null)["base"]!);

        // It goes on, and not with other proportions.
        Assert.Contains("continuing from kimg", await Ran(["train", "--resume", "--out", runs, "--total-kimg", "0.4"]), StringComparison.Ordinal);
        Assert.Contains("they grow from 4x6, and the run from 4x4", await Refused(["train", "--resume", "--out", runs, "--set", "base=4x4"]), StringComparison.Ordinal);

        await Ran(["sample", "--network", run, "--seeds", "0-3", "--out", _folder["s"]]);
        Assert.Equal((8, 12, 3), Size(Path.Combine(_folder["s"], "seed0003.png")));
        await Ran(["sample", "--network", run, "--seeds", "0-3", "--grid", "4x1", "--out", _folder["g.png"]]);
        Assert.Equal((32, 12, 3), Size(_folder["g.png"]));
        await Ran(["sample", "--network", run, "--seeds", "0", "--resolution", "4", "--out", _folder["t.safetensors"]]);
        using (SafetensorsFile tensor = Safetensors.Open(_folder["t.safetensors"]))
            Assert.Equal([1, 3, 6, 4], tensor.Read("images").Shape);
        Assert.Contains("1024x768", await Ran(["interpolate", "--network", run, "--seconds", "0.2", "--fps", "10", "--grid", "8x4", "--zoom", "16", "--out", _folder["w.webp"]]), StringComparison.Ordinal);
        await Ran(["timelapse", run, "--seconds", "0.2", "--out", _folder["l.webp"]]);
        await Ran(["invert", "--network", run, "--image", Path.Combine(_folder["s"], "seed0003.png"), "--steps", "4", "--out", _folder["found"]]);
        Assert.Equal((7 * 64, 96, 3), Size(Path.Combine(_folder["found"], "progress.png")));
        JsonNode score = JsonNode.Parse(await Ran(["evaluate", "--network", run, "--images", "8", "--neighbours", _folder["n.png"], "--json"]))!;
        Assert.Equal("8x12", (string)score["evaluated"]![0]!["size"]!);
        Assert.Equal((7 * 8 * 5, 8 * 12 * 5, 3), Size(_folder["n.png"])); // each pixel five times

        // A network of these proportions may be the beginning of another, and gives it them.
        Assert.Contains("4x6 to 8x12", await Ran([.. Tiny(images, runs), "--init-from", run, "--dry-run"]), StringComparison.Ordinal);
        Assert.Contains("they grow from 4x6, and the run from 4x4", await Refused([.. Tiny(images, runs), "--init-from", run, "--set", "base=4x4"]), StringComparison.Ordinal);

        // Formats that know squares alone say so.
        await Ran(["export", "--network", run, "--format", "onnx", "--out", _folder["g.onnx"]]);
        Assert.Contains("grows from 4x6", await Refused(["export", "--network", run, "--format", "pickle", "--out", _folder["g.pkl"]]), StringComparison.Ordinal);
        await Ran(["export", "--network", run, "--format", "web", "--out", _folder["page"]]);
        JsonNode page = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(_folder["page"], "generator.json"), TestContext.Current.CancellationToken))!;
        Assert.Equal((8, 12), ((int)page["width"]!, (int)page["height"]!));
    }

    [Fact]
    public async Task Images_of_other_proportions_are_cut_at_their_middle_and_larger_ones_made_smaller()
    {
        // Grey halves, left and right of a bright middle third: what is cut off at the sides is dark.
        Directory.CreateDirectory(_folder["wide"]);
        byte[] pixels = [.. Enumerable.Range(0, 48 * 24).Select(i => (byte)(i % 48 is >= 16 and < 32 ? 200 : 10))];
        for (int i = 0; i < 40; i++)
            await File.WriteAllBytesAsync(Path.Combine(_folder["wide"], $"{i:D2}.png"), ImageCodec.EncodePng(pixels, 1, 48, 24), TestContext.Current.CancellationToken);
        string runs = _folder["runs"];
        await Ran([.. Tiny(_folder["wide"], runs), "--resolution", "8x12"]);
        using PixelBuffer reals = Decoded(Path.Combine(runs, "00000-wide-8x12", "reals.png"));
        Assert.Equal((8 * 8, 12), (reals.Width, reals.Height));
        Assert.All(reals.Pixels.ToArray(), pixel => Assert.InRange(pixel, 190, 210));

        // And grey as they are, to the end.
        string run = Path.Combine(runs, "00000-wide-8x12");
        await Ran(["sample", "--network", run, "--seeds", "0-1", "--out", _folder["s"]]);
        Assert.Equal((8, 12, 1), Size(Path.Combine(_folder["s"], "seed0001.png")));
        await Ran(["invert", "--network", run, "--image", Path.Combine(_folder["s"], "seed0001.png"), "--steps", "4", "--out", _folder["found"]]);
        Assert.Equal(1, Size(Path.Combine(_folder["found"], "progress.png")).Channels);
        await Ran(["evaluate", "--network", run, "--images", "8"]);
        await Ran(["export", "--network", run, "--format", "onnx", "--out", _folder["g.onnx"]]);
        await Ran(["interpolate", "--network", run, "--seconds", "0.2", "--fps", "10", "--out", _folder["w.gif"]]);
    }

    [Fact]
    public async Task A_store_says_what_its_images_are()
    {
        string store = _folder["sprites.store"], runs = _folder["runs"];
        await Ran(["ingest", Images("sprites", 4, 16, 24), store, "--size", "8x12", "--channels", "4"]);
        Assert.Contains("4x6 to 8x12 RGB and alpha", await Ran([.. Tiny(store, runs), "--dry-run"]), StringComparison.Ordinal);
        Assert.Contains("4x4 to 8x8 RGB,", await Ran([.. Tiny(store, runs), "--set", "base=4x4", "--set", "channels=3", "--dry-run"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_datasets_are_compared_whole_where_their_proportions_are_alike()
    {
        // Alike in their middle squares alone.
        string one = Images("one", 3, 8, 12), other = _folder["other"];
        Directory.CreateDirectory(other);
        foreach (string file in Directory.GetFiles(one))
        {
            using PixelBuffer image = Decoded(file);
            for (int c = 0; c < 3; c++)
                image.Plane(c)[..16].Fill(255);
            await File.WriteAllBytesAsync(Path.Combine(other, Path.GetFileName(file)), ImageCodec.EncodePng(image.Pixels, 3, 8, 12), TestContext.Current.CancellationToken);
        }
        string[] compare = ["evaluate", "--reals", one, "--fakes", other, "--images", "40", "--json"];
        JsonNode whole = Result(await Ran(compare)), middle = Result(await Ran([.. compare, "--resolution", "8"])), typed = Result(await Ran([.. compare, "--resolution", "8x12"]));
        Assert.Equal(("8x12", "8x8", "8x12"), ((string)whole["size"]!, (string)middle["size"]!, (string)typed["size"]!));
        Assert.Equal((double)typed["metrics"]!["swd"]!["value"]!, (double)whole["metrics"]!["swd"]!["value"]!);
        Assert.True((double)whole["metrics"]!["swd"]!["value"]! > 2 * (double)middle["metrics"]!["swd"]!["value"]!);

        static JsonNode Result(string json) => JsonNode.Parse(json)!["evaluated"]![0]!;
    }

    [Fact]
    public async Task Images_with_alpha_are_trained_on_with_it()
    {
        string images = Images("sprites", 4, 8, 8), runs = _folder["runs"], run = Path.Combine(runs, "00000-sprites-8");
        Assert.Contains("RGB and alpha", await Ran([.. Tiny(images, runs), "--resolution", "8", "--set", "channels=4"]), StringComparison.Ordinal);
        Assert.Equal(4, Size(Path.Combine(run, "reals.png")).Channels);
        using (PixelBuffer reals = Decoded(Path.Combine(run, "reals.png")))
            Assert.Contains((byte)0, reals.Plane(3).ToArray());
        await Ran(["sample", "--network", run, "--seeds", "0-3", "--out", _folder["s"]]);
        Assert.Equal((8, 8, 4), Size(Path.Combine(_folder["s"], "seed0003.png")));
        await Ran(["interpolate", "--network", run, "--seconds", "0.2", "--fps", "10", "--out", _folder["w.gif"]]);
        await Ran(["timelapse", run, "--seconds", "0.2", "--out", _folder["l.webp"]]);
        await Ran(["evaluate", "--network", run, "--images", "8"]);
        await Ran(["invert", "--network", run, "--image", Path.Combine(_folder["s"], "seed0003.png"), "--steps", "4", "--out", _folder["found"]]);
        Assert.Equal(4, Size(Path.Combine(_folder["found"], "progress.png")).Channels);
    }

    [Fact]
    public async Task Proportions_are_told_of_and_refused_by_name()
    {
        string images = Images("wide", 3, 12, 8);
        Assert.Contains("squares are cut out of the images; --set base=6x4 takes them whole", await Ran([.. Tiny(images, _folder["runs"]), "--dry-run"]), StringComparison.Ordinal);
        Assert.Contains("resolution: 7x300 is no size", await Refused([.. Tiny(images, _folder["runs"]), "--resolution", "7x300"]), StringComparison.Ordinal);
        Assert.Contains("WIDTHxHEIGHT", await Refused([.. Tiny(images, _folder["runs"]), "--set", "base=2x2"]), StringComparison.Ordinal);
        Assert.Contains("take a lower --resolution", await Refused([.. Tiny(images, _folder["runs"]), "--resolution", "24x16"], ExitCodes.DataUnusable), StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<string> Ran(string[] arguments)
    {
        var (code, output, error) = await CommandLine.RunAsync(arguments);
        Assert.True(code == 0, $"{string.Join(' ', arguments)}\n{error}{output}");
        return output;
    }

    private static async Task<string> Refused(string[] arguments, int exit = ExitCodes.Usage)
    {
        var (code, _, error) = await CommandLine.RunAsync(arguments);
        Assert.Equal(exit, code);
        return error;
    }

    private static string[] Tiny(string images, string runs) =>
    [
        "train", "--data", images, "--out", runs, "--device", "cpu", "--train-kimg", "0.1", "--fade-kimg", "0.1", "--total-kimg", "0.3", "--minibatch", "8",
        "--fmap-base", "64", "--fmap-max", "8", "--latent", "8", "--set", "tick_kimg=0.1", "--set", "sample_rows=1",
    ];

    private static PixelBuffer Decoded(string file) => ImageCodec.Decode(File.ReadAllBytes(file), new DecodeOptions { KeepAlpha = true });

    private static (int Width, int Height, int Channels) Size(string file)
    {
        using PixelBuffer image = Decoded(file);
        return (image.Width, image.Height, image.Channels);
    }

    /// <summary>Forty pictures of a bright disc; with four channels nothing is seen beside it.</summary>
    private string Images(string name, int channels, int width, int height)
    {
        Directory.CreateDirectory(_folder[name]);
        Random random = new(1);
        for (int i = 0; i < 40; i++)
        {
            (double x, double y, double radius) = (random.NextDouble() * width, random.NextDouble() * height, 2 + random.NextDouble() * 2);
            byte[] pixels = new byte[channels * width * height];
            for (int at = 0; at < width * height; at++)
            {
                bool inside = Math.Pow(at % width - x, 2) + Math.Pow(at / width - y, 2) < radius * radius;
                for (int c = 0; c < channels; c++)
                    pixels[c * width * height + at] = (byte)(c == 3 ? inside ? 255 : 0 : inside ? 200 + 20 * c : 30 * c + i);
            }
            File.WriteAllBytes(Path.Combine(_folder[name], $"{i:D2}.png"), ImageCodec.EncodePng(pixels, channels, width, height));
        }
        return _folder[name];
    }
}
