using System.Text.Json.Nodes;
using Pggan.Model;

namespace Pggan.Host.Tests;

/// <summary>The status of a run that is trained elsewhere or no longer.</summary>
[Collection(ReadersOfRuns.Name)]
public sealed class RunStatusTests(SmallRun real) : IDisposable
{
    /// <summary>As docs/http.md lists them.</summary>
    private static readonly string[] Keys =
    [
        "run", "live", "state", "released", "failure", "images", "kimg", "schedule_kimg", "base", "resolution", "alpha", "phase", "total_kimg", "images_per_second", "loss_d",
        "loss_g", "seconds_left_in_phase", "seconds_left", "elapsed", "memory", "phases", "can_grow", "grow_refusal", "settings", "newest_checkpoint", "newest_samples",
        "device", "classes", "class_names", "label_groups", "data", "last_tick", "pipeline", "actors",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_real_run_tells_all_that_it_was()
    {
        JsonObject status = StatusOf(real.Run);
        Assert.Equal(Keys, status.Select(p => p.Key));
        Assert.Equal(("00000-images-16", "completed", false), ((string)status["run"]!, (string)status["state"]!, (bool)status["live"]!));
        Assert.Equal((104, 0.104, 0.104, 0.1), ((int)status["images"]!, (double)status["kimg"]!, (double)status["schedule_kimg"]!, (double)status["total_kimg"]!));
        Assert.Equal((4, 1.0, 0), ((int)status["resolution"]!, (double)status["alpha"]!, (int)status["phase"]!));
        Assert.Equal(["stabilize 4", "fade_in 8", "stabilize 8", "fade_in 16", "stabilize 16"], status["phases"]!.AsArray().Select(p => $"{p!["kind"]} {p["resolution"]}"));
        Assert.Equal((0.2, 0.4), ((double)status["phases"]![1]!["start_kimg"]!, (double)status["phases"]![1]!["end_kimg"]!));
        Assert.Equal(("cpu", 0, 8), ((string)status["device"]!, (int)status["classes"]!, (int)status["settings"]!["minibatch"]!));
        Assert.StartsWith("folder ", (string)status["data"]!, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllLines(Path.Combine(real.Run, RunFile.Stats))[^1], status["last_tick"]!.ToJsonString());
        Assert.True(Directory.Exists(Path.Combine(real.Run, (string)status["newest_checkpoint"]!)));
        Assert.True(File.Exists(Path.Combine(real.Run, (string)status["newest_samples"]! + ".png")));
        Assert.Equal(File.ReadAllText(Path.Combine(real.Run, "checkpoints", "latest")).Trim(), Path.GetFileName((string)status["newest_checkpoint"]!));
    }

    [Theory]
    [InlineData("training_completed", "completed", null)]
    [InlineData("training_stopped", "stopped", null)]
    [InlineData("training_failed", "failed", "the disk is gone")]
    [InlineData("checkpoint_saved", "interrupted", null)]
    public void Its_state_is_how_it_ended(string last, string state, string? failure)
    {
        string events = HandmadeRun.Event("training_stopped") + HandmadeRun.Event("training_started") + HandmadeRun.Event(last, """
            "reason":"the disk is gone"
            """);
        JsonObject status = StatusOf(HandmadeRun.Make(_folder.Path, "00000-x", events: events));
        Assert.Equal((state, failure), ((string)status["state"]!, (string?)status["failure"]));
    }

    [Fact]
    public void While_another_one_holds_its_lock_it_is_trained_elsewhere_and_asking_does_not_disturb_that()
    {
        string run = HandmadeRun.Make(_folder.Path, "00000-x", events: HandmadeRun.Event("training_stopped"));
        using (RunLock held = RunLock.Take(run))
        {
            Assert.Equal("elsewhere", (string)StatusOf(run)["state"]!);
            Assert.Null(RunLock.TryTake(run));
        }
        Assert.Equal("stopped", (string)StatusOf(run)["state"]!);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("{}", false)]
    [InlineData("""{"pid":4194305,"machine":"HERE","started":"2026-01-01T00:00:00Z","token":"t"}""", false)]
    [InlineData("""{"pid":PID,"machine":"HERE","started":"2001-01-01T00:00:00Z","token":"t"}""", false)]
    [InlineData("""{"pid":PID,"machine":"HERE","started":"2100-01-01T00:00:00Z","token":"t"}""", true)]
    [InlineData("""{"pid":1,"machine":"another","started":"2001-01-01T00:00:00Z","token":"t"}""", true)]
    public void A_lock_counts_while_the_process_that_it_names_may_live(string content, bool isHeld)
    {
        string run = HandmadeRun.Make(_folder.Path, "00000-x");
        File.WriteAllText(
            Path.Combine(run, RunLock.FileName), content.Replace("HERE", Environment.MachineName, StringComparison.Ordinal).Replace("PID", $"{Environment.ProcessId}", StringComparison.Ordinal));
        Assert.Equal(isHeld, RunLock.SeemsHeld(run));
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("", "", "")]
    [InlineData("{}", "\0\0\0", "{\"event\":")]
    [InlineData("[1]", "{\"images\":1e999,\"tick\":1}\n", "{\"event\":7}\n[]\n")]
    [InlineData("{\"resolution\":17,\"unknown\":1}", "{\"images\":-5}\n\n\n", "{\"event\":\"\\ud800\"}\n")]
    [InlineData("{\"resolution\":\"big\"}", "{\"images\":\"1\"}\n", "{\"\\udc00\":1}\n")]
    public void Damaged_files_are_never_an_error(string? options, string? stats, string? events)
    {
        string run = HandmadeRun.Make(_folder.Path, "00000-x", options, stats, events);
        File.WriteAllText(Path.Combine(run, "settings.json"), "{\"sample_seed\":\"x\"}");
        Directory.CreateDirectory(Path.Combine(run, "checkpoints", "000012"));
        JsonObject status = StatusOf(run);
        Assert.Equal("interrupted", (string)status["state"]!);
        Assert.Null(status["newest_checkpoint"]);
        Assert.NotEmpty(status.ToJsonString());
    }

    /// <summary>Of a run without a checkpoint, groups are those that it began with; some of too many would mislead.</summary>
    [Theory]
    [InlineData("[2,1]", "[2,1]")]
    [InlineData("[2,-1]", "[2,-1]")]
    [InlineData("[2,2]", "[3]")]
    [InlineData("[2,\"1\"]", "[3]")]
    [InlineData("7", "[3]")]
    [InlineData("null", "[3]")]
    public void Groups_of_labels_are_those_that_it_began_with(string saved, string expected)
    {
        string options = OptionsDocument.Print(new RunOptions { Resolution = 16, Labels = LabelMode.On }, new JsonObject
        {
            ["dataset"] = new JsonObject { ["classes"] = new JsonArray("a", "b", "c"), ["label_groups"] = JsonNode.Parse(saved) },
        });
        Assert.Equal(expected, StatusOf(HandmadeRun.Make(_folder.Path, "00000-x", options))["label_groups"]!.ToJsonString());
        Assert.Empty(StatusJson.OfGroups(1001, new LabelGroups(Enumerable.Repeat(1, 1001))));
    }

    [Fact]
    public void Settings_that_were_changed_by_hand_count()
    {
        string run = HandmadeRun.Make(_folder.Path, "00000-x");
        File.WriteAllText(Path.Combine(run, "settings.json"), """{"keep_checkpoints":9,"sample_seed":77}""");
        JsonNode settings = StatusOf(run)["settings"]!;
        Assert.Equal((9, 77, 1), ((int)settings["keep_checkpoints"]!, (long)settings["sample_seed"]!, (int)settings["snapshot_every_ticks"]!));
        Assert.Equal(160, (double)settings["tick_kimg"]!["4"]!);
        Assert.Equal(12, settings.AsObject().Count);
    }

    /// <summary>As a client reads it.</summary>
    private static JsonObject StatusOf(string run) => JsonNode.Parse(new RunStore(Path.GetDirectoryName(run)!, null, null).StatusOf(run).ToJsonString())!.AsObject();
}
