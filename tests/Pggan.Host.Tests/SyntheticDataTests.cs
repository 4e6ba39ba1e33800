using System.Text.Json.Nodes;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

public sealed class SyntheticDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("synthetic", null, 3, "synthetic:10000x64x64x3")]
    [InlineData("synthetic", 16, 1, "synthetic:10000x64x64x1")]
    [InlineData("synthetic:50", 1024, 4, "synthetic:50x1024x1024x4")]
    [InlineData("synthetic:50x24x36", 1024, 3, "synthetic:50x24x36x3")]
    [InlineData("synthetic:50x24x36x4", null, 3, "synthetic:50x24x36x4")]
    [InlineData("./synthetic", 64, 3, "./synthetic")]
    public void A_name_becomes_one_that_means_the_same_later(string name, int? resolution, int channels, string whole)
    {
        Assert.Equal(whole, SyntheticData.Complete(name, resolution, BaseSize.Square, channels));
        Assert.Equal(whole, SyntheticData.Complete(whole, 512, new BaseSize(4, 6), 1));
    }

    [Fact]
    public void Images_are_as_large_as_the_resolution_and_of_its_base()
    {
        Assert.Equal("synthetic:10000x128x192x3", SyntheticData.Complete("synthetic", 128, new BaseSize(4, 6), 3));
        string longest = SyntheticData.Complete("synthetic", 1024, new BaseSize(4, 32), 3); // no run has 1024x8192, and it is the run that says so
        Assert.Equal("synthetic:10000x1024x4096x3", longest);
        SyntheticData.Open(longest, keepsAlpha: false).Dispose();
        using SyntheticSource source = SyntheticData.Open("synthetic:7x128x192x4", keepsAlpha: false);
        Assert.Equal(("7 synthetic images of 128x192 pixels", 7, 4), (source.Description, source.Count, source.LabelSize));
    }

    [Fact]
    public async Task A_run_of_too_long_images_is_told_so()
    {
        var (code, _, error) = await CommandLine.RunAsync("train", "--data", "synthetic", "--set", "base=4x32", "--resolution", "1024", "--device", "cpu", "--dry-run");
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("4096 pixels are the longest side", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_described_like_any_dataset()
    {
        var (code, output, error) = await CommandLine.RunAsync("data", "info", "synthetic:20x16x24x4");
        Assert.Equal((ExitCodes.Done, ""), (code, error));
        foreach (string says in new[] { "images     20, 20 read, 20 usable", "sizes      16x24 (20)", "classes    4", "ring ", "alpha      20 have transparent pixels" })
            Assert.Contains(says, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_conditional_network_learns_from_it_and_is_measured_on_it_again()
    {
        string runs = _folder["runs"];
        var (code, output, error) = await CommandLine.RunAsync(
            "train", "--data", "synthetic:60", "--out", runs, "--resolution", "8", "--labels", "on", "--minibatch", "4", "--fmap-base", "64", "--fmap-max", "8", "--latent", "8",
            "--total-kimg", "0.1", "--train-kimg", "0.05", "--fade-kimg", "0.05", "--device", "cpu", "--no-dashboard", "--metrics", "none");
        Assert.True(code == 0, error + output);
        string run = Path.Combine(runs, "00000-synthetic-8");
        JsonNode options = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(run, "options.json"), TestContext.Current.CancellationToken))!;
        Assert.Equal("synthetic:60x64x64x3", (string?)options["data"]);
        Assert.Equal(["disc", "square", "diamond", "ring"], options["about"]!["dataset"]!["classes"]!.AsArray().Select(name => (string)name!));

        (code, output, error) = await CommandLine.RunAsync("evaluate", run, "--metrics", "swd", "--images", "40", "--json");
        Assert.True(code == 0, error);
        Assert.Equal(40, (int)JsonNode.Parse(output)!["evaluated"]![0]!["reals"]!);
    }

    [Fact]
    public async Task It_can_be_written_as_files()
    {
        string zip = _folder["shapes.zip"];
        var (code, output, error) = await CommandLine.RunAsync("ingest", "synthetic:12x32x32", zip, "--json");
        Assert.True(code == 0, error);
        Assert.Equal((12, 32, 3), ((int)JsonNode.Parse(output)!["images"]!, (int)JsonNode.Parse(output)!["size"]!, (int)JsonNode.Parse(output)!["channels"]!));
        using IImageSource written = Datasets.Open(zip), drawn = Datasets.Open("synthetic:12x32x32");
        using PixelBuffer one = await written.ReadAsync(5, TestContext.Current.CancellationToken), other = await drawn.ReadAsync(5, TestContext.Current.CancellationToken);
        Assert.Equal(other.Pixels.ToArray(), one.Pixels.ToArray());
    }
}
