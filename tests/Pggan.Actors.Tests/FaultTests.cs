using Akka.Actor;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors.Tests;

public sealed class FaultTests : TrainingTest
{
    [Fact]
    public void A_bad_image_is_skipped_and_told_once()
    {
        var source = new WatchedSource(new SyntheticSource(50, 8, 3, 0, 1), (_, index) => index == 7 ? new BadImageException("torn") : null);
        var (training, probe) = Start(NewSetup() with { Source = source });

        Assert.Equal(new ImageSkipped(7, "synthetic-7", "torn"), Await<ImageSkipped>(probe));
        Assert.False(probe.FishForMessage(message => message is ImageSkipped or TrainingCompleted, TimeSpan.FromSeconds(60), cancellationToken: Cancel) is ImageSkipped);
        Assert.Equal(1, StatusOf(training, probe).Pipeline!.SkippedImages);
    }

    [Fact]
    public void A_source_that_fails_comes_back_after_a_while_and_no_batch_changes()
    {
        var source = new WatchedSource(new SyntheticSource(50, 8, 3, 0, 1), (read, _) => read is > 60 and < 100 ? new IOException("the disk sighs") : null);
        var stormy = NewSetup() with { Source = source };
        var (_, probe) = Start(stormy);

        Assert.Equal("the disk sighs", Await<PipelineDegraded>(probe).Reason);
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));

        AssertSame(Undisturbed(), CheckpointAt(stormy.RunDirectory, TotalImages));
    }

    [Theory]
    [InlineData("downsampler-0")]
    [InlineData("batcher")]
    [InlineData("reader-0/stage")]
    [InlineData("")]
    public void A_killed_stage_or_pipeline_restarts_and_batches_stay_what_they_would_have_been(string stage)
    {
        var stormy = NewSetup();
        var (training, probe) = Start(stormy);

        Await<TrainingStarted>(probe);
        var killed = Sys.ActorSelection(training.Path / "pipeline" / stage.Split('/'));
        for (var i = 0; i < 2; i++)
        {
            Await<TickCompleted>(probe);
            killed.Tell(Kill.Instance);
        }

        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
        AssertSame(Undisturbed(), CheckpointAt(stormy.RunDirectory, TotalImages));
    }

    [Fact]
    public void A_failed_trainer_resumes_from_the_newest_checkpoint_and_ends_in_the_same_bytes()
    {
        var stormy = NewSetup();
        var (training, probe) = Start(stormy);

        var saved = Await<CheckpointSaved>(probe);
        Sys.ActorSelection(training.Path / "trainer").Tell(Kill.Instance);

        var restarted = Await<TrainerRestarted>(probe);
        Assert.True(restarted.Images >= saved.ImagesSeen);
        Assert.Equal(0, restarted.Images % 32);
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
        AssertSame(Undisturbed(), CheckpointAt(stormy.RunDirectory, TotalImages));
    }

    [Fact]
    public void A_trainer_that_fails_after_its_last_step_takes_nothing_of_the_log_back()
    {
        var setup = NewSetup();
        var (training, probe) = Start(setup);
        Await<TickCompleted>(probe);
        var trainer = Sys.ActorSelection(training.Path / "trainer");
        trainer.Tell(new TrainerRequest(TrainerRequest.None, new StopTraining()));
        trainer.Tell(Kill.Instance);

        var end = Assert.IsType<TrainingStopped>(AwaitEnd(probe));

        Assert.NotEmpty(CheckpointAt(setup.RunDirectory, end.Images));
        Assert.Equal(end.Images, (long)Lines(Path.Combine(setup.RunDirectory, "stats.jsonl"))[^1]["images"]!);
    }

    [Fact]
    public void Settings_changed_by_hand_hold_after_the_trainer_and_the_sampler_fail()
    {
        var setup = NewSetup() with { StartPaused = true };
        var (training, probe) = Start(setup);
        Assert.IsType<CommandAccepted>(Ask(training, probe, new ChangeSettings { CheckpointEveryTicks = 1, SampleSeed = 9 }));
        var first = File.ReadAllBytes(Assert.IsType<CommandAccepted>(Ask(training, probe, new TakeSnapshot())).Message!);
        Sys.ActorSelection(training.Path / "sampler").Tell(Kill.Instance);
        Sys.ActorSelection(training.Path / "trainer").Tell(Kill.Instance);
        Await<TrainerRestarted>(probe);

        var second = Assert.IsType<CommandAccepted>(Ask(training, probe, new TakeSnapshot())).Message!;
        Assert.Equal(first, File.ReadAllBytes(second));
        Ask(training, probe, new ResumeTraining());
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
        Assert.NotEmpty(CheckpointAt(setup.RunDirectory, 64));
    }

    [Fact]
    public void A_pause_survives_the_trainers_failure()
    {
        var (training, probe) = Start(NewSetup());
        Await<TrainingProgressed>(probe);
        Assert.IsType<CommandAccepted>(Ask(training, probe, new PauseTraining()));
        Sys.ActorSelection(training.Path / "trainer").Tell(Kill.Instance);

        var restarted = Await<TrainerRestarted>(probe);
        Assert.Equal(RunState.Paused, StatusOf(training, probe).State);
        Assert.IsType<CommandAccepted>(Ask(training, probe, new SaveCheckpoint()));
        Assert.Equal(restarted.Images, StatusOf(training, probe).Progress!.Images);

        Ask(training, probe, new ResumeTraining());
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
    }

    [Fact]
    public void Commands_to_a_failing_trainer_are_each_answered_once()
    {
        var (training, probe) = Start(NewSetup());
        Await<TrainingStarted>(probe);
        var trainer = Sys.ActorSelection(training.Path / "trainer");
        for (var i = 0; i < 10; i++)
        {
            training.Tell(i % 2 == 0 ? new PauseTraining() : new SaveCheckpoint(), probe.Ref);
            if (i is 3 or 6)
                trainer.Tell(Kill.Instance);
        }

        for (var i = 0; i < 10; i++)
            Await<CommandReply>(probe);

        // The second fault may come before the first restart is through: both are one restart then.
        AwaitCondition(() => StatusOf(training, probe).Restarts.GetValueOrDefault("trainer") >= 1, cancellationToken: Cancel);
        Assert.Equal(RunState.Paused, StatusOf(training, probe).State);
    }

    [Fact]
    public void A_fault_of_the_coordinator_ends_the_run_and_leaves_nobody_waiting()
    {
        using var building = new ManualResetEventSlim();
        using var mayBuild = new ManualResetEventSlim();
        var (clock, cancel) = (new BreakingClock(), Cancel);
        var setup = NewSetup() with
        {
            Time = clock,
            TrainerFactory = () =>
            {
                building.Set();
                mayBuild.Wait(cancel);
                return new ProgressiveTrainer(Options, labels: null);
            },
        };
        var (training, probe) = Start(setup);
        probe.Watch(training);
        building.Wait(cancel);
        training.Tell(new SaveCheckpoint(), probe.Ref);
        training.Tell(new StopTraining(), probe.Ref);
        StatusOf(training, probe);

        clock.BreakOnce();
        training.Tell(new GetStatus(), probe.Ref);

        Assert.Equal(new TrainingFailed("the clock stood still", FailureKind.Defect), AwaitEnd(probe));
        Assert.Equal(new CommandRejected("the clock stood still"), Await<CommandReply>(probe));
        Assert.Equal(new CommandRejected("the training has ended"), Await<CommandReply>(probe));
        mayBuild.Set();
        probe.ExpectTerminated(training, cancellationToken: cancel);
    }

    [Fact]
    public void A_coordinator_stopped_from_outside_leaves_nobody_waiting()
    {
        var (training, probe) = Start(NewSetup() with { StartPaused = true });
        Await<TrainingStarted>(probe);

        training.Tell(Kill.Instance);

        Assert.Equal(FailureKind.Defect, Assert.IsType<TrainingFailed>(AwaitEnd(probe)).Kind);
    }

    [Fact]
    public void A_training_that_diverges_again_and_again_fails()
    {
        // A label loss beyond all numbers leaves neither network a finite gradient, long before the first checkpoint.
        var source = new SyntheticSource(50, 8, 3, classes: 3, seed: 1);
        var options = Options with
        {
            Architecture = Options.Architecture with { LabelSize = 3 },
            LabelWeight = 1e300,
            Schedule = Options.Schedule with { TrainKimg = 10, TotalKimg = 10 },
        };
        var setup = Setup(NewFolder(), options, source) with
        {
            TrainerFactory = () => new ProgressiveTrainer(options, new LabelTable(source.Count, 3, source.CopyLabel)),
        };
        var (training, probe) = Start(setup);

        for (var i = 1; i <= FaultPolicy.Restarts; i++)
            Assert.Equal(i, Await<TrainerRestarted>(probe).Restarts);
        var failed = Assert.IsType<TrainingFailed>(AwaitEnd(probe));

        Assert.Equal(FailureKind.Diverged, failed.Kind);
        Assert.IsType<CommandRejected>(Ask(training, probe, new ResumeTraining()));
        Assert.Equal(RunState.Failed, StatusOf(training, probe).State);
    }

    [Fact]
    public void A_lost_device_ends_the_run_at_once()
    {
        var setup = NewSetup() with { TrainerFactory = () => throw new NativeFault("CUDA error: unspecified launch failure\nException raised from wait at Event.h:9\nframe #0: c10::Error") };

        Assert.Equal(new TrainingFailed("CUDA error: unspecified launch failure", FailureKind.DeviceLost), Run(setup));
    }

    [Fact]
    public void Options_that_do_not_fit_end_the_run_with_their_message()
    {
        var setup = NewSetup() with { TrainerFactory = () => throw new ArgumentException("minibatch 3 is odd") };

        Assert.Equal(new TrainingFailed("minibatch 3 is odd", FailureKind.Configuration), Run(setup));
    }

    [Fact]
    public void A_dataset_smaller_than_a_minibatch_ends_the_run()
    {
        var failed = Assert.IsType<TrainingFailed>(Run(NewSetup() with { Source = new SyntheticSource(5, 8, 3, 0, 1) }));

        Assert.Equal(FailureKind.DataUnusable, failed.Kind);
    }

    [Fact]
    public void A_dataset_that_turns_out_bad_ends_the_run()
    {
        var source = new WatchedSource(new SyntheticSource(50, 8, 3, 0, 1), (_, _) => new BadImageException("noise"));

        var failed = Assert.IsType<TrainingFailed>(Run(NewSetup() with { Source = source }));

        Assert.Equal(FailureKind.DataUnusable, failed.Kind);
    }

    [Fact]
    public void A_log_that_cannot_be_written_does_not_stop_the_training()
    {
        var setup = NewSetup();
        Directory.CreateDirectory(Path.Combine(setup.RunDirectory, "stats.jsonl"));
        var (_, probe) = Start(setup);

        Await<RunLogFailed>(probe);
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
    }

    private sealed class BreakingClock : TimeProvider
    {
        private int _breaks;

        public void BreakOnce() => Volatile.Write(ref _breaks, 1);

        public override long GetTimestamp() =>
            Interlocked.Exchange(ref _breaks, 0) == 1 ? throw new InvalidOperationException("the clock stood still") : base.GetTimestamp();
    }
}
