using System.Text.Json.Nodes;

namespace Pggan.Host.Tests;

/// <summary>The terminal's commands against a real training and its real server.</summary>
public sealed class LiveCommandTests(RunningTraining training) : IClassFixture<RunningTraining>
{
    private const string Name = "00000-tiny";

    [Fact]
    public async Task Status_is_read_by_people_and_by_programs()
    {
        string text = await training.DoneAsync("status");
        Assert.StartsWith($"Run        {Name}, training", text, StringComparison.Ordinal);
        Assert.Contains("images/s on cpu", text, StringComparison.Ordinal);
        JsonObject status = await training.StatusAsync();
        Assert.Equal((Name, "training", true), (status.Text("run"), status.Text("state"), status.Is("live")));
        Assert.Equal(HttpDocument.Fields("Status").Order(), HttpDocument.Fields(status, "settings", "last_tick").Order());
    }

    [Theory]
    [InlineData(ExitCodes.Done, "status")]
    [InlineData(ExitCodes.Done, "pause")]
    [InlineData(ExitCodes.Done, "resume")]
    [InlineData(ExitCodes.Done, "checkpoint")]
    [InlineData(ExitCodes.Done, "snapshot")]
    [InlineData(ExitCodes.Done, "draw", "--count", "1")]
    [InlineData(ExitCodes.Done, "set", "keep_checkpoints=4")]
    [InlineData(ExitCodes.Usage, "set", "keep_checkpoint=4")]
    [InlineData(ExitCodes.Usage, "set", "keep_checkpoints=-4")]
    [InlineData(ExitCodes.Usage, "set", "keep_checkpoints")]
    [InlineData(ExitCodes.Usage, "draw", "--class", "1")]
    [InlineData(ExitCodes.Usage, "status", "--run", "77")]
    public async Task Every_answer_to_a_program_is_one_object(int code, params string[] typed)
    {
        var (exit, output, error) = await training.CommandAsync([.. typed, "--json"]);
        await training.DoneAsync("resume");
        Assert.Equal((code, ""), (exit, error));
        JsonObject answer = JsonNode.Parse(Assert.Single(output.TrimEnd().Split('\n')))!.AsObject();
        Assert.Equal(code == ExitCodes.Usage, answer.Text("error") is not null);
        Assert.Equal(code == ExitCodes.Done && typed[0] != "status", answer.Is("accepted"));
    }

    [Fact]
    public async Task Pause_holds_the_training_and_resume_goes_on()
    {
        Assert.Equal($"{Name}: paused", await training.DoneAsync("pause"));
        double? images = (await training.StatusAsync()).Number("images");
        Assert.StartsWith($"Run        {Name}, paused\n", await training.DoneAsync("status"), StringComparison.Ordinal);
        await training.DoneAsync("pause", "--release");
        Assert.StartsWith($"Run        {Name}, paused (device free)\n", await training.DoneAsync("status"), StringComparison.Ordinal);
        Assert.Equal(images, (await training.StatusAsync()).Number("images"));
        Assert.Equal($"{Name}: goes on", await training.DoneAsync("resume"));
        await training.AwaitAsync(status => status.Number("images") > images);
        Assert.NotEmpty(training.Events("training_paused"));
        Assert.NotEmpty(training.Events("training_resumed"));
    }

    [Fact]
    public async Task Grow_ends_a_stabilise_phase_and_is_refused_while_it_fades_unless_forced()
    {
        Assert.StartsWith($"{Name}: the next resolution comes in", await training.DoneAsync("grow"), StringComparison.Ordinal);
        JsonObject status = await training.AwaitAsync(s => s.Number("phase") == 1);
        Assert.Equal(8, status.Number("resolution"));
        Assert.Matches(@"^pggan: fading in resolution 8; possible at kimg \d+\.\d", await training.RefusedAsync("grow"));
        Assert.Matches(@"^\{""accepted"":false,""error"":""fading in resolution 8; possible at kimg [^""]*""\}\n$", (await training.CommandAsync("grow", "--json")).Output);
        Assert.StartsWith($"{Name}: the fade is complete", await training.DoneAsync("grow", "--force"), StringComparison.Ordinal);
        await training.AwaitAsync(s => s.Number("phase") == 2 && s.Number("alpha") == 1);
        Assert.Equal([true, false], training.Events("growth_ordered").Select(e => e.Is("completed_fade")));
    }

    [Fact]
    public async Task What_is_saved_and_drawn_is_on_disk_when_the_command_ends()
    {
        string checkpoint = (await training.DoneAsync("checkpoint"))[$"{Name}: ".Length..], snapshot = (await training.DoneAsync("snapshot"))[$"{Name}: ".Length..];
        Assert.True(Directory.Exists(checkpoint), checkpoint);
        Assert.True(File.Exists(snapshot), snapshot);
        foreach (string[] which in new string[][] { ["--count", "4", "--seed", "-5"], ["--seeds", "7,8"], ["--seeds", "1-9"] })
        {
            string drawn = await training.DoneAsync(["draw", .. which]);
            Assert.True(File.Exists(drawn), drawn);
            RunSamples samples = new RunStore(training.Runs, null, null).SamplesOf(training.Run);
            Assert.Contains(Path.GetFileNameWithoutExtension(drawn), samples.Drawn.Select(picture => picture.Name));
            Assert.Contains(Path.GetFileNameWithoutExtension(snapshot), samples.Snapshots.Select(picture => picture.Name));
        }
        Assert.Equal("pggan: this network has no classes", await training.RefusedAsync("draw", "--class", "1"));
    }

