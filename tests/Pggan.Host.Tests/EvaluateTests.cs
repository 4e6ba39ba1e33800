using System.Text.Json.Nodes;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

/// <summary>Evaluations by the real command.</summary>
public sealed class EvaluateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_training_measures_itself_and_its_checkpoints_can_be_measured_again()
    {
        // A conditional network from 4 to 16 pixels.
        string images = await _folder.ImagesAsync(40, 16, classes: 2), runs = _folder["runs"], run = Path.Combine(runs, "00000-images-16");
        var (code, output, error) = await CommandLine.RunAsync(
            "train", "--data", images, "--out", runs, "--device", "cpu", "--train-kimg", "0.1", "--fade-kimg", "0.1", "--total-kimg", "0.6", "--minibatch", "8",
            "--fmap-base", "64", "--fmap-max", "8", "--latent", "8", "--set", "tick_kimg=0.1", "--set", "sample_rows=1", "--labels", "on", "--metrics", "swd,msssim");
        Assert.True(code == 0, error + output);
        Assert.Contains("swd ", output, StringComparison.Ordinal);
        Assert.Contains("(reals ", output, StringComparison.Ordinal);
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(run, "metric-swd.jsonl"), TestContext.Current.CancellationToken);
        JsonObject measured = JsonNode.Parse(lines[^1])!.AsObject();

        // Of the same images by the same seed the numbers are the same.
        string curve = _folder["curve.svg"], neighbours = _folder["neighbours.png"];
        (code, output, error) = await CommandLine.RunAsync(
            "evaluate", run, "--metrics", "swd,msssim", "--images", "40", "--plot", curve, "--neighbours", neighbours, "--json");
        Assert.True(code == 0, error + output);
        JsonArray evaluated = JsonNode.Parse(output)!["evaluated"]!.AsArray();
        Assert.Equal(Directory.GetDirectories(Path.Combine(run, "checkpoints")).Length, evaluated.Count);
        JsonNode last = evaluated[^1]!;
        Assert.Equal((long)measured["images"]!, (long)last["trained_images"]!);
        Assert.Equal((40, 40), ((int)last["reals"]!, (int)last["fakes"]!));
        Assert.Equal((double)measured["swd"]!, (double)last["metrics"]!["swd"]!["value"]!);
        Assert.Equal((double)measured["swd_reals"]!, (double)last["metrics"]!["swd"]!["reals"]!);
        Assert.Equal((double)measured["swd_16"]!, (double)last["metrics"]!["swd"]!["parts"]!["swd_16"]!);
        Assert.StartsWith("<svg", (await File.ReadAllTextAsync(_folder["curve-swd.svg"], TestContext.Current.CancellationToken))[..200].Split('\n').First(line => line.Contains("<svg", StringComparison.Ordinal)).TrimStart(), StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["curve-msssim.svg"]));
        using PixelBuffer picture = ImageCodec.Decode(await File.ReadAllBytesAsync(neighbours, TestContext.Current.CancellationToken), new DecodeOptions());
        Assert.Equal((7 * 64, 8 * 64), (picture.Width, picture.Height));
        Assert.True((double)JsonNode.Parse(output)!["neighbours"]!["median_of_reals"]! > 0);
    }

    [Fact]
    public async Task A_dataset_is_near_to_itself_and_an_untrained_network_is_not()
    {
        string images = await _folder.ImagesAsync(40, 8), network = _folder["network.safetensors"];
        await File.WriteAllBytesAsync(network, TinyNetworks.File(classes: 3), TestContext.Current.CancellationToken);
        double same = await SwdAsync("--fakes", images), fakes = await SwdAsync("--network", network);
        Assert.True(same < fakes / 3, $"{same} and {fakes}");
        Assert.Equal(fakes, await SwdAsync("--network", network));
        Assert.NotEqual(fakes, await SwdAsync("--network", network, "--seed", "1"));

        async Task<double> SwdAsync(params string[] options)
        {
            var (code, output, error) = await CommandLine.RunAsync(["evaluate", "--reals", images, "--json", .. options]);
            Assert.True(code == 0, error);
            return (double)JsonNode.Parse(output)!["evaluated"]![0]!["metrics"]!["swd"]!["value"]!;
        }
    }

    /// <summary>The middle square, in as many channels and as large as both have.</summary>
    [Theory]
    [InlineData(1, 16, 16)]
    [InlineData(1, 16, 24)]
    [InlineData(3, 40, 16)]
    public async Task Sets_of_unequal_number_shape_and_colour_are_compared(int channels, int width, int height)
    {
        string reals = Noise("reals", 30, channels, width, height), fakes = Noise("fakes", 21, 3, 16, 16);
        var (code, output, error) = await CommandLine.RunAsync("evaluate", "--reals", reals, "--fakes", fakes, "--metrics", "swd,msssim", "--json");
        Assert.True(code == 0, error);
        JsonNode evaluated = JsonNode.Parse(output)!["evaluated"]![0]!;
        Assert.Equal((30, 21, 16), ((int)evaluated["reals"]!, (int)evaluated["fakes"]!, (int)evaluated["resolution"]!));
        Assert.True((double)evaluated["metrics"]!["swd"]!["value"]! > 0);
        Assert.InRange((double)evaluated["metrics"]!["msssim"]!["value"]!, -1, 1);
    }

    [Fact]
    public async Task A_metric_of_too_few_images_is_refused_before_fakes_are_measured_and_a_half_too_small_has_no_line()
    {
        string reals = Noise("reals", 8, 3, 16, 16), features = Path.Combine(Repository.Root, "tests", "fixtures", "quadrants.pt");
        var (code, output, error) = await CommandLine.RunAsync(
            "evaluate", "--reals", reals, "--fakes", reals, "--metrics", "coverage,swd", "--features", features, "--json");
        Assert.True(code == 0, error);
        JsonNode metrics = JsonNode.Parse(output)!["evaluated"]![0]!["metrics"]!;
        Assert.Equal(1, (double)metrics["coverage"]!["value"]!);
        Assert.Null(metrics["coverage"]!["reals"]);
        Assert.NotNull(metrics["swd"]!["reals"]);

        (code, _, error) = await CommandLine.RunAsync(
            "evaluate", "--reals", reals, "--fakes", reals, "--metrics", "swd,coverage", "--features", features, "--images", "5");
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("--metrics: the metric coverage needs 6 images a side, and there are 5", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_with_alpha_are_to_a_store_with_alpha_what_it_holds()
    {
        string files = Directory.CreateDirectory(_folder["files"]).FullName, store = _folder["alpha.store"];
        using (SyntheticSource source = new(20, 16, 4, 0, 1))
        {
            for (int i = 0; i < source.Count; i++)
            {
                using PixelBuffer image = await source.ReadAsync(i, TestContext.Current.CancellationToken);
                await File.WriteAllBytesAsync(Path.Combine(files, $"{i:D2}.png"), ImageCodec.EncodePng(image.Pixels, 4, 16, 16), TestContext.Current.CancellationToken);
            }
        }
        var (code, _, error) = await CommandLine.RunAsync("ingest", files, store, "--size", "16", "--channels", "4");
        Assert.True(code == 0, error);
        string same = await SwdAsync(store, store);
        Assert.Equal(same, await SwdAsync(store, files));
        Assert.Equal(same, await SwdAsync(files, store));

        async Task<string> SwdAsync(string reals, string fakes)
        {
            var (exit, output, fault) = await CommandLine.RunAsync("evaluate", "--reals", reals, "--fakes", fakes, "--metrics", "swd", "--json");
            Assert.True(exit == 0, fault);
            return JsonNode.Parse(output)!["evaluated"]![0]!["metrics"]!.ToJsonString();
        }
    }

    private string Noise(string name, int count, int channels, int width, int height)
    {
        string folder = Directory.CreateDirectory(_folder[name]).FullName;
        Random random = new(count);
        for (int i = 0; i < count; i++)
        {
            byte[] pixels = new byte[channels * width * height];
            random.NextBytes(pixels);
            File.WriteAllBytes(Path.Combine(folder, $"{i:D3}.png"), ImageCodec.EncodePng(pixels, channels, width, height));
        }
        return folder;
    }

    [Fact]
    public async Task The_table_names_what_was_measured()
    {
        string images = await _folder.ImagesAsync(40, 16);
        var (code, output, error) = await CommandLine.RunAsync("evaluate", "--reals", images, "--fakes", images, "--images", "20", "--metrics", "swd,msssim");
        Assert.True(code == 0, error);
        string[] lines = output.TrimEnd().Split('\n');
        Assert.Equal(["kimg", "size", "swd", "swd_16", "msssim"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["-", "16x16"], lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[..2]);
        Assert.StartsWith("reals", lines[2].TrimStart(), StringComparison.Ordinal);
        Assert.Contains("20 fakes against 20 reals", lines[3], StringComparison.Ordinal);
    }
}
