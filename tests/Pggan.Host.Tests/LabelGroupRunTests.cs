using System.Text.Json.Nodes;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

/// <summary>Labels of several attributes, from a table to samples that are a dataset again.</summary>
public sealed class LabelGroupRunTests : IDisposable
{
    private static readonly string[] Tiny =
    [
        "--device", "cpu", "--resolution", "8", "--minibatch", "4", "--fmap-base", "32", "--fmap-max", "4", "--latent", "4", "--initial-resolution", "8",
        "--set", "tick_kimg=0.04", "--set", "metrics=none", "--set", "sample_columns=2",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Attributes_are_learnt_each_by_itself_and_stay_apart_to_the_end()
    {
        string images = await _folder.ImagesAsync(12, 8);
        await WriteAsync("table.csv", "name,hair,hat,age\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"{i:D4}.png,{Of(i, "red", "black", "grey")},{Of(i / 3, "no", "yes")},{Of(i, "0.25", "1")}\n")));
        await DoneAsync("ingest", images, _folder["set.zip"], "--size", "8", "--labels", _folder["table.csv"], "--attributes", "hair,hat,age");
        string told = await DoneAsync(["train", "--data", _folder["set.zip"], "--labels", "on", "--out", _folder["runs"], "--total-kimg", "0.04", .. Tiny]);
        Assert.Contains("12 images, 2 attributes of 5 values and 1 flag", told, StringComparison.Ordinal);
        string run = Path.Combine(_folder["runs"], "00000-set-8");
        Assert.Equal(5, (int)JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(run, "options.json"), Token))!["sample_rows"]!); // a first label, and what may differ
        Assert.Equal("[3,2,1]", RunStatus.Of(run, null)["label_groups"]!.ToJsonString());
        await DoneAsync("train", "--out", _folder["runs"], "--resume", "--total-kimg", "0.08");
        Checkpoint checkpoint = NetworkFile.ReadCheckpoint(run);
        Assert.Equal((80, 6), (checkpoint.State.Progress.Images, checkpoint.State.Architecture.LabelSize));
        Assert.Equal([3, 2, 1], checkpoint.State.Architecture.LabelGroups!);
        Assert.Equal(["hair=black", "hair=grey", "hair=red", "hat=no", "hat=yes", "age"], checkpoint.State.LabelNames!);

        await DoneAsync("sample", "--network", run, "--class", "hair=grey+hat=yes,age", "--seeds", "1-2", "--out", _folder["fakes.zip"]);
        using ZipSource fakes = new(_folder["fakes.zip"], new DecodeOptions());
        Assert.Equal(checkpoint.State.LabelNames, fakes.ClassNames);
        Assert.Equal(["0 1 0 0 1 0", "1 0 0 1 0 1"], Enumerable.Range(0, 2).Select(i => LabelOf(fakes, i)));
        Assert.Equal([3, 2, 1], LabelGroups.Of(new LabelTable(fakes.Count, 6, fakes.CopyLabel) { Names = fakes.ClassNames })!);
        await DoneAsync("invert", "--network", run, "--image", Path.Combine(images, "0000.png"), "--class", "hat=yes+hair=red", "--steps", "4", "--restarts", "1", "--out", _folder["found"]);
        using SafetensorsFile found = Safetensors.Open(_folder["found/latent.safetensors"]);
        Assert.Equal([0, 0, 1, 0, 1, 0], found.Read("labels").Data);
        JsonNode result = JsonNode.Parse(await File.ReadAllTextAsync(_folder["found/result.json"], Token))!["images"]![0]!;
        Assert.Equal(("[2,4]", "hair=red hat=yes", null), (result["label"]!.ToJsonString(), string.Join(' ', result["label_names"]!.AsArray()), (int?)result["class"]));

        static string Of(int i, params string[] values) => values[i % values.Length];
    }

    [Fact]
    public async Task A_run_from_before_there_were_groups_goes_on_with_one()
    {
        string images = await FlagsAsync("[1,1]", "[0,1]"), runs = _folder["runs"];
        Assert.Contains("12 images, 2 flags", await DoneAsync(["train", "--data", images, "--labels", "on", "--out", runs, "--total-kimg", "0.04", .. Tiny]), StringComparison.Ordinal);
        string run = Path.Combine(runs, "00000-images-8"), checkpoints = Path.Combine(run, "checkpoints");
        Checkpoint flags = NetworkFile.ReadCheckpoint(run);
        Directory.Delete(checkpoints, recursive: true);
        new CheckpointDirectory(checkpoints).Save(flags with { State = flags.State with { Architecture = flags.State.Architecture with { LabelGroups = null } } });
        Assert.Contains("12 images, 2 classes", await DoneAsync("train", "--out", runs, "--resume", "--total-kimg", "0.08"), StringComparison.Ordinal);
        Assert.Null(NetworkFile.ReadCheckpoint(run).State.Architecture.LabelGroups);
    }

    [Fact]
    public async Task Labels_without_names_are_grouped_as_the_networks_that_a_run_begins_with_and_stay_so_without_a_checkpoint()
    {
        string images = await FlagsAsync("[1,0,1]", "[0,1,1]"), runs = _folder["runs"], run = Path.Combine(runs, "00000-images-8");
        string network = Path.Combine(Repository.Root, "tests", "networks", "zoo-zip.pth");
        string told = await DoneAsync(
            "train", "--data", images, "--out", runs, "--init-from", network, "--initial-resolution", "8", "--minibatch", "4", "--device", "cpu", "--total-kimg", "0.04",
            "--set", "tick_kimg=0.04", "--set", "metrics=none");
        Assert.Contains("12 images, 2 attributes of 3 values", told, StringComparison.Ordinal);
        Assert.DoesNotContain("learnt their labels as", told, StringComparison.Ordinal);
        Directory.Delete(Path.Combine(run, "checkpoints"), recursive: true);
        Assert.Equal("[2,-1]", RunStatus.Of(run, null)["label_groups"]!.ToJsonString());
        Assert.Contains("12 images, 2 attributes of 3 values", await DoneAsync("train", "--out", runs, "--resume", "--total-kimg", "0.04"), StringComparison.Ordinal);
        Assert.Equal([2, LabelGroups.Always], NetworkFile.ReadCheckpoint(run).State.Architecture.LabelGroups!);
    }

    [Fact]
    public async Task Numbers_that_are_no_shares_are_refused_before_anything_is_written()
    {
        string images = await FlagsAsync("[1,0]", "[1,-1]");
        (int code, _, string error) = await CommandLine.RunAsync(["train", "--data", images, "--labels", "on", "--out", _folder["runs"], "--total-kimg", "0.04", .. Tiny]);
        Assert.Equal(ExitCodes.DataUnusable, code);
        Assert.Contains("component 1 (1) of label 1 is -1, and must be from 0 to 1", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["runs"]));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private async Task<string> FlagsAsync(string even, string odd)
    {
        string images = await _folder.ImagesAsync(12, 8);
        await WriteAsync("images/dataset.json", $$"""{"labels":[{{string.Join(',', Enumerable.Range(0, 12).Select(i => $"[\"{i:D4}.png\",{(i % 2 == 0 ? even : odd)}]"))}}]}""");
        return images;
    }

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(_folder[name], text, Token);

    private static string LabelOf(ZipSource source, int image)
    {
        float[] label = new float[source.LabelSize];
        source.CopyLabel(image, label);
        return string.Join(' ', label);
    }

    private static async Task<string> DoneAsync(params string[] typed)
    {
        (int code, string output, string error) = await CommandLine.RunAsync(typed);
        Assert.True(code == ExitCodes.Done, error + output);
        return output;
    }
}
