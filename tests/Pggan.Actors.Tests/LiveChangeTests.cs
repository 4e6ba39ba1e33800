using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors.Tests;

public sealed class LiveChangeTests : TrainingTest
{
    private static ResolutionChange<T> All<T>(T value)
        where T : struct => new(value, new Dictionary<int, T>());

    [Fact]
    public void A_change_is_told_shown_and_stored_and_a_resumed_run_keeps_it()
    {
        var setup = NewSetup() with { StartPaused = true };
        var (training, probe) = Start(setup);
        var change = new TrainingChange { GLearningRate = All(.25), Minibatch = All(4), Mirror = false };

        training.Tell(new ChangeSettings { SampleSeed = 9, Training = change }, probe.Ref);

        var told = Await<SettingsChanged>(probe);
        Assert.Equal((9, change), (told.Settings.SampleSeed, told.Training));
        Assert.IsType<CommandAccepted>(Await<CommandReply>(probe));
        AssertHolds(StatusOf(training, probe));
        AwaitCondition(() => Directory.Exists(Path.Combine(setup.RunDirectory, "checkpoints", "000000")), cancellationToken: Cancel);
        Stop(training);

        var (resumed, other) = Start(setup with { Resume = true, StartPaused = false });
        Await<TrainingStarted>(other);
        AssertHolds(StatusOf(resumed, other));
        var tick = Await<TickCompleted>(other).Summary;
        Assert.Equal((.25, 4), (tick.GLearningRate, tick.Minibatch));
        Assert.Contains(Lines(Path.Combine(setup.RunDirectory, "events.jsonl")), line =>
            line["event"]!.GetValue<string>() == "settings_changed" && line["training"]!["g_learning_rate"]!["everywhere"]!.GetValue<double>() == .25);

        static void AssertHolds(TrainingStatus status)
        {
            Assert.Equal((.25, 4, false), (status.Plan!.Schedule.GeneratorLearningRate, status.Plan.Schedule.MinibatchBase, status.Plan.Mirror));
            Assert.Equal(9, status.Settings.SampleSeed);
        }
    }

    [Fact]
    public void One_bad_value_refuses_the_whole_change_whoever_it_belongs_to()
    {
        var (training, probe) = Start(NewSetup() with { StartPaused = true });
        var before = StatusAfterStart(training, probe);

        foreach (var (change, reason) in new[]
        {
            (new ChangeSettings { SampleSeed = 9, Training = new TrainingChange { GLearningRate = All(2.0) } }, "learning rate"),
            (new ChangeSettings { KeepCheckpoints = -1, Training = new TrainingChange { GLearningRate = All(.5) } }, "-1"),
            (new ChangeSettings { SampleSeed = 9, Training = new TrainingChange { Minibatch = All(51) } }, "50 usable"),
            (new ChangeSettings { SampleSeed = 9, Training = new TrainingChange { TrainKimg = new(null, new Dictionary<int, double> { [8] = 1 }) } }, "train kimg at 8 px"),
        })
        {
            var refused = Assert.IsType<CommandRejected>(Ask(training, probe, change));
            Assert.Contains(reason, refused.Reason, StringComparison.Ordinal);
        }

        var after = StatusOf(training, probe);
        Assert.Equal((before.Settings, before.Plan!.Schedule), (after.Settings, after.Plan!.Schedule));
    }

    [Fact]
    public void Mirror_minibatch_and_phases_change_in_the_middle_of_a_training()
    {
        var setup = NewSetup();
        var (training, probe) = Start(setup);
        Await<TrainingProgressed>(probe);

        var change = new TrainingChange { Mirror = false, Minibatch = All(4), FadeKimg = All(.04), TickKimg = All(.032) };
        Assert.IsType<CommandAccepted>(Ask(training, probe, new ChangeSettings { Training = change }));

        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
        var state = new CheckpointDirectory(Path.Combine(setup.RunDirectory, "checkpoints")).Newest((_, reason) => Assert.Fail(reason))!.State;
        Assert.Equal((false, 4), (state.Changes!.Mirror, state.Changes.Minibatch!.Everywhere));
        Assert.Equal(.04, state.Changes.FadeKimg!.Everywhere);
    }

    [Fact]
    public void A_forced_growth_completes_the_fade()
    {
        var setup = NewSetup();
        Run(setup with { StopAtImages = 128 });
        var (training, probe) = Start(setup with { Resume = true, StartPaused = true });
        var refused = Assert.IsType<CommandRejected>(Ask(training, probe, new GrowNow()));
        Assert.Contains("force", refused.Reason, StringComparison.Ordinal);

        training.Tell(new GrowNow(Force: true), probe.Ref);

        Assert.Equal(new GrowthOrdered(128, CompletedFade: true), Await<GrowthOrdered>(probe));
        Assert.IsType<CommandAccepted>(Await<CommandReply>(probe));
        Ask(training, probe, new ResumeTraining());
        Assert.Equal(GrowthPhaseKind.Stabilize, Await<PhaseStarted>(probe, phase => phase.Images > 128).Phase.Kind);
        Assert.Equal(new TrainingCompleted(TotalImages - 32), AwaitEnd(probe));
    }

