using System.Text.Json.Nodes;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

public sealed class InvertTests : IDisposable
{
    private readonly InputFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_found_is_written_and_sample_draws_it()
    {
        string network = _folder.Checkpoint(), image = await DrawnAsync(network);
        string output = await InvertAsync("--network", network, "--image", image, "--steps", "100", "--realism-weight", "0.0001");
        Assert.Equal(["latent.safetensors", "progress.png", "result.json"], Directory.GetFiles(_folder["found"]).Select(f => Path.GetFileName(f)).Order());
        Assert.Contains("step 100/100", output, StringComparison.Ordinal);

        JsonNode report = JsonNode.Parse(await File.ReadAllTextAsync(_folder["found/result.json"], TestContext.Current.CancellationToken))!;
        JsonNode found = report["images"]![0]!;
        Assert.True(report["has_discriminator"]!.GetValue<bool>());
        Assert.Equal(("gradient", 100, 800), ((string)report["search"]!["method"]!, (int)report["search"]!["steps"]!, (int)found["evaluations"]!));
        Assert.Equal(0.001, (double)found["last_learning_rate"]!, 1e-9);
        Assert.True((double)found["terms"]!["realism"]! > 0);
        Assert.True((double)found["loss"]! < (double)found["first_loss"]!);

        byte[] drawn = Pixels(await DrawAsync(network, "--latents", _folder["found/latent.safetensors"]));
        double mse = drawn.Zip(Pixels(image), (a, b) => (double)(a - b) * (a - b)).Average(), psnr = 10 * Math.Log10(255 * 255 / mse);
        Assert.True(psnr > 35, $"{psnr} dB");
        if (found["psnr"] is { } said)
            Assert.Equal(psnr, (double)said, 1e-6);
        else
            Assert.Equal(0, mse);

        // Target, five moments, what was found: seven cells of 64 pixels.
        using PixelBuffer progress = ImageCodec.Decode(await File.ReadAllBytesAsync(_folder["found/progress.png"], TestContext.Current.CancellationToken), new DecodeOptions());
        Assert.Equal((7 * 64, 64), (progress.Width, progress.Height));
        Assert.Equal(Pixels(image)[0], progress.Pixels[0]);
        Assert.Equal(drawn[0], progress.Pixels[6 * 64]);
    }

    [Fact]
    public async Task The_same_seed_finds_the_same_bytes_and_json_is_all_that_is_printed()
    {
        string network = _folder.Checkpoint(), image = await DrawnAsync(network);
        string output = await InvertAsync("--network", network, "--image", image, "--json");
        byte[] latent = await File.ReadAllBytesAsync(_folder["found/latent.safetensors"], TestContext.Current.CancellationToken);
        Assert.Equal((await File.ReadAllTextAsync(_folder["found/result.json"], TestContext.Current.CancellationToken)).Trim(), output.Trim());
        await InvertAsync("--network", network, "--image", image);
        Assert.Equal(latent, await File.ReadAllBytesAsync(_folder["found/latent.safetensors"], TestContext.Current.CancellationToken));
        await InvertAsync("--network", network, "--image", image, "--seed", "1");
        Assert.NotEqual(latent, await File.ReadAllBytesAsync(_folder["found/latent.safetensors"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_class_is_found_too_and_a_way_leads_from_one_image_to_the_other()
    {
        string network = _folder.Network(classes: 3);
        string first = await DrawnAsync(network, "2"), second = await DrawnAsync(network, "0");
        var (exit, output, error) = await CommandLine.RunAsync(
            "invert", "--network", network, "--image", first, "--image", second, "--walk", "5", "--steps", "150", "--restarts", "16", "--prior-weight", "0", "--out", _folder["found"], "--device", "cpu");
        Assert.True(exit == 0, error);
        Assert.Contains("without a discriminator", error, StringComparison.Ordinal);
        Assert.Contains("image 2/2", output, StringComparison.Ordinal);
        JsonNode report = JsonNode.Parse(await File.ReadAllTextAsync(_folder["found/result.json"], TestContext.Current.CancellationToken))!;
        Assert.Equal([2, 0], report["images"]!.AsArray().Select(i => (int)i!["class"]!));

        // Both ends are what sample draws of the latents and labels that were found.
        (exit, _, error) = await CommandLine.RunAsync("sample", "--network", network, "--latents", _folder["found/latent.safetensors"], "--out", _folder["ends"], "--device", "cpu");
        Assert.True(exit == 0, error);
        Assert.Equal(Pixels(_folder["ends/latent0000.png"]), Pixels(_folder["found/frame000.png"]), Alike);
        Assert.Equal(Pixels(_folder["ends/latent0001.png"]), Pixels(_folder["found/frame004.png"]), Alike);
        Assert.Equal(5, Directory.GetFiles(_folder["found"], "frame*.png").Length);
        using PixelBuffer sheet = ImageCodec.Decode(await File.ReadAllBytesAsync(_folder["found/walk.png"], TestContext.Current.CancellationToken), new DecodeOptions());
        Assert.Equal((3 * 64, 2 * 64), (sheet.Width, sheet.Height));
    }

    [Theory]
    [InlineData("cma-es")]
    [InlineData("random")]
    public async Task Other_methods_take_images_of_any_size(string method)
    {
        string image = _folder.Write("wide.png", ImageCodec.EncodePng([.. Enumerable.Range(0, 3 * 5 * 7).Select(i => (byte)(2 * i))], 3, 7, 5));
        string output = await InvertAsync("--network", _folder.Network(), "--image", image, "--method", method, "--resolution", "4");
        Assert.Contains("wide.png: PSNR", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_that_is_interrupted_leaves_nothing()
    {
        string network = _folder.Checkpoint(), image = await DrawnAsync(network);
        SortedDictionary<string, string> before = _folder.Snapshot();
        using CancellationTokenSource interrupted = new();
        await using Tripwire output = new("step 200", interrupted);
        var (exit, error) = await CommandLine.RunIntoAsync(
            ["invert", "--network", network, "--image", image, "--steps", "2000", "--out", _folder["found"], "--device", "cpu"], output, interrupted.Token);
        Assert.Equal((ExitCodes.Interrupted, "pggan: interrupted"), (exit, error.Trim()));
        Assert.Equal(before, _folder.Snapshot());
    }

    private async Task<string> InvertAsync(params string[] options)
    {
        var (exit, output, error) = await CommandLine.RunAsync(["invert", "--out", _folder["found"], "--device", "cpu", .. options.Contains("--steps") ? [] : (string[])["--steps", "30"], .. options]);
        Assert.True(exit == 0, error);
        return output;
    }

    /// <summary>An image that the network drew.</summary>
    private Task<string> DrawnAsync(string network, string? @class = null) =>
        DrawAsync(network, ["--seeds", "7", .. @class is null ? (string[])[] : ["--class", @class]]);

    private async Task<string> DrawAsync(string network, params string[] options)
    {
        string file = _folder[$"drawn{Guid.NewGuid():N}.png"];
        var (exit, _, error) = await CommandLine.RunAsync(["sample", "--network", network, "--out", file, "--device", "cpu", .. options]);
        Assert.True(exit == 0, error);
        return file;
    }

    private static byte[] Pixels(string file)
    {
        using PixelBuffer image = ImageCodec.Decode(File.ReadAllBytes(file), new DecodeOptions());
        return image.Pixels.ToArray();
    }

    /// <summary>Images that are drawn in another number at once may round otherwise.</summary>
    private static bool Alike(byte a, byte b) => Math.Abs(a - b) <= 1;
}
