using System.Text.Json.Nodes;
using Akka.Actor;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors.Tests;

public sealed class ShutdownTests : TrainingTest
{
    [Fact]
    public void Stopping_saves_and_is_answered_when_all_is_on_disk()
    {
        var setup = NewSetup();
        var (training, probe) = Start(setup);
        Await<TrainingProgressed>(probe);

        Assert.IsType<CommandAccepted>(Ask(training, probe, new StopTraining()));

        var images = StatusOf(training, probe).Progress!.Images;
        Assert.NotEmpty(CheckpointAt(setup.RunDirectory, images));
        Assert.Contains("training_stopped", File.ReadAllText(Path.Combine(setup.RunDirectory, "events.jsonl")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(setup.RunDirectory, "reals.png")));
        Assert.Equal(images, (long)JsonNode.Parse(File.ReadLines(Path.Combine(setup.RunDirectory, "stats.jsonl")).Last())!["images"]!);
    }

    [Fact]
    public async Task A_shutdown_saves_a_checkpoint_in_the_middle_of_a_fade_in()
    {
        var setup = NewSetup();
        Run(setup with { StopAtImages = 104 });
        var (training, probe) = Start(setup with { Resume = true, StartPaused = true });
        Await<TrainingStarted>(probe);
        training.Tell(new ResumeTraining(), probe.Ref);
        Await<TrainingResumed>(probe);

        await CoordinatedShutdown.Get(Sys).Run(CoordinatedShutdown.ClrExitReason.Instance);

        var events = await File.ReadAllLinesAsync(Path.Combine(setup.RunDirectory, "events.jsonl"), Cancel);
        Assert.Contains("training_stopped", events[^1], StringComparison.Ordinal);
        var images = (long)JsonNode.Parse(events[^1])!["images"]!;
        Assert.InRange(images, 104, 159);
        Assert.NotEmpty(CheckpointAt(setup.RunDirectory, images));
    }

    [Fact]
    public void A_source_that_hangs_does_not_hold_the_end_up()
    {
        // The reals and every reader wait in a call that hears of no cancellation.
        using var hangs = new ManualResetEventSlim();
        var source = new WatchedSource(new SyntheticSource(50, 8, 3, 0, 1), (_, _) =>
        {
            hangs.Wait();
            return new IOException("gone");
        });
        var setup = NewSetup() with { Source = source };
        try
        {
            var (training, probe) = Start(setup);
            Await<TrainingStarted>(probe);
            AwaitCondition(() => source.Reads > 1, cancellationToken: Cancel);

            Assert.IsType<CommandAccepted>(Ask(training, probe, new StopTraining()));

            Assert.NotEmpty(CheckpointAt(setup.RunDirectory, 0));
            Stop(training);
        }
        finally
        {
            hangs.Set();
        }
    }

    [Fact]
    public void A_paused_training_ends_and_saves_what_it_has()
    {
        var setup = NewSetup();
        var (training, probe) = Start(setup);
        Await<TrainingProgressed>(probe);
        Assert.IsType<CommandAccepted>(Ask(training, probe, new PauseTraining()));
        var images = StatusOf(training, probe).Progress!.Images;

        Assert.IsType<CommandAccepted>(Ask(training, probe, new StopTraining()));

        Assert.NotEmpty(CheckpointAt(setup.RunDirectory, images));
    }

    [Fact]
    public void A_stop_before_the_trainer_is_built_is_not_lost()
    {
        using var mayBuild = new ManualResetEventSlim();
        var cancel = Cancel;
        var setup = NewSetup() with
        {
            TrainerFactory = () =>
            {
                mayBuild.Wait(cancel);
                return new ProgressiveTrainer(Options, labels: null);
            },
        };
        var (training, probe) = Start(setup);
        training.Tell(new StopTraining(), probe.Ref);
        StatusOf(training, probe);
        mayBuild.Set();
        Assert.IsType<CommandAccepted>(Await<CommandReply>(probe));
        Assert.NotEmpty(CheckpointAt(setup.RunDirectory, 0));
    }
}