    [Fact]
    public async Task Settings_change_whole_or_not_at_all()
    {
        await training.DoneAsync("set", "g_learning_rate.16=0.002", "d_learning_rate=0.003", "mirror=on", "snapshot_every_ticks=5");
        JsonObject settings = (await training.StatusAsync()).Object("settings")!;
        Assert.Equal("""{"default":0.001,"16":0.002}""", settings["g_learning_rate"]!.ToJsonString());
        Assert.Equal((0.003, true, 5), (settings.Number("d_learning_rate"), settings.Is("mirror"), settings.Number("snapshot_every_ticks")));
        Assert.NotEmpty(training.Events("settings_changed"));

        // A default leaves the entries, and a number for the table drops them.
        await training.DoneAsync("set", "g_learning_rate.default=0.003");
        settings = (await training.StatusAsync()).Object("settings")!;
        Assert.Equal("""{"default":0.003,"16":0.002}""", settings["g_learning_rate"]!.ToJsonString());
        await training.DoneAsync("set", "g_learning_rate=0.001");
        settings = (await training.StatusAsync()).Object("settings")!;
        Assert.Equal(0.001, settings.Number("g_learning_rate"));
        Assert.Contains("Did you mean 'minibatch'?", await training.RefusedAsync("set", "minibach=8", "mirror=off"), StringComparison.Ordinal);
        Assert.Contains("the dataset has 40 usable images", await training.RefusedAsync("set", "minibatch=400", "mirror=off"), StringComparison.Ordinal);
        Assert.Contains("it must be true or false", await training.RefusedAsync("set", "mirror=perhaps"), StringComparison.Ordinal);
        Assert.Equal(settings.ToJsonString(), (await training.StatusAsync()).Object("settings")!.ToJsonString());
    }

    [Theory]
    [InlineData("watching 00000-tiny, training", "The training of 00000-tiny goes on.", "")]
    [InlineData("\"type\":\"status\"", "}", "pggan: interrupted", "--json")]
    public async Task Watching_ends_and_the_training_goes_on(string seen, string last, string says, params string[] options)
    {
        await training.AwaitAsync(status => status.Text("state") == "training");
        using CancellationTokenSource interrupt = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        interrupt.CancelAfter(TimeSpan.FromMinutes(1));
        await using Tripwire output = new(seen, interrupt);
        var (exit, error) = await CommandLine.RunIntoAsync(["watch", "--out", training.Runs, .. options], output, interrupt.Token);
        Assert.Equal((ExitCodes.Interrupted, says), (exit, error.TrimEnd()));
        string[] lines = output.ToString().TrimEnd().Split('\n');
        Assert.Contains(lines, line => line.Contains(seen, StringComparison.Ordinal));
        Assert.EndsWith(last, lines[^1], StringComparison.Ordinal);
        if (options.Length > 0)
            Assert.All(lines, line => Assert.IsType<JsonObject>(JsonNode.Parse(line)));
        Assert.Equal("training", (await training.StatusAsync()).Text("state"));
    }

    [Fact]
    public async Task Stop_saves_and_ends_and_the_run_that_is_over_keeps_what_was_set()
    {
        await using RunningTraining other = new();
        await other.InitializeAsync();
        await other.DoneAsync("set", "minibatch.16=8", "g_learning_rate=0.002", "train_kimg=500", "fade_kimg.16=7", "mirror=on", "keep_checkpoints=9");
        JsonObject live = await other.StatusAsync();
        Assert.Matches($@"^{Name}: ended at kimg \d+\.\d+$", await other.DoneAsync("stop"));
        var (exit, error) = await other.Process.EndAsync();
        Assert.Equal((ExitCodes.Done, ""), (exit, error));
        Assert.Contains("No training is found", await other.RefusedAsync("status"), StringComparison.Ordinal);
        Assert.StartsWith($"pggan: Nothing trains {Name} at present", await other.RefusedAsync("pause", "--run", "0"), StringComparison.Ordinal);
        Assert.NotEmpty(other.Events("training_stopped"));

        JsonObject over = new RunStore(other.Runs, null, null).StatusOf(other.Run);
        Assert.Equal("stopped", over.Text("state"));
        Assert.Equal(live["settings"]!.ToJsonString(), over["settings"]!.ToJsonString());
        Assert.Equal(live["phases"]!.ToJsonString(), over["phases"]!.ToJsonString());

        // Who goes on with it is told, but for what is given anew.
        (exit, string output, error) = await CommandLine.RunAsync("train", "--resume", other.Run, "--dry-run", "--set", "minibatch.16=4");
        Assert.True(exit == ExitCodes.Done, error);
        string note = Assert.Single(output.Split('\n'), line => line.StartsWith("Note       changed by hand, and still so: g_learning_rate 0.002, ", StringComparison.Ordinal));
        Assert.All([" fade_kimg.16 7,", " mirror true,", " keep_checkpoints 9"], shown => Assert.Contains(shown, note, StringComparison.Ordinal));
        Assert.DoesNotContain("minibatch", note, StringComparison.Ordinal);
        Assert.Contains(" of it left.", output, StringComparison.Ordinal);
    }
}
