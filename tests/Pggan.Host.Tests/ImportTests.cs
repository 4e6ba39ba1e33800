using System.Text.Json.Nodes;
using Pggan.Model;

namespace Pggan.Host.Tests;

/// <summary>Networks of other programs, from the command line to pictures and trainings.</summary>
public sealed class ImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Files => [.. Directory.GetFiles(Small).Select(f => Path.GetFileName(f)).Where(f => Path.GetExtension(f) is ".pkl" or ".pth").Order(StringComparer.Ordinal)];

    private static string Small => Path.Combine(Repository.Root, "tests", "networks");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public async Task An_imported_network_draws_as_its_own_file_does(string file)
    {
        string network = await ImportAsync(file);
        string[] label = NetworkFile.ReadAll(network).Architecture.LabelSize > 0 ? ["--class", "1"] : [];
        foreach (string[] which in (string[][])[label, [.. label, "--raw"]])
        {
            await DoneAsync(["sample", "--network", network, "--seeds", "0-3", "--out", _folder["ours.safetensors"], .. which]);
            await DoneAsync(["sample", "--network", Path.Combine(Small, file), "--seeds", "0-3", "--out", _folder["theirs.safetensors"], .. which]);
            Assert.Equal(await File.ReadAllBytesAsync(_folder["theirs.safetensors"], Token), await File.ReadAllBytesAsync(_folder["ours.safetensors"], Token));
        }
    }

    [Fact]
    public void Classes_in_another_order_are_refused_and_other_classes_are_told()
    {
        NetworkArchitecture architecture = new() { Resolution = 8, LabelSize = 2 };
        TrainerOptions trainer = new() { Architecture = architecture, Schedule = new GrowthScheduleOptions { Resolution = 8, InitialResolution = 8 } };
        BeginningNetworks networks = new("n.safetensors", architecture, GrowthStage.Grown(8), ["cat", "dog"]);
        Assert.Contains("in another order, dog, cat", Assert.Throws<UserException>(() => networks.Check(trainer, ["dog", "cat"], [])).Message, StringComparison.Ordinal);
        List<string> hints = [];
        networks.Check(trainer, ["cat", "dog"], hints);
        (networks with { LabelNames = ["0", "1"] }).Check(trainer, ["dog", "cat"], hints); // numbers say nothing
        Assert.Empty(hints);
        networks.Check(trainer, ["car", "bus"], hints);
        Assert.Equal(["the networks know the classes cat, dog; in their places are the dataset's car, bus"], hints);
        (networks with { Stage = new GrowthStage(4, 1) }).Check(trainer, ["cat", "dog"], hints);
        Assert.Contains("whose layers are untrained", hints[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Attributes_are_the_same_however_they_are_spelt_and_other_groups_are_told()
    {
        NetworkArchitecture architecture = new() { Resolution = 8, LabelSize = 3, LabelGroups = [2, 1] };
        TrainerOptions trainer = new() { Architecture = architecture, Schedule = new GrowthScheduleOptions { Resolution = 8, InitialResolution = 8 } };
        BeginningNetworks networks = new("n.pth", architecture, GrowthStage.Grown(8), ["hair: red", "hair: grey", "Young"]);
        List<string> hints = [];
        networks.Check(trainer, ["hair=red", "hair=grey", "Young"], hints);
        Assert.Empty(hints);
        Assert.Contains("in another order", Assert.Throws<UserException>(() => networks.Check(trainer, ["hair=grey", "hair=red", "Young"], [])).Message, StringComparison.Ordinal);
        networks.Check(trainer with { Architecture = architecture with { LabelGroups = null } }, ["hair=red", "hair=grey", "Young"], hints);
        Assert.Equal(["the networks learnt their labels as 1 attribute of 2 values and 1 flag; from now on they are the dataset's 3 classes"], hints);
    }

    [Fact]
    public void A_dcgan_draws_at_its_own_resolution_alone()
    {
        NetworkArchitecture architecture = new() { Resolution = 16, Layout = NetworkLayout.Dcgan };
        GeneratorSnapshot network = new(architecture, GrowthStage.Grown(16), 0, new Dictionary<string, HostTensor>());
        Assert.Equal(GrowthStage.Grown(16), DrawnNetwork.StageOf(null, null, network));
        Assert.Contains("a DCGAN does not grow", Assert.Throws<UserException>(() => DrawnNetwork.StageOf(8, null, network)).Message, StringComparison.Ordinal);
        Assert.Throws<UserException>(() => DrawnNetwork.StageOf(null, 0.5, network));
    }

    [Fact]
    public async Task Import_tells_what_it_found()
    {
        string told = await DoneAsync("import", Path.Combine(Small, "zoo-zip.pth"), "--out", _folder["n.safetensors"]);
        Assert.Equal($"{_folder["n.safetensors"]}: networks of pytorch_GAN_zoo, 8x8 with 3 channels, latents of 3, labels of 3 (Colour: red, Colour: blue, Kind: hat), "
            + "grown to 8x8, the newest block at 0.75; 306 numbers in G, 176 in D", told.TrimEnd());
        JsonObject json = JsonNode.Parse(await DoneAsync("import", Path.Combine(Small, "official-5.pkl"), "--out", _folder["n.safetensors"], "--json"))!.AsObject();
        Assert.Equal(("official", 8, 0.75, 2), ((string?)json["conventions"], (int)json["resolution"]!, (double)json["stage_alpha"]!, (int)json["labels"]!));
        Assert.Equal(NetworkFile.Read(_folder["n.safetensors"], raw: false).Digest(), (string?)json["digest"]);
    }

    [Fact]
    public async Task Every_command_that_takes_a_network_takes_an_imported_one()
    {
        string network = await ImportAsync("official-4.pkl"), images = await _folder.ImagesAsync(20, 8, classes: 2), image = Directory.GetFiles(images, "*", SearchOption.AllDirectories)[0];
        await DoneAsync("interpolate", "--network", network, "--class", "0", "--seconds", "0.2", "--grid", "1x1", "--out", _folder["walk.webp"]);
        string scores = await DoneAsync("evaluate", "--network", network, "--reals", images, "--metrics", "swd", "--images", "16", "--raw");
        Assert.Contains("swd", scores, StringComparison.Ordinal);
        (int code, string output, string error) = await CommandLine.RunAsync("invert", "--network", network, "--image", image, "--class", "0", "--steps", "10", "--out", _folder["found"]);
        Assert.True(code == 0, error + output);
        Assert.DoesNotContain("without a discriminator", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zoo-legacy.pth", 3, "gan-zoo")]
    [InlineData("official-3.pkl", 2, "official")]
    public async Task A_training_goes_on_with_an_imported_network_and_resumes(string file, int classes, string conventions)
    {
        string network = await ImportAsync(file), images = await _folder.ImagesAsync(24, 8, classes), runs = _folder["runs"];
        string[] kimg = ["--set", "tick_kimg=0.05", "--set", "sample_rows=1", "--set", "metrics=none"];
        await DoneAsync(["train", "--data", images, "--out", runs, "--device", "cpu", "--init-from", network, "--initial-resolution", "8", "--minibatch", "4", "--total-kimg", "0.06", .. kimg]);
        string run = Path.Combine(runs, "00000-images-8");
        JsonObject options = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(run, "options.json"), Token))!.AsObject();
        Assert.Equal((conventions, "on", 3), ((string?)options["conventions"], (string?)options["labels"], (int)options["latent"]!));
        await DoneAsync("train", "--out", runs, "--resume", "--total-kimg", "0.1");
        Checkpoint checkpoint = NetworkFile.ReadCheckpoint(run);
        Assert.True(checkpoint.State.Progress.Images >= 100);
        Assert.Equal(NetworkFile.ReadAll(network).Architecture with { LatentSize = 3, LabelGroups = null }, checkpoint.State.Architecture); // the folders are classes
    }

    [Fact]
    public async Task A_network_is_trained_on_at_twice_its_resolution()
    {
        string network = await ImportAsync("zoo-zip.pth"), images = await _folder.ImagesAsync(24, 16, classes: 3), runs = _folder["runs"];
        string told = await DoneAsync(
            "train", "--data", images, "--out", runs, "--device", "cpu", "--init-from", network, "--resolution", "16", "--minibatch", "4",
            "--train-kimg", "0.02", "--fade-kimg", "0.02", "--total-kimg", "0.06", "--initial-resolution", "8", "--set", "sample_rows=1", "--set", "tick_kimg=0.02");
        Assert.DoesNotContain("goes on from there", told, StringComparison.Ordinal);
        NetworkArchitecture grown = NetworkFile.ReadCheckpoint(Path.Combine(runs, "00000-images-16")).State.Architecture;
        Assert.Equal("2,2,1,1", string.Join(',', Enumerable.Range(0, 4).Select(grown.FeatureMaps)));
        told = await DoneAsync("train", "--data", images, "--out", runs, "--init-from", network, "--resolution", "16", "--minibatch", "4", "--initial-resolution", "4", "--dry-run");
        Assert.Contains("--initial-resolution 8 goes on from there", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_network_of_the_zoo_goes_on_as_there_and_when_resumed_to_the_same_bytes()
    {
        string images = await _folder.ImagesAsync(24, 16, classes: 3);
        string[] train =
        [
            "train", "--data", images, "--device", "cpu", "--preset", "gan-zoo", "--init-from", Path.Combine(Small, "zoo-zip.pth"), "--initial-resolution", "8", "--resolution", "16",
            "--set", "train_kimg.8=0", "--set", "fade_kimg=0.064", "--set", "minibatch_repeats=1", "--set", "balance_labels=true", "--set", "sample_rows=1", "--set", "tick_kimg=0.02",
        ];
        await DoneAsync([.. train, "--out", _folder["whole"], "--total-kimg", "0.128"]);
        await DoneAsync([.. train, "--out", _folder["parts"], "--total-kimg", "0.048"]);
        await DoneAsync("train", "--out", _folder["parts"], "--resume", "--total-kimg", "0.128");
        Checkpoint whole = NetworkFile.ReadCheckpoint(_folder["whole/00000-images-16"]), parts = NetworkFile.ReadCheckpoint(_folder["parts/00000-images-16"]);
        Assert.Equal((128, GrowthStage.Grown(16)), (whole.State.Progress.Images, whole.State.Stage));
        Assert.Equal(7, whole.State.GeneratorUpdates); // of 8 steps the first one still at 8x8, and none begins anew after the fade
        Assert.All(whole.Tensors, t => Assert.Equal(t.Value.Data, parts.Tensors[t.Key].Data));
        TrainerOptions options = RunOptionsOf("whole").ToTrainerOptions(3);
        Assert.Equal((LabelLossScope.Reals, true, true, AverageAfter.G, true, false), (options.LabelLoss, options.EvenLabels, options.BalanceLabels, options.AverageAfter, options.RestartAverage, options.ResetAfterFade));
        Assert.Equal((0, 1228.8), (options.Schedule.TrainKimgAt[8], options.Schedule.TrainKimg));

        RunOptions RunOptionsOf(string runs) => OptionsDocument.To(OptionsDocument.ReadFile(_folder[$"{runs}/00000-images-16/options.json"]));
    }

    [Fact]
    public async Task A_half_faded_network_goes_on_with_its_fade_unless_a_beginning_is_named()
    {
        string network = _folder["half.safetensors"], images = await _folder.ImagesAsync(24, 8, classes: 0), runs = _folder["runs"];
        NetworkFile.Write(network, NetworkSnapshot.Of(TinyNetworks.Checkpoint) with { Stage = new GrowthStage(8, 0.25) }, Token);
        string[] train = ["train", "--data", images, "--out", runs, "--device", "cpu", "--init-from", network, "--minibatch", "4", "--set", "sample_rows=1", "--set", "metrics=none"];
        string told = await DoneAsync([.. train, "--initial-resolution", "8", "--dry-run"]);
        Assert.Contains("half faded in at 8x8 (alpha 0.25); the fade is not gone on with, 8x8 begins fully grown", told, StringComparison.Ordinal);
        Assert.Contains("\"initial_alpha\": 1,", told, StringComparison.Ordinal);

        told = await DoneAsync([.. train, "--fade-kimg", "0.08", "--train-kimg", "0.02", "--total-kimg", "0.04", "--set", "minibatch_repeats=1"]);
        Assert.Contains("half faded in at 8x8 (alpha 0.25); the fade goes on from there", told, StringComparison.Ordinal);
        Assert.Contains("8x8 (alpha 0.25) to 8x8", told, StringComparison.Ordinal);
        string run = Path.Combine(runs, "00000-images-8");
        JsonObject options = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(run, "options.json"), Token))!.AsObject();
        Assert.Equal((8, 0.25), ((int)options["initial_resolution"]!, (double)options["initial_alpha"]!));
        TrainingState state = NetworkFile.ReadCheckpoint(run).State;
        Assert.Equal((40, 8), (state.Progress.Images, state.Stage.Resolution));
        Assert.Equal(0.25 + 36 / 80.0, state.Stage.Alpha, 1e-12); // of the last step
        await DoneAsync("train", "--out", runs, "--resume", "--total-kimg", "0.08");
        Assert.Equal(GrowthStage.Grown(8), NetworkFile.ReadCheckpoint(run).State.Stage);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private async Task<string> ImportAsync(string file)
    {
        await DoneAsync("import", Path.Combine(Small, file), "--out", _folder["network.safetensors"]);
        return _folder["network.safetensors"];
    }

    private static async Task<string> DoneAsync(params string[] typed)
    {
        (int code, string output, string error) = await CommandLine.RunAsync(typed);
        Assert.True(code == ExitCodes.Done, error + output);
        return output;
    }
}
