using System.Text.Json;
using System.Text.Json.Nodes;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

/// <summary>Whole trainings, of seconds, by the real command.</summary>
public sealed class TrainTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_training_grows_saves_resumes_and_its_network_draws()
    {
        // From 4 to 8 pixels.
        string images = await _folder.ImagesAsync(40, 8), runs = _folder["runs"];
        var (code, output, error) = await CommandLine.RunAsync([.. Tiny(images, runs), "--total-kimg", "0.4"]);
        Assert.True(code == 0, error + output);
        string run = Path.Combine(runs, "00000-images-8");
        Assert.Contains("tick 1 ", output, StringComparison.Ordinal);
        Assert.Contains("fading in 8x8", output, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(run, "options.json"), output, StringComparison.Ordinal);
        string log = await ReadAsync(run, "log.txt");
        Assert.Contains("tick 1 ", log, StringComparison.Ordinal);
        Assert.Contains("\"ema_beta\": 0.999", log, StringComparison.Ordinal);
        foreach (string file in new[] { "options.json", "stats.jsonl", "events.jsonl", "reals.png", "fakes000000.png", "checkpoints/latest" })
            Assert.True(File.Exists(Path.Combine(run, file)), file);
        Assert.Single(Directory.EnumerateFiles(run, "events.out.tfevents.*"));
        long seen = NetworkFile.ReadCheckpoint(run).State.Progress.Images;
        Assert.InRange(seen, 400, 500);

        // Its options tell what it was made of and are a configuration for the same run.
        using (JsonDocument options = JsonDocument.Parse(await ReadAsync(run, "options.json")))
        {
            JsonElement about = options.RootElement.GetProperty("about");
            Assert.Equal(64, about.GetProperty("dataset").GetProperty("digest").GetString()!.Length);
            Assert.Equal("cpu", options.RootElement.GetProperty("device").GetString());
        }
        (code, _, error) = await CommandLine.RunAsync("train", "--config", Path.Combine(run, "options.json"), "--out", _folder["again"]);
        Assert.True(code == 0, error);
        Assert.Equal(NetworkFile.ReadCheckpoint(run).State, NetworkFile.ReadCheckpoint(Path.Combine(_folder["again"], "00000-images-8")).State);

        // What is complete is not begun again.
        (code, output, error) = await CommandLine.RunAsync("train", "--resume", "--out", runs, "--json");
        Assert.True(code == 0, error);
        Assert.Contains($"Run        {run} is complete at kimg 0.4", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Trying", error, StringComparison.Ordinal);
        Assert.Equal(["run", "training_completed"], output.TrimEnd().Split('\n').Select(line => (string?)JsonNode.Parse(line)!["event"]));

        // What is told of it anew is taken over all the same.
        (code, output, error) = await CommandLine.RunAsync("train", "--resume", "--out", runs, "--keep", "2");
        Assert.True(code == 0, error + output);
        Assert.Contains("\"keep_checkpoints\": 2", await ReadAsync(run, "options.json"), StringComparison.Ordinal);

        // Longer, in the same folder.
        (code, output, error) = await CommandLine.RunAsync("train", "--resume", "--out", runs, "--total-kimg", "0.6");
        Assert.True(code == 0, error + output);
        Assert.Contains("continuing from kimg 0.4", output, StringComparison.Ordinal);
        Assert.Contains("What is left of the schedule takes about", output, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateDirectories(runs, "0*"));
        Assert.InRange(NetworkFile.ReadCheckpoint(run).State.Progress.Images, 600, 700);
        (code, _, error) = await CommandLine.RunAsync("train", "--resume", "--out", runs, "--fmap-max", "4");
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("--init-from", error, StringComparison.Ordinal);
        (code, _, error) = await CommandLine.RunAsync("train", "--resume", "--out", runs, "--preset", "paper");
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("a preset belongs to a run's start", error, StringComparison.Ordinal);

        // Other runs may begin with its weights.
        (code, output, error) = await CommandLine.RunAsync([.. Tiny(images, runs), "--total-kimg", "0.1", "--init-from", "0"]);
        Assert.True(code == 0, error + output);

        // Pictures, a grid and a tensor of the same seeds.
        (code, output, error) = await CommandLine.RunAsync("sample", "--network", run, "--seeds", "0-2,9", "--out", _folder["s"]);
        Assert.True(code == 0, error);
        Assert.Equal(["seed0000.png", "seed0001.png", "seed0002.png", "seed0009.png"], Directory.EnumerateFiles(_folder["s"]).Select(f => Path.GetFileName(f)).Order());
        Assert.Contains("Seed", System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(Path.Combine(_folder["s"], "seed0009.png"), TestContext.Current.CancellationToken)), StringComparison.Ordinal);
        (code, _, error) = await CommandLine.RunAsync("sample", "--network", run, "--seeds", "0-2,9", "--grid", "2x2", "--out", _folder["g.png"]);
        Assert.True(code == 0, error);
        using (PixelBuffer grid = ImageCodec.Decode(await File.ReadAllBytesAsync(_folder["g.png"], TestContext.Current.CancellationToken), new DecodeOptions()))
            Assert.Equal((16, 16), (grid.Width, grid.Height));
        (code, _, error) = await CommandLine.RunAsync("sample", "--network", run, "--seeds", "9", "--resolution", "4", "--raw", "--out", _folder["t.safetensors"]);
        Assert.True(code == 0, error);
        using SafetensorsFile tensor = Safetensors.Open(_folder["t.safetensors"]);
        Assert.Equal([1, 3, 4, 4], tensor.Read("images").Shape);
    }

    [Fact]
    public async Task A_training_that_diverges_beyond_repair_ends_with_3_and_says_what_it_tried()
    {
        string images = await _folder.ImagesAsync(40, 8), runs = _folder["runs"];
        var (code, output, error) = await CommandLine.RunAsync(
            [.. Tiny(images, runs), "--total-kimg", "0.4", "--set", "max_gradient_norm=1e-9", "--set", "diverged_after_exploded=4"]);
        Assert.Equal(ExitCodes.TrainingFailed, code);
        Assert.Contains("the gradient norm was above 1e-09 for 4 steps", error, StringComparison.Ordinal);
        Assert.Contains("back to kimg 0.0 with fresh noise (3)", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_torn_newest_checkpoint_is_passed_over_aloud()
    {
        string images = await _folder.ImagesAsync(40, 8), runs = _folder["runs"], checkpoints = Path.Combine(runs, "00000-images-8", "checkpoints");
        string[] start = [.. Tiny(images, runs), "--total-kimg", "0.05"], further = ["train", "--resume", "--out", runs, "--total-kimg"];
        foreach (string[] options in (string[][])[start, [.. further, "0.15"]])
        {
            var (exit, _, fault) = await CommandLine.RunAsync(options);
            Assert.True(exit == 0, fault);
        }
        string newest = Directory.GetDirectories(checkpoints).MaxBy(f => CheckpointFile.ReadState(f).Progress.Images)!;
        await File.WriteAllBytesAsync(Path.Combine(newest, CheckpointFile.StateName), [1, 2, 3], TestContext.Current.CancellationToken);
        var (code, output, error) = await CommandLine.RunAsync([.. further, "0.2"]);
        Assert.True(code == 0, error);
        Assert.Contains($"checkpoint passed over: checkpoints/{Path.GetFileName(newest)}: ", output, StringComparison.Ordinal);
        Assert.Contains("cut off or altered", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keep_limits_the_checkpoints_to_the_last_and_one_per_resolution()
    {
        string images = await _folder.ImagesAsync(40, 8), runs = _folder["runs"];
        foreach (string[] options in (string[][])[[.. Tiny(images, runs), "--keep", "1", "--total-kimg", "0.05"], ["train", "--resume", "--out", runs, "--total-kimg", "0.4"]])
        {
            var (code, _, error) = await CommandLine.RunAsync(options);
            Assert.True(code == 0, error);
        }
        string[] kept = Directory.GetDirectories(Path.Combine(runs, "00000-images-8", "checkpoints"));
        Assert.Equal([4, 8], kept.Select(f => CheckpointFile.ReadState(f).Stage.Resolution).Order());
    }

    [Fact]
    public async Task A_run_may_begin_with_the_generator_of_a_file()
    {
        string images = await _folder.ImagesAsync(40, 8), runs = _folder["runs"];
        var (code, output, error) = await CommandLine.RunAsync([.. Tiny(images, runs), "--total-kimg", "0.1"]);
        Assert.True(code == 0, error + output);
        string file = _folder["g.safetensors"];
        NetworkFile.Write(file, NetworkFile.Read(Path.Combine(runs, "00000-images-8"), raw: false));
        (code, output, error) = await CommandLine.RunAsync([.. Tiny(images, runs), "--total-kimg", "0.05", "--init-from", file]);
        Assert.True(code == 0, error + output);
        TrainRequest same = new() { Config = Path.Combine(runs, "00000-images-8", "options.json") };
        using (RunPlan plan = await RunPlan.CreateAsync(same, TestContext.Current.CancellationToken))
        using (ProgressiveTrainer trainer = new(plan.Trainer with { Seed = 7 }, plan.Labels))
        {
            trainer.InitializeFrom(NetworkFiles.ReadAll(file));
            Assert.All(NetworkFile.Read(file, raw: false).Tensors, t => Assert.Equal(t.Value.Data, trainer.CaptureGenerator().Tensors[t.Key].Data));
        }
        (code, _, error) = await CommandLine.RunAsync([.. Tiny(images, runs), "--init-from", file, "--set", "fmap_max=4"]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("another architecture", error, StringComparison.Ordinal);

        // A file holds one generator.
        (code, _, error) = await CommandLine.RunAsync("sample", "--network", file, "--raw", "--out", _folder["s"]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("holds one generator", error, StringComparison.Ordinal);

        // More than are drawn at once, in each kind of output alike.
        (code, output, error) = await CommandLine.RunAsync("sample", "--network", file, "--seeds", "0-69", "--out", _folder["s"]);
        Assert.True(code == 0, error);
        Assert.Equal(70, Directory.EnumerateFiles(_folder["s"]).Count());
        (code, _, error) = await CommandLine.RunAsync("sample", "--network", file, "--seeds", "0-69", "--out", _folder["t.safetensors"]);
        Assert.True(code == 0, error);
        using SafetensorsFile tensor = Safetensors.Open(_folder["t.safetensors"]);
        HostTensor all = tensor.Read("images");
        Assert.Equal(70, all.Shape[0]);
        byte[] last = await File.ReadAllBytesAsync(Path.Combine(_folder["s"], "seed0069.png"), TestContext.Current.CancellationToken);
        using PixelBuffer picture = ImageCodec.Decode(last, new DecodeOptions());
        Assert.Equal(ImageSampler.ToBytes(all.Data)[^picture.Pixels.Length..], picture.Pixels.ToArray());
    }

    [Fact]
    public async Task Where_a_run_begins_with_a_generator_alone_its_new_discriminator_is_fitted_to_reals()
    {
        string images = await _folder.ImagesAsync(40, 8), runs = _folder["runs"], run = Path.Combine(runs, "00000-images-8"), file = _folder["g.safetensors"];
        var (code, output, error) = await CommandLine.RunAsync([.. Tiny(images, runs), "--total-kimg", "0.05", "--set", "discrimination_kernels=2", "--metrics", "none"]);
        Assert.True(code == 0, error + output);
        NetworkFile.Write(file, NetworkFile.Read(run, raw: false));
        float[] alone = await ScaleAsync(file), whole = await ScaleAsync(run);
        Assert.Contains(alone, part => part != 0);
        Assert.Equal(NetworkFile.ReadCheckpoint(run).Tensors[Scale].Data, whole); // has learnt, and stays
        Assert.NotEqual(alone, whole);

        async Task<float[]> ScaleAsync(string from)
        {
            TrainRequest request = new() { Config = Path.Combine(run, "options.json"), Sets = [$"init_from={from}"] };
            using RunPlan plan = await RunPlan.CreateAsync(request, TestContext.Current.CancellationToken);
            using ProgressiveTrainer trainer = TrainRun.MakeTrainer(plan, [], plan.Source, Directory.CreateDirectory(_folder["new"]).FullName);
            return [.. trainer.Capture(0, null).Tensors[Scale].Data];
        }
    }

    private const string Scale = "D/head.discrimination.logScale";

    [Fact]
    public async Task Latents_from_a_file_draw_what_their_seed_draws()
    {
        string images = await _folder.ImagesAsync(40, 8), runs = _folder["runs"];
        var (code, output, error) = await CommandLine.RunAsync([.. Tiny(images, runs), "--total-kimg", "0.1"]);
        Assert.True(code == 0, error + output);
        string run = Path.Combine(runs, "00000-images-8");
        await using (FileStream file = File.Create(_folder["z.safetensors"]))
            Safetensors.Write(file, [KeyValuePair.Create("z", ImageSampler.Latents(1, 8, 5))], null);
        await CommandLine.RunAsync("sample", "--network", run, "--latents", _folder["z.safetensors"], "--out", _folder["a.safetensors"]);
        await CommandLine.RunAsync("sample", "--network", run, "--seeds", "5", "--out", _folder["b.safetensors"]);
        using SafetensorsFile a = Safetensors.Open(_folder["a.safetensors"]), b = Safetensors.Open(_folder["b.safetensors"]);
        Assert.Equal(b.Read("images").Data, a.Read("images").Data);
    }

    [Fact]
    public async Task A_conditional_network_wants_a_class_to_draw()
    {
        string images = await _folder.ImagesAsync(40, 8, classes: 2), runs = _folder["runs"];
        var (code, output, error) = await CommandLine.RunAsync([.. Tiny(images, runs), "--total-kimg", "0.1", "--labels", "on"]);
        Assert.True(code == 0, error + output);
        string run = Path.Combine(runs, "00000-images-8");
        (code, _, error) = await CommandLine.RunAsync("sample", "--network", run, "--out", _folder["s"]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("class", error, StringComparison.Ordinal);
        (code, _, error) = await CommandLine.RunAsync("sample", "--network", run, "--class", "2", "--out", _folder["s"]);
        Assert.Equal(ExitCodes.Usage, code);
        (code, _, error) = await CommandLine.RunAsync("sample", "--network", run, "--class", "1", "--out", _folder["s"]);
        Assert.True(code == 0, error);

        // A row for each class, unless the user says otherwise (these options do), and never other classes than it began with.
        using (JsonDocument options = JsonDocument.Parse(await ReadAsync(run, "options.json")))
            Assert.Equal(1, options.RootElement.GetProperty("sample_rows").GetInt32());
        (code, output, error) = await CommandLine.RunAsync("train", "--data", images, "--labels", "on", "--minibatch", "8", "--dry-run");
        Assert.True(code == 0, error);
        Assert.Contains("\"sample_rows\": 2", output, StringComparison.Ordinal);

        // The network keeps the names: in another order its classes would be mixed up in silence.
        (code, _, error) = await CommandLine.RunAsync("sample", "--network", run, "--class", "class1", "--out", _folder["s"]);
        Assert.True(code == 0, error);
        Directory.Move(Path.Combine(images, "class0"), Path.Combine(images, "other"));
        (code, _, error) = await CommandLine.RunAsync("train", "--resume", "--out", runs);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("their class 0 is class0, and the dataset's is class1", error, StringComparison.Ordinal);
        Directory.Move(Path.Combine(images, "other"), Path.Combine(images, "class0"));
        string another = Path.Combine(images, "class2");
        Directory.CreateDirectory(another);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(images, "class0")))
            File.Copy(file, Path.Combine(another, Path.GetFileName(file)));
        (code, _, error) = await CommandLine.RunAsync("train", "--resume", "--out", runs);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("they know 2 classes, and the dataset has 3", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_of_half_precision_tells_its_loss_scale_and_goes_on_in_another()
    {
        string images = await _folder.ImagesAsync(40, 8), runs = _folder["runs"], run = Path.Combine(runs, "00000-images-8");
        var (code, output, error) = await CommandLine.RunAsync([.. Tiny(images, runs), "--total-kimg", "0.2", "--precision", "fp16", "--metrics", "none"]);
        Assert.True(code == 0, error + output);
        Assert.Contains("cores, fp16", output, StringComparison.Ordinal);
        Assert.Contains("fp16 is for GPUs", output, StringComparison.Ordinal);
        using (JsonDocument tick = JsonDocument.Parse((await ReadAsync(run, "stats.jsonl")).Split('\n')[0]))
            Assert.InRange(tick.RootElement.GetProperty("d_loss_scale_log2").GetDouble(), 48, 56); // after 100 images and up to 4 steps more
        Assert.NotNull(NetworkFile.ReadCheckpoint(run).State.GeneratorLossScale);

        (code, output, error) = await CommandLine.RunAsync("train", "--resume", "--out", runs, "--total-kimg", "0.3", "--precision", "bf16");
        Assert.True(code == 0, error + output);
        Assert.Contains("cores, bf16", output, StringComparison.Ordinal);
        Assert.DoesNotContain("loss_scale", (await ReadAsync(run, "stats.jsonl")).TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
        Assert.Null(NetworkFile.ReadCheckpoint(run).State.GeneratorLossScale);

        (code, _, error) = await CommandLine.RunAsync("sample", "--network", run, "--seeds", "9", "--precision", "fp16", "--out", _folder["s.png"]);
        Assert.True(code == 0, error);
        await using FileStream file = File.OpenRead(_folder["s.png"]);
        Assert.Equal("fp16", PngHead.Read(file)!.Text["Precision"]);
    }

    [Fact]
    public async Task Labels_that_are_not_used_are_mentioned()
    {
        string images = await _folder.ImagesAsync(40, 8, classes: 2), runs = _folder["runs"];
        var (code, output, error) = await CommandLine.RunAsync([.. Tiny(images, runs), "--total-kimg", "0.05"]);
        Assert.True(code == 0, error + output);
        Assert.Contains("--labels on", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Longer_phases_of_a_resumed_run_that_lead_back_are_told()
    {
        string images = await _folder.ImagesAsync(40, 8), runs = _folder["runs"];
        var (code, output, error) = await CommandLine.RunAsync([.. Tiny(images, runs), "--total-kimg", "0.3"]);
        Assert.True(code == 0, error + output);
        (code, output, error) = await CommandLine.RunAsync("train", "--out", runs, "--resume", "--train-kimg", "5", "--total-kimg", "6", "--dry-run");
        Assert.True(code == 0, error + output);
        Assert.Contains("goes on at 4x4, though it had grown to 8x8", output, StringComparison.Ordinal);
        (code, output, error) = await CommandLine.RunAsync("train", "--out", runs, "--resume", "--total-kimg", "6", "--dry-run");
        Assert.True(code == 0, error + output);
        Assert.DoesNotContain("though it had grown", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Smoke_tries_everything_and_keeps_nothing()
    {
        string images = await _folder.ImagesAsync(40, 8);

        // Lengths of single phases are no hindrance to going through all of them.
        var (code, output, error) = await CommandLine.RunAsync(
            [.. Tiny(images, _folder["runs"]), "--smoke", "--set", "train_kimg.4=0", "--set", "fade_kimg.8=0.05", "--set", "label_loss=reals"]);
        Assert.True(code == 0, error);
        Assert.Contains("without --labels on label_loss does nothing", output, StringComparison.Ordinal);
        Assert.Contains("8x8", output, StringComparison.Ordinal);
        Assert.Contains("saved and restored alike", output, StringComparison.Ordinal);
        Assert.Contains("s/kimg      phases", output, StringComparison.Ordinal);
        Assert.Contains("Medians of steps on this machine; about ", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["runs"]));
    }

    [Theory]
    [InlineData("--dry-run", "Would train in ")]
    [InlineData("--smoke", "Everything works.")]
    public async Task What_a_training_would_cost_is_told_to_programs(string option, string text)
    {
        string images = await _folder.ImagesAsync(40, 8);
        var (code, output, error) = await CommandLine.RunAsync([.. Tiny(images, _folder["runs"]), option, "--json"]);
        Assert.True(code == 0, error);
        Assert.Contains(text, error, StringComparison.Ordinal);
        JsonNode costs = JsonNode.Parse(output)!;
        Assert.Equal([4, 8], costs["resolutions"]!.AsArray().Select(r => (int)r!["resolution"]!));
        Assert.All(costs["resolutions"]!.AsArray(), r =>
        {
            Assert.Equal(1000, (double)r!["images_per_second"]! * (double)r["sec_per_kimg"]!, 1e-6);
            Assert.True((long)r["memory"]! > 0);
        });
        Assert.Equal((double)costs["seconds"]!, costs["resolutions"]!.AsArray().Sum(r => (double)r!["seconds_of_phases"]!), 1e-6);
        Assert.False(Directory.Exists(_folder["runs"]));
    }

    [Fact]
    public async Task What_happens_in_a_training_comes_as_lines_for_programs()
    {
        string images = await _folder.ImagesAsync(40, 8), runs = _folder["runs"];
        var (code, output, error) = await CommandLine.RunAsync([.. Tiny(images, runs), "--total-kimg", "0.2", "--json"]);
        Assert.True(code == 0, error);
        Assert.Contains("tick 1 ", error, StringComparison.Ordinal);
        Assert.Contains("Networks   ", error, StringComparison.Ordinal);
        JsonObject[] lines = [.. output.TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!.AsObject())];
        string run = Path.Combine(runs, "00000-images-8");
        Assert.Equal(("run", run), ((string?)lines[0]["event"], (string?)lines[0]["run"]));
        Assert.Equal("training_completed", (string?)lines[^1]["event"]);
        Assert.Equal(await Written("stats.jsonl"), Without(lines.Where(line => line["event"] is null)));
        Assert.DoesNotContain("training_progressed", output, StringComparison.Ordinal);
        Assert.Contains(lines, line => (string?)line["event"] == "checkpoint_saved");

        async Task<string[]> Written(string file) => Without((await File.ReadAllLinesAsync(Path.Combine(run, file))).Select(line => JsonNode.Parse(line)!.AsObject()));

        static string[] Without(IEnumerable<JsonObject> lines) => [.. lines.Select(line => line.Remove("time") ? line.ToJsonString() : "")];
    }

    [Fact]
    public async Task Where_nobody_reads_the_lines_nothing_is_trained()
    {
        string images = await _folder.ImagesAsync(40, 8), runs = _folder["runs"], run = Path.Combine(runs, "00000-images-8");
        await using ClosedReader output = new(Path.Combine(run, "events.jsonl"));
        await CommandLine.RunIntoAsync([.. Tiny(images, runs), "--total-kimg", "0.2", "--no-dashboard", "--json"], output, TestContext.Current.CancellationToken);
        Assert.True(output.IsClosed);
        Assert.False(output.HasBegun);
        Assert.True(Directory.Exists(run));
    }

    /// <summary>Breaks at its first line, after a while in which a training would have begun.</summary>
    private sealed class ClosedReader(string begun) : StringWriter
    {
        public bool IsClosed { get; private set; }

        public bool HasBegun { get; private set; }

        public override void WriteLine(string? value)
        {
            IsClosed = true;
            HasBegun |= SpinWait.SpinUntil(() => File.Exists(begun), TimeSpan.FromSeconds(2));
            throw new IOException("Broken pipe");
        }
    }

    [Fact]
    public async Task A_training_on_several_devices_goes_on_with_another_number_of_them()
    {
        string images = await _folder.ImagesAsync(40, 8), runs = _folder["runs"], run = Path.Combine(runs, "00000-images-8");
        string[] tiny = [.. Tiny(images, runs), "--total-kimg", "0.3"];
        tiny[Array.IndexOf(tiny, "--device") + 1] = "cpu,cpu";
        var (code, output, error) = await CommandLine.RunAsync([.. tiny, "--dry-run"]);
        Assert.True(code == 0, error);
        Assert.Contains("Device     cpu,cpu, each minibatch in 2 shares", output, StringComparison.Ordinal);
        Assert.Contains("\"devices\": 2,", output, StringComparison.Ordinal);
        (code, output, error) = await CommandLine.RunAsync(tiny);
        Assert.True(code == 0, error + output);
        Assert.InRange(NetworkFile.ReadCheckpoint(run).State.Progress.Images, 300, 400);

        // Its minibatches stay those of two.
        (code, output, error) = await CommandLine.RunAsync("train", "--resume", "--out", runs, "--device", "cpu", "--total-kimg", "0.4");
        Assert.True(code == 0, error + output);
        Assert.Contains("minibatches are those of 2 devices, taken by 1", output, StringComparison.Ordinal);
        Assert.InRange(NetworkFile.ReadCheckpoint(run).State.Progress.Images, 400, 500);
    }

    [Fact]
    public async Task The_doctor_looks_at_several_devices()
    {
        var (code, output, error) = await CommandLine.RunAsync("doctor", "--out", _folder["runs"], "--device", "cpu,cpu");
        Assert.True(code == 0, output + error);
        Assert.Single(output.Split('\n'), line => line.StartsWith("ok    device", StringComparison.Ordinal));
    }

    private static string[] Tiny(string images, string runs) =>
    [
        "train", "--data", images, "--out", runs, "--device", "cpu", "--train-kimg", "0.1", "--fade-kimg", "0.1", "--minibatch", "8",
        "--fmap-base", "64", "--fmap-max", "8", "--latent", "8", "--set", "tick_kimg=0.1", "--set", "sample_rows=1",
    ];

    private static Task<string> ReadAsync(string run, string file) => File.ReadAllTextAsync(Path.Combine(run, file), TestContext.Current.CancellationToken);
}