    [Fact]
    public void What_was_set_by_hand_holds_after_a_fault_that_leads_back()
    {
        var setup = NewSetup() with { StartPaused = true };
        var checkpoints = Path.Combine(setup.RunDirectory, "checkpoints");
        var (training, probe) = Start(setup);
        var before = Save(training, probe);
        Assert.IsType<CommandAccepted>(Ask(training, probe, new ChangeSettings { Training = new TrainingChange { DLearningRate = All(.125) } }));
        AwaitCondition(() => Directory.GetDirectories(checkpoints).Length == 2, cancellationToken: Cancel);

        // The state before the change is all that is left.
        Directory.Delete(Directory.GetDirectories(checkpoints).Single(folder => folder != before), recursive: true);
        Sys.ActorSelection(training.Path / "trainer").Tell(Akka.Actor.Kill.Instance);

        Await<TrainerRestarted>(probe);
        Assert.Equal(.125, StatusOf(training, probe).Plan!.Schedule.DiscriminatorLearningRate);
    }

    [Fact]
    public void What_a_start_names_holds_over_what_was_set_before_it_after_a_fault_too()
    {
        var setup = NewSetup() with { StartPaused = true };
        var (training, probe) = Start(setup);
        var change = new TrainingChange { DLearningRate = All(.125), GLearningRate = All(.25), TrainKimg = All(.04) };
        Assert.IsType<CommandAccepted>(Ask(training, probe, new ChangeSettings { Training = change }));
        Assert.IsType<CommandAccepted>(Ask(training, probe, new StopTraining()));
        Stop(training);

        (training, probe) = Start(setup with { Resume = true, GivenSettings = new HashSet<string> { "d_learning_rate", "train_kimg" } });
        AssertHolds(StatusAfterStart(training, probe));
        Sys.ActorSelection(training.Path / "trainer").Tell(Akka.Actor.Kill.Instance);
        Await<TrainerRestarted>(probe);
        AssertHolds(StatusOf(training, probe));

        // A later start that names nothing goes on with what held.
        Assert.IsType<CommandAccepted>(Ask(training, probe, new StopTraining()));
        Stop(training);
        (training, probe) = Start(setup with { Resume = true });
        AssertHolds(StatusAfterStart(training, probe));

        static void AssertHolds(TrainingStatus status)
        {
            var given = Options.Schedule;
            Assert.Equal((given.DiscriminatorLearningRate, .25), (status.Plan!.Schedule.DiscriminatorLearningRate, status.Plan.Schedule.GeneratorLearningRate));
            Assert.Equal(given.TrainKimg * 1000, status.Plan.Phases[0].Images);
        }
    }

    [Fact]
    public void A_change_on_the_heels_of_another_and_a_stop_on_its_own_is_kept()
    {
        var setup = NewSetup() with { StartPaused = true };
        var (training, probe) = Start(setup);
        StatusAfterStart(training, probe);
        foreach (var rate in new[] { .5, .25, .5 })
            training.Tell(new ChangeSettings { Training = new TrainingChange { GLearningRate = All(rate) } }, probe.Ref);
        training.Tell(new StopTraining(), probe.Ref);
        Await<TrainingStopped>(probe);
        Stop(training);

        var (resumed, other) = Start(setup with { Resume = true });
        Assert.Equal(.5, StatusAfterStart(resumed, other).Plan!.Schedule.GeneratorLearningRate);
    }

    [Fact]
    public void A_device_without_room_is_told_and_the_training_stays_released_until_there_is()
    {
        var setup = NewSetup();
        var (lives, isFull) = (0, false);
        var make = setup.TrainerFactory;
        var (training, probe) = Start(setup with
        {
            TrainerFactory = () =>
            {
                lives++;
                return isFull ? throw new NativeFault("CUDA out of memory") : make();
            },
        });
        Await<TrainingProgressed>(probe, progress => progress.Images >= 32);
        Assert.IsType<CommandAccepted>(Ask(training, probe, new PauseTraining(Release: true)));

        isFull = true;
        Assert.Contains("no room", Assert.IsType<CommandRejected>(Ask(training, probe, new ResumeTraining())).Reason, StringComparison.Ordinal);
        var status = StatusOf(training, probe);
        Assert.Equal((RunState.Paused, true), (status.State, status.IsReleased));

        // Nothing of the device is needed for an end.
        Assert.IsType<CommandAccepted>(Ask(training, probe, new StopTraining()));
        Assert.Equal(2, lives);
        Stop(training);
        Assert.IsType<TrainingCompleted>(Run(setup with { Resume = true }));
        AssertSame(Undisturbed(), CheckpointAt(setup.RunDirectory, TotalImages));
    }

