using System.Text.Json.Nodes;
using Pggan.Model;

namespace Pggan.Host.Tests;

public sealed class ExportTests : IDisposable
{
    private readonly InputFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_generator_as_safetensors_draws_what_the_checkpoint_draws()
    {
        string checkpoint = _folder.Checkpoint();
        foreach (string[] raw in new string[][] { [], ["--raw"] })
        {
            Assert.Equal(_folder["out/g.safetensors"], await ExportAsync(checkpoint, "safetensors", "out/g.safetensors", ["--resolution", "8", "--alpha", "0.5", .. raw]));
            await DrawAsync(checkpoint, "a.safetensors", ["--resolution", "8", "--alpha", "0.5", .. raw]);
            await DrawAsync(_folder["out/g.safetensors"], "b.safetensors", []);
            Assert.Equal(await BytesAsync("a.safetensors"), await BytesAsync("b.safetensors"));
        }
    }

    [Fact]
    public async Task Onnx_and_both_checkpoints_are_those_of_the_library_at_the_stage_that_is_asked_for()
    {
        string path = _folder.Checkpoint();
        Checkpoint checkpoint = TinyNetworks.Checkpoint;
        GrowthStage stage = new(8, 0.25);
        string[] options = ["--resolution", "8", "--alpha", "0.25"];
        await ExportAsync(path, "onnx", "average.onnx", options);
        await ExportAsync(path, "onnx", "raw.onnx", [.. options, "--raw"]);
        await ExportAsync(path, "pickle", "networks.pkl", options);
        string said = "";
        await ExportAsync(path, "zoo", "networks.pth", options, error => said = error);
        Assert.Equal(Of(file => OnnxExporter.Write(file, checkpoint.Generator() with { Stage = stage }, Cancel)), await BytesAsync("average.onnx"));
        Assert.Equal(Of(file => OnnxExporter.Write(file, checkpoint.Generator(raw: true) with { Stage = stage }, Cancel)), await BytesAsync("raw.onnx"));
        Assert.Equal(Of(file => OfficialPickleWriter.Write(file, NetworkSnapshot.Of(checkpoint), stage, Cancel)), await BytesAsync("networks.pkl"));
        Assert.Equal(Of(file => ZooCheckpointWriter.Write(file, NetworkSnapshot.Of(checkpoint), stage, Cancel)), await BytesAsync("networks.pth"));
        Assert.Contains("has grown to 4x4 so far", said, StringComparison.Ordinal);
        Assert.Contains("the zoo's discriminator is another with these weights: it does not fade in at 8x8.\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_zoo_finds_what_it_needs_to_go_on_and_keeps_the_settings_of_its_run()
    {
        string said = "", checkpoint = _folder.Checkpoint();
        await ExportAsync(checkpoint, "zoo", "photos/photos_s0_i40.pt", ["--resolution", "4"], error => said = error);
        Assert.Equal(["photos_s0_i40.pt", "photos_s0_i40_tmp_config.json", "photos_train_config.json"], Names());
        Assert.Contains("from a folder called photos the zoo's train.py goes on with it", said, StringComparison.Ordinal);
        _folder.Write("photos/photos_train_config.json", "{}");
        await ExportAsync(checkpoint, "zoo", "photos/photos_s1_i19232.pt", ["--resolution", "8", "--alpha", "1"]);
        Assert.Equal(5, Names().Length);
        Assert.Equal("{}", await File.ReadAllTextAsync(_folder["photos/photos_train_config.json"], Cancel));
        await ExportAsync(checkpoint, "zoo", "alone/photos.pt", ["--resolution", "4"], error => said = error);
        Assert.Single(Directory.GetFiles(_folder["alone"]));
        Assert.Contains("called NAME_s0_i0.pt", said, StringComparison.Ordinal);

        string[] Names() => [.. Directory.GetFiles(_folder["photos"]).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
    }

    [Fact]
    public async Task A_page_holds_all_that_it_loads_and_names_no_other_host()
    {
        foreach (string name in new[] { "ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm", "ort.all.mjs" })
            _folder.Write($"dist/{name}", name);
        await ExportAsync(_folder.Network(classes: 3), "web", "page", ["--runtime", _folder["dist"]]);
        string[] expected =
        [
            "generator.json", "generator.onnx", "index.html", "latents.js", "page.js", "runtime/ort-wasm-simd-threaded.mjs", "runtime/ort-wasm-simd-threaded.wasm", "runtime/ort.wasm.min.mjs", "style.css",
        ];
        Assert.Equal(expected, Directory.GetFiles(_folder["page"], "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_folder["page"], f)).Order(StringComparer.Ordinal));
        Assert.Equal("""{"width":4,"height":4,"channels":3,"latents":4,"labels":3,"label_groups":[3],"label_names":[]}""", (JsonNode.Parse(await BytesAsync("page/generator.json")))!.ToJsonString());
        foreach (string name in new[] { "index.html", "page.js", "latents.js", "style.css" })
            Assert.DoesNotContain("//", (await File.ReadAllTextAsync(_folder[$"page/{name}"], Cancel)).Replace("// ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dcgan_goes_into_onnx_and_a_page()
    {
        NetworkArchitecture architecture = new()
        {
            Resolution = 8,
            FmapBase = 32,
            FmapMax = 4,
            LatentSize = 4,
            Layout = NetworkLayout.Dcgan,
            PixelNorm = false,
            NormalizeLatents = false,
            StdDevGroup = 1,
            EqualizedLearningRate = false,
            LeakyRelu = false,
            TanhOutput = true,
        };
        TrainerOptions options = new() { Architecture = architecture, Schedule = new GrowthScheduleOptions { Resolution = 8, InitialResolution = 8 }, Loss = AdversarialLoss.Dcgan };
        using ProgressiveTrainer trainer = new(options, null);
        NetworkSnapshot networks = NetworkSnapshot.Of(trainer.Capture(0, null));
        NetworkFile.Write(_folder["dcgan.safetensors"], networks, Cancel);
        await ExportAsync(_folder["dcgan.safetensors"], "onnx", "dcgan.onnx", []);
        await ExportAsync(_folder["dcgan.safetensors"], "web", "page", []);
        byte[] expected = Of(file => OnnxExporter.Write(file, networks.Generator(raw: false), Cancel));
        Assert.Equal(expected, await BytesAsync("dcgan.onnx"));
        Assert.Equal(expected, await BytesAsync("page/generator.onnx"));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<string> ExportAsync(string network, string format, string target, string[] options, Action<string>? said = null)
    {
        var (exit, output, error) = await CommandLine.RunAsync(["export", "--network", network, "--format", format, "--out", _folder[target], .. options]);
        Assert.True(exit == ExitCodes.Done, error);
        said?.Invoke(error);
        return output.TrimEnd();
    }

    private async Task DrawAsync(string network, string target, string[] options)
    {
        var (exit, _, error) = await CommandLine.RunAsync(["sample", "--network", network, "--device", "cpu", "--seeds", "0-3", "--out", _folder[target], .. options]);
        Assert.True(exit == ExitCodes.Done, error);
    }

    private Task<byte[]> BytesAsync(string name) => File.ReadAllBytesAsync(_folder[name], Cancel);

    private static byte[] Of(Action<Stream> write)
    {
        using MemoryStream file = new();
        write(file);
        return file.ToArray();
    }
}
