using System.Text.Json.Nodes;
using Pggan.Pipeline;

namespace Pggan.Actors.Tests;

public sealed class ResumeTests : TrainingTest
{
    /// <summary>Steps before the stop: in a stabilise phase, at its end, at the schedule's first reading of the new resolution, in mid-fade, at 8 pixels.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(12)]
    [InlineData(17)]
    [InlineData(31)]
    public void A_stopped_and_resumed_training_ends_in_the_bytes_of_an_unbroken_one(int steps)
    {
        var unbroken = NewSetup();
        Assert.IsType<TrainingCompleted>(Run(unbroken));

        var broken = NewSetup();
        var end = Assert.IsType<TrainingStopped>(Run(broken with { StopAtImages = steps * Minibatch }));
        Assert.Equal(steps * Minibatch, end.Images);
        Assert.IsType<TrainingCompleted>(Run(broken with { Resume = true }));

        AssertSame(CheckpointAt(unbroken.RunDirectory, TotalImages), CheckpointAt(broken.RunDirectory, TotalImages));
    }

    [Fact]
    public void Three_stops_wherever_they_fall_change_nothing()
    {
        var unbroken = NewSetup();
        Assert.IsType<TrainingCompleted>(Run(unbroken));

        var broken = NewSetup();
        File.WriteAllBytes(Path.Combine(broken.RunDirectory, "reals.png"), []);
        for (var i = 0; i < 3; i++)
        {
            // However late the stop comes, the source keeps each life from reaching the end of the training before it.
            var source = new WatchedSource(new SyntheticSource(50, 8, 3, 0, 1), reach: TotalImages / 4);
            var (training, probe) = Start(broken with { Resume = true, Source = source });
            Await<TrainingProgressed>(probe);
            Assert.IsType<CommandAccepted>(Ask(training, probe, new StopTraining()));
            Stop(training);
        }

        Assert.IsType<TrainingCompleted>(Run(broken with { Resume = true }));
        AssertSame(CheckpointAt(unbroken.RunDirectory, TotalImages), CheckpointAt(broken.RunDirectory, TotalImages));
    }

    [Fact]
    public void A_growth_by_hand_survives_a_stop()
    {
        var unbroken = NewSetup() with { StartPaused = true };
        var (first, probe) = Start(unbroken);
        Assert.IsType<CommandAccepted>(Ask(first, probe, new GrowNow()));
        Ask(first, probe, new ResumeTraining());
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));

        var broken = NewSetup() with { StartPaused = true };
        var (second, other) = Start(broken);
        Assert.IsType<CommandAccepted>(Ask(second, other, new GrowNow()));
        Assert.IsType<CommandAccepted>(Ask(second, other, new StopTraining()));
        Stop(second);
        Run(broken with { StartPaused = false, Resume = true });

        AssertSame(CheckpointAt(unbroken.RunDirectory, TotalImages - 80), CheckpointAt(broken.RunDirectory, TotalImages - 80));
    }

    [Fact]
    public void A_resumed_run_logs_each_image_once()
    {
        var setup = NewSetup();
        Run(setup with { StopAtImages = 17 * Minibatch });

        // A killed process leaves lines past the checkpoint and half a line.
        var stats = Path.Combine(setup.RunDirectory, "stats.jsonl");
        var past = JsonNode.Parse(File.ReadLines(stats).Last())!.AsObject();
        past["images"] = 150;
        File.AppendAllText(stats, past.ToJsonString() + "\n{\"kimg\": 0.1");

        Run(setup with { Resume = true });

        var lines = Lines(stats);
        Assert.Equal([64, 96, 128, 136, 160, 192, 256, 320], lines.Select(line => (int)line["images"]!));
        Assert.Equal(Enumerable.Range(1, lines.Count), lines.Select(line => (int)line["tick"]!));
        Assert.Equal(lines.Select(line => (double)line["elapsed"]!).Order(), lines.Select(line => (double)line["elapsed"]!));
        foreach (var name in (string[])["kimg", "resolution", "alpha", "minibatch", "loss_d", "loss_g", "score_real", "score_fake", "gradient_norm",
            "gradient_penalty", "g_lr", "d_lr", "images_per_second", "sec_per_tick", "sec_per_kimg", "loader_wait", "memory"])
            Assert.All(lines, line => Assert.NotNull(line[name]));
    }

    [Fact]
    public void TensorBoards_file_holds_one_event_a_line()
    {
        var setup = NewSetup();
        Run(setup with { StopAtImages = 17 * Minibatch });
        Run(setup with { Resume = true });

        Assert.Equal(Lines(Path.Combine(setup.RunDirectory, "stats.jsonl")).Select(line => (long)line["images"]!), TensorBoardSteps(setup.RunDirectory));
    }

    [Fact]
    public void Resuming_a_finished_run_ends_at_once_and_writes_nothing()
    {
        var setup = NewSetup();
        Run(setup);
        var before = Directory.GetDirectories(Path.Combine(setup.RunDirectory, "checkpoints"));

        Assert.IsType<TrainingCompleted>(Run(setup with { Resume = true }));

        Assert.Equal(before, Directory.GetDirectories(Path.Combine(setup.RunDirectory, "checkpoints")));
    }

    [Fact]
    public void A_damaged_newest_checkpoint_is_passed_over_and_told()
    {
        var setup = NewSetup();
        Run(setup with { StopAtImages = 40 });
        Run(setup with { Resume = true, StopAtImages = 136 });
        var newest = Directory.GetDirectories(Path.Combine(setup.RunDirectory, "checkpoints")).Single(path => path.EndsWith("-136", StringComparison.Ordinal));
        var tensors = Path.Combine(newest, "state.safetensors");
        File.WriteAllBytes(tensors, File.ReadAllBytes(tensors)[..^7]);

        var (_, probe) = Start(setup with { Resume = true });

        Assert.Equal(newest, Await<CheckpointRefused>(probe).Path);
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
    }

    [Fact]
    public void A_run_whose_every_checkpoint_is_damaged_does_not_begin_anew()
    {
        var setup = NewSetup();
        Run(setup with { StopAtImages = 40 });
        foreach (var file in Directory.GetFiles(Path.Combine(setup.RunDirectory, "checkpoints"), "state.safetensors", SearchOption.AllDirectories))
            File.WriteAllBytes(file, File.ReadAllBytes(file)[..^7]);

        var failed = Assert.IsType<TrainingFailed>(Run(setup with { Resume = true }));

        Assert.Equal(FailureKind.Configuration, failed.Kind);
    }

    [Fact]
    public void Another_dataset_is_told()
    {
        var setup = NewSetup();
        Run(setup with { StopAtImages = 40 });

        var (_, probe) = Start(setup with { Resume = true, Source = new SyntheticSource(51, 8, 3, 0, 1) });

        Await<DatasetChanged>(probe);
        AwaitEnd(probe);
    }
}
