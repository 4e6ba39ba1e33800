using Akka.Actor;
using Akka.TestKit;
using Pggan.Pipeline;

namespace Pggan.Actors.Tests;

/// <summary>What follows when an actor has used up its restarts.</summary>
public sealed class LimitTests : TrainingTest
{
    [Fact]
    public void Limits_are_three_restarts_an_hour_and_for_a_stage_five_a_minute_unless_told()
    {
        var limits = NewSetup().Limits;

        Assert.Equal((3, TimeSpan.FromHours(1)), (limits.Restarts, limits.RestartWindow));
        Assert.Equal((5, TimeSpan.FromMinutes(1)), (limits.StageRestarts, limits.StageRestartWindow));
    }

    [Theory]
    [InlineData("batcher", 0)]
    [InlineData("batcher", 1)]
    [InlineData("downsampler-0", 1)]
    [InlineData("reader-1", 1)]
    public void A_stage_past_its_limit_and_none_at_it_takes_the_pipeline_into_a_restart_and_no_batch_changes(string stage, int past)
    {
        var setup = NewSetup() with { StartPaused = true };
        var (training, probe) = Start(setup);
        AwaitCondition(() => StatusOf(training, probe).Pipeline?.Stages.Any(item => item is { Name: "batcher", Items: > 0 }) ?? false, cancellationToken: Cancel);
        var killed = Sys.ActorSelection(training.Path / "pipeline" / stage);
        for (var i = 0; i < setup.Limits.StageRestarts + past; i++)
            killed.Tell(Kill.Instance);
        if (past > 0)
            Await<PipelineDegraded>(probe, degraded => degraded.Stage == "pipeline");

        Ask(training, probe, new ResumeTraining());
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
        Assert.Equal(past, StatusOf(training, probe).Restarts.GetValueOrDefault("pipeline"));
        AssertSame(Undisturbed(), CheckpointAt(setup.RunDirectory, TotalImages));
    }

    [Fact]
    public void A_pipeline_past_its_limit_ends_the_run_saved_and_a_resume_ends_in_the_same_bytes()
    {
        // The source hangs in the middle of the training, so that it is there that the pipeline dies.
        var setup = NewSetup();
        File.WriteAllBytes(Path.Combine(setup.RunDirectory, "reals.png"), []);
        var (training, probe) = Start(setup with { Source = new WatchedSource(new SyntheticSource(50, 8, 3, 0, 1), reach: 150) });
        Await<TickCompleted>(probe);
        Exhaust<PipelineDegraded>(training, probe, "pipeline", degraded => degraded.Stage == "pipeline");

        var failed = Assert.IsType<TrainingFailed>(AwaitEnd(probe));
        Assert.Equal(FailureKind.Defect, failed.Kind);
        var images = StatusOf(training, probe).Progress!.Images;
        Assert.InRange(images, 64, 150);
        Assert.NotEmpty(CheckpointAt(setup.RunDirectory, images));
        Stop(training);

        Assert.IsType<TrainingCompleted>(Run(setup with { Resume = true }));
        AssertSame(Undisturbed(), CheckpointAt(setup.RunDirectory, TotalImages));
    }

    [Fact]
    public void A_trainer_past_its_limit_ends_the_run_and_a_resume_ends_in_the_same_bytes()
    {
        var setup = NewSetup();
        File.WriteAllBytes(Path.Combine(setup.RunDirectory, "reals.png"), []);
        var (training, probe) = Start(setup with { Source = new WatchedSource(new SyntheticSource(50, 8, 3, 0, 1), reach: 200) });
        Await<TickCompleted>(probe);
        Exhaust<TrainerRestarted>(training, probe, "trainer", _ => true);

        var failed = Assert.IsType<TrainingFailed>(AwaitEnd(probe));
        Assert.Equal(FailureKind.Defect, failed.Kind);
        Assert.Equal(new CommandRejected("the training has ended"), Ask(training, probe, new ResumeTraining()));
        Stop(training);

        Assert.IsType<TrainingCompleted>(Run(setup with { Resume = true }));
        AssertSame(Undisturbed(), CheckpointAt(setup.RunDirectory, TotalImages));
    }

    [Theory]
    [InlineData("sampler")]
    [InlineData("runlog")]
    public void A_sampler_or_log_past_its_limit_is_told_and_the_training_goes_on(string helper)
    {
        var setup = NewSetup() with { StartPaused = true };
        var (training, probe) = Start(setup);
        Await<TrainingStarted>(probe);
        for (var i = 0; i <= setup.Limits.Restarts; i++)
            Sys.ActorSelection(training.Path / helper).Tell(Kill.Instance);

        var told = probe.FishForMessage(message => message is SamplesFailed or RunLogFailed, TimeSpan.FromSeconds(30), cancellationToken: Cancel);
        Assert.Equal(helper, told is SamplesFailed ? "sampler" : "runlog");
        Ask(training, probe, new ResumeTraining());
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
        AssertSame(Undisturbed(), CheckpointAt(setup.RunDirectory, TotalImages));
    }

    [Fact]
    public void A_writer_of_checkpoints_past_its_limit_ends_the_run()
    {
        var setup = NewSetup() with { StartPaused = true };
        var (training, probe) = Start(setup);
        Await<TrainingStarted>(probe);
        for (var i = 0; i <= setup.Limits.Restarts; i++)
            Sys.ActorSelection(training.Path / "checkpoint").Tell(Kill.Instance);

        Assert.Equal(new TrainingFailed("the checkpoint actor has stopped", FailureKind.Defect), AwaitEnd(probe));
    }

    /// <summary>Kills an actor once more than it may restart; each restart but the last is awaited.</summary>
    private void Exhaust<TRestart>(IActorRef training, TestProbe probe, string actor, Predicate<TRestart> restarted)
    {
        for (var i = 0; i <= new FaultLimits().Restarts; i++)
        {
            Sys.ActorSelection(training.Path / actor).Tell(Kill.Instance);
            if (i < new FaultLimits().Restarts)
                Await(probe, restarted);
        }
    }
}
