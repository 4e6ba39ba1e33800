using System.Text.Json.Nodes;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

public sealed class TrainFeaturesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Out => _folder["shapes.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_network_of_a_labelled_folder_is_trained_measured_and_stored()
    {
        string images = await _folder.ImagesAsync(60, 8, classes: 3);
        (int exit, string output, string error) = await CommandLine.RunAsync("train-features", "--data", images, "--out", Out, "--kimg", "0.3", "--device", "cpu", "--json");
        Assert.True(exit == ExitCodes.Done, error);
        Assert.Contains("3 classes, 54 images to train on, 6 held out, 8x8, colour, 0.3 kimg", error, StringComparison.Ordinal);
        JsonNode result = JsonNode.Parse(output)!;
        Assert.Equal((6, 8, 3), ((int)result["held_out"]!, (int)result["resolution"]!, (int)result["channels"]!));
        Assert.InRange((int)result["images"]!, 300, 363);
        Assert.InRange((double)result["accuracy"]!, 0, 1);
        Assert.Equal(["class0", "class1", "class2"], result["classes"]!.AsArray().Select(c => (string)c!));

        using FeatureExtractor network = FeatureNetworks.Open(Out, TorchDevice.Parse("cpu"));
        Assert.Equal(("shapes", 128, false), (network.Name, network.Size, network.IsInception));
        using SafetensorsFile file = Safetensors.Open(Out);
        using IImageSource source = Datasets.Open(images);
        Assert.Contains(source.Digest, file.Metadata["record"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_bytes()
    {
        string images = await _folder.ImagesAsync(40, 8, classes: 2);
        foreach ((string name, string seed) in new[] { ("a", "5"), ("b", "5"), ("c", "6") })
        {
            (int exit, string output, string error) = await CommandLine.RunAsync(
                "train-features", "--data", images, "--out", _folder[name + ".safetensors"], "--epochs", "3", "--seed", seed, "--device", "cpu");
            Assert.True(exit == ExitCodes.Done, error);
            Assert.Contains("held out are told right", output, StringComparison.Ordinal);
        }
        Assert.Equal(await Bytes("a"), await Bytes("b"));
        Assert.NotEqual(await Bytes("a"), await Bytes("c"));

        Task<byte[]> Bytes(string name) => File.ReadAllBytesAsync(_folder[name + ".safetensors"], TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_store_with_alpha_is_seen_in_colour()
    {
        string store = _folder["shapes.store"];
        (int exit, _, string error) = await CommandLine.RunAsync("ingest", "synthetic:40x8x8x4", store, "--size", "8", "--channels", "4");
        Assert.True(exit == ExitCodes.Done, error);
        (exit, string output, error) = await CommandLine.RunAsync("train-features", "--data", store, "--out", Out, "--epochs", "1", "--device", "cpu");
        Assert.True(exit == ExitCodes.Done, error);
        Assert.Contains("8x8, colour", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_dataset_can_be_held_out()
    {
        string images = await _folder.ImagesAsync(40, 8, classes: 2);
        using TemporaryFolder other = new();
        string heldOut = await other.ImagesAsync(30, 8, classes: 2);
        (int exit, string output, string error) = await CommandLine.RunAsync(
            "train-features", "--data", images, "--held-out", heldOut, "--out", Out, "--epochs", "1", "--device", "cpu");
        Assert.True(exit == ExitCodes.Done, error);
        Assert.Contains("40 images to train on, 30 held out", output, StringComparison.Ordinal);
        Assert.Contains("of 30 images held out", output, StringComparison.Ordinal);

        using TemporaryFolder three = new();
        (exit, _, error) = await CommandLine.RunAsync(
            "train-features", "--data", images, "--held-out", await three.ImagesAsync(30, 8, classes: 3), "--out", Out, "--device", "cpu");
        Assert.Equal(ExitCodes.DataUnusable, exit);
        Assert.Contains("other classes", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Images_without_classes_are_refused_and_nothing_is_written()
    {
        (int exit, _, string error) = await CommandLine.RunAsync("train-features", "--data", await _folder.ImagesAsync(30, 8), "--out", Out);
        Assert.Equal(ExitCodes.DataUnusable, exit);
        Assert.Contains("has no labels", error, StringComparison.Ordinal);
        Assert.Contains("subfolder", error, StringComparison.Ordinal);
        Assert.False(File.Exists(Out));
    }

    [Fact]
    public async Task Too_few_images_are_refused()
    {
        (int exit, _, string error) = await CommandLine.RunAsync("train-features", "--data", await _folder.ImagesAsync(19, 8, classes: 2), "--out", Out);
        Assert.Equal(ExitCodes.DataUnusable, exit);
        Assert.Contains("has 19 images; a classifier needs 20 at least", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name one of them", "--kimg", "1", "--epochs", "1")]
    [InlineData("--kimg 0", "--kimg", "0")]
    [InlineData("--kimg NaN", "--kimg", "NaN")]
    [InlineData("--epochs -1", "--epochs", "-1")]
    [InlineData("power of two from 8 to 256", "--resolution", "48")]
    [InlineData("device 'tpu' is unknown", "--device", "tpu")]
    [InlineData("must name a .safetensors file", "--out", "network.pt")]
    public async Task Bad_options_are_refused_before_work_starts(string reason, params string[] options)
    {
        (int exit, _, string error) = await CommandLine.RunAsync(
            ["train-features", "--data", "nowhere", .. options.Contains("--out") ? [] : (string[])["--out", Out], .. options]);
        Assert.Equal(ExitCodes.Usage, exit);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupted_training_leaves_nothing()
    {
        string images = await _folder.ImagesAsync(40, 8, classes: 2);
        using CancellationTokenSource interrupted = new();
        await using Tripwire output = new("loss", interrupted); // the first line comes after a twentieth of the training
        Task<(int Exit, string Error)> running = CommandLine.RunIntoAsync(
            ["train-features", "--data", images, "--out", Out, "--kimg", "200", "--device", "cpu"], output, interrupted.Token);
        (int exit, string error) = await running;
        Assert.Equal(ExitCodes.Interrupted, exit);
        Assert.Contains("interrupted", error, StringComparison.Ordinal);
        Assert.Equal([images], Directory.EnumerateFileSystemEntries(_folder.Path));
    }
}