    [Fact]
    public void A_released_device_is_regained_to_the_byte()
    {
        var setup = NewSetup();
        var (training, probe) = Start(setup);
        Await<TrainingProgressed>(probe, progress => progress.Images >= 64);

        training.Tell(new PauseTraining(Release: true), probe.Ref);

        var paused = Await<TrainingPaused>(probe);
        Assert.True(paused.Released);
        Assert.IsType<CommandAccepted>(Await<CommandReply>(probe));
        var status = StatusOf(training, probe);
        Assert.Equal((RunState.Paused, true), (status.State, status.IsReleased));
        Assert.Equal("released", status.Actors.Single(actor => actor.Name == "trainer").State);
        Assert.Contains("released", Assert.IsType<CommandRejected>(Ask(training, probe, new GrowNow())).Reason, StringComparison.Ordinal);
        Assert.IsType<CommandRejected>(Ask(training, probe, new TakeSnapshot()));
        Assert.IsType<CommandAccepted>(Ask(training, probe, new PauseTraining()));
        Assert.IsType<CommandAccepted>(Ask(training, probe, new SaveCheckpoint()));

        Assert.IsType<CommandAccepted>(Ask(training, probe, new ResumeTraining()));
        Assert.False(StatusOf(training, probe).IsReleased);
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
        AssertSame(Undisturbed(), CheckpointAt(setup.RunDirectory, TotalImages));
    }

    [Fact]
    public void A_released_training_can_be_stopped()
    {
        var setup = NewSetup();
        var (training, probe) = Start(setup);
        Await<TrainingProgressed>(probe);
        Assert.IsType<CommandAccepted>(Ask(training, probe, new PauseTraining()));
        Assert.IsType<CommandAccepted>(Ask(training, probe, new PauseTraining(Release: true)));
        Assert.IsType<CommandAccepted>(Ask(training, probe, new StopTraining()));
        Stop(training);

        Assert.IsType<TrainingCompleted>(Run(setup with { Resume = true }));
        AssertSame(Undisturbed(), CheckpointAt(setup.RunDirectory, TotalImages));
    }

    [Fact]
    public void A_status_lists_every_actor_with_its_restarts_and_last_error_and_how_full_the_queues_are()
    {
        var (training, probe) = Start(NewSetup() with { StartPaused = true });
        StatusAfterStart(training, probe);
        AwaitAssert(
            () =>
            {
                var status = StatusOf(training, probe);
                Assert.Equal(
                    ["training", "pipeline", "reader-0", "reader-1", "downsampler-0", "batcher", "trainer", "checkpoint", "sampler", "runlog"],
                    status.Actors.Select(actor => actor.Name));
                Assert.All(status.Actors, actor => Assert.Equal(actor.Name is "training" or "trainer" ? "paused" : "running", actor.State));
                Assert.Equal([("pixels", 16), ("pyramids", 16), ("batches", 2)], status.Pipeline!.Queues.Select(queue => (queue.Name, queue.Capacity)));
                Assert.Equal(2, status.Pipeline.Queues[2].Count); // nobody takes them
            },
            cancellationToken: Cancel);

        Sys.ActorSelection(training.Path / "sampler").Tell(Akka.Actor.Kill.Instance);

        AwaitAssert(
            () =>
            {
                var sampler = StatusOf(training, probe).Actors.Single(actor => actor.Name == "sampler");
                Assert.Equal(("running", 1), (sampler.State, sampler.Restarts));
                Assert.NotNull(sampler.LastError);
                Assert.NotNull(sampler.LastErrorAt);
            },
            cancellationToken: Cancel);
    }

    [Fact]
    public void A_grid_of_named_seeds_shows_each_seeds_image()
    {
        var setup = NewSetup() with { StartPaused = true };
        var (training, probe) = Start(setup);
        long[] seeds = [7, 8];
        var both = Assert.IsType<CommandAccepted>(Ask(training, probe, new DrawSamples(2, 0, Seeds: seeds))).Message!;
        var seven = Assert.IsType<CommandAccepted>(Ask(training, probe, new DrawSamples(1, 7))).Message!;
        var eight = Assert.IsType<CommandAccepted>(Ask(training, probe, new DrawSamples(1, 8))).Message!;

        Assert.Equal("samples000000-seeds7_8.png", Path.GetFileName(both));
        using var grid = ImageCodec.Decode(File.ReadAllBytes(both), new DecodeOptions());
        Assert.Equal((16, 8), (grid.Width, grid.Height));
        foreach (var (path, column) in new[] { (seven, 0), (eight, 1) })
        {
            using var one = ImageCodec.Decode(File.ReadAllBytes(path), new DecodeOptions());
            for (var row = 0; row < 8; row++)
                Assert.True(one.Pixels.Slice(row * 8, 8).SequenceEqual(grid.Pixels.Slice(row * 16 + column * 8, 8)));
        }

        Assert.IsType<CommandRejected>(Ask(training, probe, new DrawSamples(3, 0, Seeds: seeds)));
    }

    /// <summary>The folder of a checkpoint that was asked for.</summary>
    private static string Save(Akka.Actor.IActorRef training, Akka.TestKit.TestProbe probe)
    {
        training.Tell(new SaveCheckpoint(), probe.Ref);
        return Await<CheckpointSaved>(probe).Path;
    }

    private static TrainingStatus StatusAfterStart(Akka.Actor.IActorRef training, Akka.TestKit.TestProbe probe)
    {
        Ask(training, probe, new PauseTraining()); // answered once the trainer is there
        return StatusOf(training, probe);
    }
}
