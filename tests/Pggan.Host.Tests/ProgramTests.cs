using System.Text.Json;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

public sealed class ProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ExitCodes.Usage, "Did you mean '--resolution'?", "train", "--resoltion", "8")]
    [InlineData(ExitCodes.Usage, "Did you mean 'train'?", "tran")]
    [InlineData(ExitCodes.Usage, "Did you mean 'info'?", "data", "inf")]
    [InlineData(ExitCodes.Usage, "Did you mean 'minibatch'?", "train", "--set", "minibach=4")]
    [InlineData(ExitCodes.Usage, "a whole number", "train", "--resolution", "big")]
    [InlineData(ExitCodes.Usage, "power of two", "train", "--resolution", "12", "--dry-run")]
    [InlineData(ExitCodes.Usage, "Did you mean 'paper'?", "train", "--preset", "papr")]
    [InlineData(ExitCodes.Usage, "one of fp32, fp16, bf16", "train", "--precision", "half")]
    [InlineData(ExitCodes.Usage, "device 'cuda:98'", "train", "--device", "cuda:98,99")]
    [InlineData(ExitCodes.Usage, "has no labels", "train", "--labels", "on", "--data", "IMAGES")]
    [InlineData(ExitCodes.Usage, "--config: there is no file nowhere.json.", "train", "--config", "nowhere.json")]
    [InlineData(ExitCodes.Usage, "'--network' is required", "sample")]
    [InlineData(ExitCodes.Usage, "no file or folder nowhere, and no run", "sample", "--network", "nowhere")]
    [InlineData(ExitCodes.Usage, "write it as #FFFFFF", "train", "--set", "background=white")]
    [InlineData(ExitCodes.Usage, "million pixels", "train", "--set", "sample_columns=64", "--set", "sample_rows=16", "--resolution", "1024")]
    [InlineData(ExitCodes.Usage, "micro-batch 6 at 8 px is no multiple of the stddev group 4", "train", "--set", "micro_batch.8=6")]
    [InlineData(ExitCodes.Usage, "resolution 63 of a micro-batch", "train", "--set", "micro_batch.63=4")]
    [InlineData(ExitCodes.Usage, "a table such as", "train", "--set", "micro_batch=4")]
    [InlineData(ExitCodes.Usage, "--config is empty", "train", "--config", "")]
    [InlineData(ExitCodes.Usage, "--resume is empty", "train", "--resume", "")]
    [InlineData(ExitCodes.Usage, "--init-from is empty", "train", "--init-from", "")]
    [InlineData(ExitCodes.Usage, "'out' is empty", "train", "--resume", "--set", "out=")]
    [InlineData(ExitCodes.Usage, "'data' is empty", "train", "--set", "data=")]
    [InlineData(ExitCodes.Usage, "--network is empty", "sample", "--network", "")]
    [InlineData(ExitCodes.Usage, "DATA is empty", "data", "info", "")]
    [InlineData(ExitCodes.Usage, "Did you mean '--verbose'?", "data", "info", "IMAGES", "--verbos")]
    [InlineData(ExitCodes.Usage, "a whole number or a table", "train", "--set", "minibatch={\"default\": 4, \"default\": 8}")]
    [InlineData(ExitCodes.Usage, "--resolution 96: it must be a power of two from 4 to 1024, or width x height; 64, 128 or 96x96 would do.", "train", "--resolution", "96")]
    [InlineData(ExitCodes.Usage, "--resolution 2048: it must be a power of two from 4 to 1024, or width x height; 1024 or 2048x2048 would do.", "train", "--resolution", "2048")]
    [InlineData(ExitCodes.Usage, "width x height; 64 or 128 would do", "train", "--resolution", "97")]
    [InlineData(ExitCodes.Usage, "width x height; 4 would do", "train", "--resolution", "1")]
    [InlineData(ExitCodes.Usage, "--total-kimg 0 must be above 0", "train", "--total-kimg", "0")]
    [InlineData(ExitCodes.Usage, "--keep -1 must be at least 0", "train", "--keep", "-1")]
    [InlineData(ExitCodes.Usage, "Did you mean 'keep_checkpoints'?", "train", "--set", "keep=3")]
    [InlineData(ExitCodes.Usage, "--metrics: there is no metric 'foo'", "train", "--metrics", "foo")]
    [InlineData(ExitCodes.Usage, "cuda:0,1 or cuda:all", "train", "--device", "gpu")]
    [InlineData(ExitCodes.Usage, "train takes no argument 'photos'. Did you mean --data photos?", "train", "photos")]
    [InlineData(ExitCodes.Usage, "train takes no argument 'b'.\n", "train", "--data", "a", "b")]
    [InlineData(ExitCodes.Usage, "Did you mean --network runs/00000-a?", "sample", "runs/00000-a")]
    [InlineData(ExitCodes.Usage, "Did you mean --run 0?", "pause", "0")]
    [InlineData(ExitCodes.Usage, "timelapse takes no further argument '1'.\n", "timelapse", "0", "1")]
    [InlineData(ExitCodes.Usage, "--listen 0.0.0.0", "train", "--listen", "0.0.0.0", "--dry-run")]
    [InlineData(ExitCodes.DataUnusable, "and its disk mounted?", "train", "--data", "nowhere")]
    [InlineData(ExitCodes.DataUnusable, "fewer than a minibatch of 64", "train", "--data", "IMAGES", "--minibatch", "64")]
    [InlineData(ExitCodes.DataUnusable, "allow_upscale", "train", "--data", "IMAGES", "--resolution", "32")]
    public async Task A_mistake_ends_with_its_code_and_one_or_two_lines_and_creates_nothing(int exit, string says, params string[] args)
    {
        string images = await _folder.ImagesAsync(20, 8);
        string[] filled = [.. args.Select(a => a == "IMAGES" ? images : a)];
        if (filled[0] == "train")
            filled = [.. filled, "--out", _folder["runs"]];
        var (code, _, error) = await CommandLine.RunAsync(filled);
        Assert.Equal(exit, code);
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.InRange(error.TrimEnd().Split('\n').Length, 1, 2);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["runs"]));
    }

    [Theory]
    [InlineData("train", "--preset", "none", "--verbose")]
    [InlineData("--verbose", "--preset", "none")]
    [InlineData("--verbose", "sample", "--network", "nowhere")]
    [InlineData("sample", "--network", "nowhere", "--verbose")]
    [InlineData("data", "info", "fluent-portraits", "--resolution", "5", "--verbose")]
    public async Task Verbose_adds_the_stack_trace(params string[] args)
    {
        var (code, _, error) = await CommandLine.RunAsync(args);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "seed": 1, "seed": 2 }""", "seed")]
    [InlineData("""{ "minibatch": { "default": 4, "8": 4, "8": 8 } }""", "8")]
    [InlineData("""{ "out": "" }""", "'out' is empty")]
    [InlineData("{ \n \"seed\" 1 }", "(line 2)")]
    public async Task A_wrong_configuration_file_says_what_is_wrong(string json, string says)
    {
        await File.WriteAllTextAsync(_folder["config.json"], json, TestContext.Current.CancellationToken);
        var (code, _, error) = await CommandLine.RunAsync("train", "--config", _folder["config.json"], "--dry-run");
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_prints_options_costs_and_the_folder_and_touches_nothing()
    {
        var (code, output, _) = await CommandLine.RunAsync("--dry-run", "--out", _folder["runs"]);
        Assert.Equal(0, code);
        Assert.Contains("\"preset\": \"auto\"", output, StringComparison.Ordinal);
        Assert.Contains("64x64", output, StringComparison.Ordinal);
        Assert.Contains("00000-fluent-portraits-64", output, StringComparison.Ordinal);
        Assert.Contains("s/kimg      phases", output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Set_wins_over_options_options_over_the_file_and_the_file_over_the_preset()
    {
        string config = _folder["config.json"];
        await File.WriteAllTextAsync(
            config, """{ "fmap_max": 8, "latent": 8, "seed": 8, "resolution": 16, "minibatch": { "default": 4, "8": 8 } }""",
            TestContext.Current.CancellationToken);
        var (code, output, _) = await CommandLine.RunAsync(
            "train", "--dry-run", "--config", config, "--latent", "12", "--seed", "12", "--set", "seed=16", "--set", "minibatch.16=12",
            "--set", "train_kimg.8=7", "--set", "fade_kimg.default=3");
        Assert.Equal(0, code);
        string json = output[output.IndexOf('{', StringComparison.Ordinal)..(output.LastIndexOf('}') + 1)];
        using JsonDocument options = JsonDocument.Parse(json);
        int Of(string key) => options.RootElement.GetProperty(key).GetInt32();
        Assert.Equal((8, 12, 16, 16, 512), (Of("fmap_max"), Of("latent"), Of("seed"), Of("resolution"), Of("fmap_base")));
        JsonElement minibatch = options.RootElement.GetProperty("minibatch");
        Assert.Equal((4, 8, 12), (minibatch.GetProperty("default").GetInt32(), minibatch.GetProperty("8").GetInt32(), minibatch.GetProperty("16").GetInt32()));

        // A single phase leaves the others to the preset; a length for all is what the preset fits the rest to.
        JsonElement train = options.RootElement.GetProperty("train_kimg");
        Assert.Equal((24, 7, 3), (train.GetProperty("default").GetDouble(), train.GetProperty("8").GetDouble(), options.RootElement.GetProperty("fade_kimg").GetDouble()));
        Assert.Equal(2 * (24 + 3) + 40 * 27 / 48.0, options.RootElement.GetProperty("total_kimg").GetDouble(), 1e-9);
    }

    [Fact]
    public async Task Help_is_there_on_every_level()
    {
        foreach (string[] args in new string[][] { ["--help"], ["help"], ["help", "data"], ["train", "--help"], ["sample", "--help"], ["data", "info", "--help"], ["doctor", "-h"] })
        {
            var (code, output, _) = await CommandLine.RunAsync(args);
            Assert.Equal(0, code);
            Assert.Contains("Usage:", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Help_names_arguments_and_not_what_completes_them()
    {
        var (_, output, _) = await CommandLine.RunAsync("--help");
        Assert.All(["timelapse <RUN> ", "set <KEY=VALUE> ", "completion <SHELL> "], shown => Assert.Contains(shown, output, StringComparison.Ordinal));
        (_, output, _) = await CommandLine.RunAsync("completion", "--help");
        Assert.Contains("<SHELL>  bash, zsh", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_info_counts_classes_and_names_what_it_refuses()
    {
        string images = await _folder.ImagesAsync(12, 8, classes: 3);
        await File.WriteAllTextAsync(Path.Combine(images, "class0", "broken.png"), "no image", TestContext.Current.CancellationToken);
        var (code, output, _) = await CommandLine.RunAsync("data", "info", images, "--json");
        Assert.Equal(0, code);
        using JsonDocument report = JsonDocument.Parse(output);
        Assert.Equal(12, report.RootElement.GetProperty("usable").GetInt32());
        Assert.Equal([5, 4, 4], report.RootElement.GetProperty("class_counts").EnumerateArray().Select(c => c.GetInt32()));
        Assert.EndsWith("broken.png", report.RootElement.GetProperty("refused")[0].GetProperty("name").GetString(), StringComparison.Ordinal);
        var (_, text, _) = await CommandLine.RunAsync("data", "info", images);
        Assert.Contains("broken.png: ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Transparent_pixels_show_the_background()
    {
        using NetVips.Image clear = NetVips.Image.Black(8, 8, bands: 4).Copy(interpretation: NetVips.Enums.Interpretation.Srgb);
        Directory.CreateDirectory(_folder["clear"]);
        await File.WriteAllBytesAsync(Path.Combine(_folder["clear"], "a.png"), clear.PngsaveBuffer(), TestContext.Current.CancellationToken);
        TrainRequest request = new() { Values = [KeyValuePair.Create("data", _folder["clear"])], Sets = ["background=#204060", "minibatch=1", "device=cpu"] };
        using RunPlan plan = await RunPlan.CreateAsync(request, TestContext.Current.CancellationToken);
        using PixelBuffer image = await plan.Source.ReadAsync(0, TestContext.Current.CancellationToken);
        Assert.Equal([0x20, 0x40, 0x60], [image.Plane(0)[0], image.Plane(1)[0], image.Plane(2)[0]]);
        Assert.Equal(0x204060, plan.Options.ToPipelineOptions().Decode.Background);
        var (code, _, error) = await CommandLine.RunAsync("data", "info", _folder["clear"], "--background", "204060");
        Assert.True(code == 0, error);
        (code, _, _) = await CommandLine.RunAsync("data", "info", _folder["clear"], "--background", "#2040");
        Assert.Equal(ExitCodes.Usage, code);
    }

    [Theory]
    [InlineData(8, 3, 3)]
    [InlineData(8, 100, 64)]
    [InlineData(1024, 10, 7)]
    public void A_conditional_network_shows_a_class_a_row_as_far_as_they_fit(int resolution, int classes, int rows)
    {
        RunOptions options = new RunOptions { Resolution = resolution }.WithSampleRowPerClass(classes);
        options.Validate();
        Assert.Equal(rows, options.SampleRows);
    }

    [Theory]
    [InlineData(2, "Did you mean 'fmap_max'?", "--set", "fmap-mx=4")]
    [InlineData(2, "--fmap-max", "--resolution", "1024", "--fmap-max", "4096", "--fmap-base", "1048576", "--minibatch", "512", "--device", "cpu", "--set", "allow_upscale=true")]
    [InlineData(2, "no file or folder", "--data", "nowhere")]
    [InlineData(2, "unknown", "--device", "tpu")]
    public async Task The_doctor_says_how_to_mend_a_run_that_can_not_be(int exit, string says, params string[] args)
    {
        var (code, output, error) = await CommandLine.RunAsync(["doctor", "--out", _folder["runs"], .. args]);
        Assert.True(code == exit, output + error);
        Assert.Contains("FAIL", output, StringComparison.Ordinal);
        Assert.Contains(says, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_s_findings_are_one_object_of_JSON()
    {
        var (code, output, _) = await CommandLine.RunAsync("doctor", "--json", "--out", _folder["runs"], "--data", "nowhere");
        using JsonDocument report = JsonDocument.Parse(output);
        Assert.Equal((ExitCodes.Usage, false), (code, report.RootElement.GetProperty("ok").GetBoolean()));
        JsonElement[] findings = [.. report.RootElement.GetProperty("findings").EnumerateArray()];
        Assert.Equal(["machine", "libtorch", "image codecs", "convolutions", "data"], findings.Select(f => f.GetProperty("what").GetString()));
        Assert.Equal([true, true, true, true, false], findings.Select(f => f.GetProperty("holds").GetBoolean()));
        Assert.Equal(JsonValueKind.Null, findings[0].GetProperty("mend").ValueKind);
        Assert.Contains("--data", findings[4].GetProperty("mend").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_finds_this_machine_well()
    {
        var (code, output, _) = await CommandLine.RunAsync("doctor", "--out", _folder["runs"]);
        Assert.True(code == 0, output);
        Assert.Contains("libtorch", output, StringComparison.Ordinal);
        Assert.Contains("PNG, JPEG, WebP", output, StringComparison.Ordinal);
        Assert.Contains("memory", output, StringComparison.Ordinal);
    }
}
