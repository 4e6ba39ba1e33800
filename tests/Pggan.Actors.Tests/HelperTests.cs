using System.Text.Json.Nodes;
using System.Threading.Channels;
using Akka.Actor;
using Akka.TestKit;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors.Tests;

/// <summary>The actors beside the training: checkpoint, sampler and run log.</summary>
public sealed class HelperTests : TrainingTest
{
    [Fact]
    public void A_sampler_gone_while_the_run_ends_does_not_hold_the_end_up()
    {
        // The reals never arrive, so the sampler is waiting when it is stopped.
        var setup = NewSetup() with { Source = new WatchedSource(new SyntheticSource(50, 8, 3, 0, 1), reach: 0) };
        var (training, probe) = Start(setup);
        Await<TrainingStarted>(probe);
        training.Tell(new StopTraining(), probe.Ref);
        Await<CheckpointSaved>(probe);

        Helper(training, "sampler").Tell(PoisonPill.Instance);

        Assert.IsType<TrainingStopped>(AwaitEnd(probe));
        Assert.IsType<CommandAccepted>(Await<CommandReply>(probe));
    }

    [Fact]
    public void A_training_without_its_sampler_goes_on_and_refuses_pictures()
    {
        var (training, probe) = Start(NewSetup() with { StartPaused = true, SnapshotEveryTicks = 1 });
        Await<TrainingStarted>(probe);
        Helper(training, "sampler").Tell(PoisonPill.Instance);
        Await<SamplesFailed>(probe);

        Assert.Equal(new CommandRejected("the sampler actor has stopped"), Ask(training, probe, new TakeSnapshot()));
        Ask(training, probe, new ResumeTraining());
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
    }

    [Fact]
    public void A_training_without_its_log_starts_and_ends()
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
        StatusOf(training, probe);
        Helper(training, "runlog").Tell(PoisonPill.Instance);
        Await<RunLogFailed>(probe);

        mayBuild.Set();

        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
    }

    [Fact]
    public void A_training_without_its_writer_of_checkpoints_ends()
    {
        var (training, probe) = Start(NewSetup() with { StartPaused = true });
        Await<TrainingStarted>(probe);

        Helper(training, "checkpoint").Tell(PoisonPill.Instance);

        Assert.Equal(new TrainingFailed("the checkpoint actor has stopped", FailureKind.Defect), AwaitEnd(probe));
    }

    [Fact]
    public void A_restart_of_the_writer_loses_no_checkpoint_and_no_answer()
    {
        var probe = CreateTestProbe();
        var folder = NewFolder();
        var writer = probe.ChildActorOf(CheckpointActor.Props(Setup(folder, Options), 0), new OneForOneStrategy(FaultPolicy.ForChild), cancellationToken: Cancel);
        var checkpoint = NewCheckpoint();
        writer.Tell(new WriteCheckpoint(checkpoint, [1], Task.CompletedTask, ActorRefs.Nobody));
        writer.Tell(new WriteCheckpoint(checkpoint, [2], Task.CompletedTask, ActorRefs.Nobody));
        writer.Tell(new WriteCheckpoint(checkpoint, [3], Task.CompletedTask, ActorRefs.Nobody));
        writer.Tell(new FinishWork(), probe.Ref);
        writer.Tell(Kill.Instance);

        for (var request = 1; request <= 3; request++)
            Assert.IsType<CommandAccepted>(Await<Answer>(probe, answer => answer.Id == request).Reply);
        Assert.Null(Await<WorkFinished>(probe).Failure);
        Assert.NotNull(new CheckpointDirectory(Path.Combine(folder, "checkpoints")).Newest((_, reason) => Assert.Fail(reason)));
    }

    [Fact]
    public void A_saved_checkpoint_counts_although_an_old_one_cannot_be_deleted()
    {
        var setup = NewSetup() with { KeepCheckpoints = 1 };
        Run(setup with { StopAtImages = 40 });
        var checkpoints = Path.Combine(setup.RunDirectory, "checkpoints");

        // No file system takes the longer name under which a folder is deleted.
        var old = Path.Combine(checkpoints, new string('0', 250));
        Directory.Move(Path.Combine(checkpoints, "000000"), old);

        Assert.IsType<TrainingCompleted>(Run(setup with { Resume = true }));
        Assert.True(Directory.Exists(old));
        Assert.NotEmpty(CheckpointAt(setup.RunDirectory, TotalImages));
    }

    [Fact]
    public void A_trainer_holds_commands_until_the_log_is_where_its_own_life_stands()
    {
        var parent = CreateTestProbe();
        var (setup, batches) = (NewSetup(), Channel.CreateBounded<ImageBatch>(1));
        var writer = Sys.ActorOf(CheckpointActor.Props(setup, 0));
        var props = TrainerActor.Props(setup, RunSettings.Of(setup).Settings, batches.Reader, new BatchSelector(4, Minibatch, 0), writer, CreateTestProbe().Ref);
        var trainer = parent.ChildActorOf(props, new OneForOneStrategy(FaultPolicy.ForChild), cancellationToken: Cancel);
        var first = Await<TrainerReady>(parent);
        trainer.Tell(Kill.Instance);
        var second = Await<TrainerReady>(parent);

        // The word that the first life waited for comes too late for it.
        trainer.Tell(new BeginLife(first));
        trainer.Tell(new TrainerRequest(1, new PauseTraining()));
        parent.ExpectNoMsg(TimeSpan.FromMilliseconds(200), Cancel);

        trainer.Tell(new BeginLife(second));
        Assert.Equal(new Answer(1, new CommandAccepted()), Await<Answer>(parent));
    }

    [Fact]
    public void Pictures_past_what_the_sampler_can_hold_are_refused_until_it_has_drawn()
    {
        var (trainer, parent, sampler) = StartTrainer(NewSetup(), Channel.CreateBounded<ImageBatch>(1), new BatchSelector(4, Minibatch, 0));
        for (var request = 1; request <= 5; request++)
            trainer.Tell(new TrainerRequest(request, new DrawSamples(3, request)), parent.Ref);

        // The grid of the start and three more.
        foreach (var refused in (long[])[4, 5])
            Assert.Equal(new Answer(refused, new CommandRejected("4 pictures wait to be drawn already")), Await<Answer>(parent));
        Await<DrawOther>(sampler, picture => picture.Request == 3);
        sampler.Reply(PictureEnded.Instance);
        trainer.Tell(new TrainerRequest(6, new TakeSnapshot()), parent.Ref);
        Await<DrawFixedGrid>(sampler, picture => picture.Request == 6);
    }

    [Fact]
    public void A_sampler_that_cannot_keep_up_is_sent_fewer_grids_and_the_last_one()
    {
        var setup = NewSetup() with { SnapshotEveryTicks = 1 };
        var batches = PipelineChannels.CreateBatchChannel(setup.Pipeline);
        var selector = new BatchSelector(4, Minibatch, 0);
        var (trainer, parent, sampler) = StartTrainer(setup, batches, selector);
        using var context = new PipelineContext(setup.Source, setup.Pipeline, selector, onSkipped: null);
        var pipeline = parent.ChildActorOf(PipelineSupervisor.Props(context, batches.Writer, setup), cancellationToken: Cancel);

        trainer.Tell(new TrainerRequest(TrainerRequest.None, new ResumeTraining()), parent.Ref);
        Await<TrainerEnded>(parent);
        Stop(pipeline);

        var drawn = new List<long>();
        while (drawn is not [.., TotalImages])
            drawn.Add(sampler.ExpectMsg<DrawFixedGrid>(cancellationToken: Cancel).Snapshot.Images);
        Assert.Equal([0, 64, 128, 192, TotalImages], drawn);
    }

    [Fact]
    public void A_restart_of_the_log_between_two_ticks_leaves_neither_gap_nor_double()
    {
        var (log, probe, folder) = StartLog();
        for (var tick = 1; tick <= 6; tick++)
        {
            log.Tell(NewTick(tick));
            if (tick % 2 == 0)
                log.Tell(Kill.Instance);
        }

        log.Tell(new FinishWork(), probe.Ref);

        Assert.Null(Await<WorkFinished>(probe).Failure);
        Assert.Equal([1, 2, 3, 4, 5, 6], Lines(Path.Combine(folder, "stats.jsonl")).Select(line => (int)line["tick"]!));
        Assert.Equal([10, 20, 30, 40, 50, 60], TensorBoardSteps(folder));
    }

    [Fact]
    public void A_log_that_could_not_be_written_goes_on_when_it_can_be_without_a_gap()
    {
        var (log, probe, folder) = StartLog();
        log.Tell(NewTick(1));
        log.Tell(new FinishWork(), probe.Ref);
        Await<WorkFinished>(probe);

        // A torn line, as a full disk leaves it behind, and a file that cannot be opened.
        var stats = Path.Combine(folder, "stats.jsonl");
        File.AppendAllText(stats, "{\"tick\": 2, \"ima");
        File.Move(stats, stats + ".aside");
        Directory.CreateDirectory(stats);
        log.Tell(Kill.Instance);
        log.Tell(NewTick(2));
        Await<RunLogFailed>(probe);
        Directory.Delete(stats);
        File.Move(stats + ".aside", stats);
        log.Tell(NewTick(3));
        log.Tell(new FinishWork(), probe.Ref);

        Assert.Null(Await<WorkFinished>(probe).Failure);
        Assert.Equal([1, 2, 3], Lines(stats).Select(line => (int)line["tick"]!));
        Assert.Equal([10, 20, 30], TensorBoardSteps(folder));
    }

    [Fact]
    public void A_sampler_that_fails_while_the_run_waits_for_it_still_answers()
    {
        var setup = NewSetup() with { Source = new WatchedSource(new SyntheticSource(50, 8, 3, 0, 1), reach: 0) };
        var probe = CreateTestProbe();
        var sampler = probe.ChildActorOf(SamplerActor.Props(setup, 1), new OneForOneStrategy(FaultPolicy.ForChild), cancellationToken: Cancel);
        sampler.Tell(new FinishWork(), probe.Ref);
        probe.ExpectNoMsg(TimeSpan.FromMilliseconds(100), Cancel);

        // The next life finds the reals, which this one waits for in vain, drawn.
        File.WriteAllBytes(Path.Combine(setup.RunDirectory, "reals.png"), []);
        sampler.Tell(Kill.Instance);

        Assert.Null(Await<WorkFinished>(probe).Failure);
    }

    [Fact]
    public void A_log_is_rewound_while_it_is_open_and_goes_on()
    {
        var path = Path.Combine(NewFolder(), "stats.jsonl");
        using (var log = JsonLines.Open(path))
        {
            for (var images = 1; images <= 3; images++)
                log.Append(new JsonObject { ["images"] = images });
            Assert.Equal(2, log.Retain(line => (int)line["images"]! <= 2).Count);
            log.Append(new JsonObject { ["images"] = 4 });
        }

        Assert.Equal(["""{"images":1}""", """{"images":2}""", """{"images":4}"""], File.ReadAllLines(path));
    }

    [Fact]
    public void A_log_that_only_loses_its_last_lines_is_cut_off_and_needs_no_room()
    {
        var path = Path.Combine(NewFolder(), "stats.jsonl");
        File.WriteAllText(path, """{"images":1}""" + "\n" + """{"images": 2}""" + "\n" + """{"images":3}""" + "\n" + """{"images":4""");
        using (NoRoomFor(path))
        using (var log = JsonLines.Open(path))
            Assert.Equal([1, 2], log.Retain(line => (int)line["images"]! <= 2).Select(line => (int)line["images"]!));

        Assert.Equal(["""{"images":1}""", """{"images": 2}"""], File.ReadAllLines(path));
    }

    [Fact]
    public void A_log_that_cannot_be_rewritten_goes_on()
    {
        var path = Path.Combine(NewFolder(), "stats.jsonl");
        File.WriteAllText(path, """{"images":3}""" + "\n" + """{"images":1}""" + "\n");
        using (NoRoomFor(path))
        using (var log = JsonLines.Open(path))
        {
            Assert.Throws<IOException>(() => log.Retain(line => (int)line["images"]! <= 2));
            log.Append(new JsonObject { ["images"] = 2 });
        }

        Assert.Equal(["""{"images":3}""", """{"images":1}""", """{"images":2}"""], File.ReadAllLines(path));
    }

    [Fact]
    public void A_disk_that_is_nearly_full_is_told_of_once()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a file system without any room: /proc");
        var probe = CreateTestProbe();
        var writer = probe.ChildActorOf(CheckpointActor.Props(Setup("/proc/no-room", Options), 0), cancellationToken: Cancel);
        for (var request = 1; request <= 2; request++)
            writer.Tell(new WriteCheckpoint(NewCheckpoint(), [request], Task.CompletedTask, ActorRefs.Nobody));

        var low = probe.ExpectMsg<DiskSpaceLow>(cancellationToken: Cancel);
        Assert.Equal((0, CheckpointSize.Of(NewCheckpoint())), (low.FreeBytes, low.NeededBytes));
        for (var request = 1; request <= 2; request++)
        {
            probe.ExpectMsg<CheckpointFailed>(cancellationToken: Cancel);
            probe.ExpectMsg(new Answer(request, new CommandRejected("x")), (expected, told) => expected.Id == told.Id, cancellationToken: Cancel);
        }
    }

    [Fact]
    public void A_trainer_takes_no_second_checkpoint_before_the_first_is_on_disk()
    {
        var setup = NewSetup() with { CheckpointEveryTicks = 1 };
        var batches = PipelineChannels.CreateBatchChannel(setup.Pipeline);
        var selector = new BatchSelector(4, Minibatch, 0);
        var writer = CreateTestProbe();
        var (trainer, parent, _) = StartTrainer(setup, batches, selector, writer);
        using var context = new PipelineContext(setup.Source, setup.Pipeline, selector, onSkipped: null);
        var pipeline = parent.ChildActorOf(PipelineSupervisor.Props(context, batches.Writer, setup), cancellationToken: Cancel);
        trainer.Tell(new TrainerRequest(TrainerRequest.None, new ResumeTraining()), parent.Ref);

        // However long the disk takes, the trainer stands where the next one is due, answers, and goes no further.
        var saved = new List<long>();
        while (saved is not [.., TotalImages])
        {
            var work = writer.ExpectMsg<WriteCheckpoint>(cancellationToken: Cancel);
            saved.Add(work.Checkpoint.State.Progress.Images);
            if (saved is not [_, _])
            {
                work.Trainer.Tell(new CheckpointEnded(saved[^1], Saved: true));
                continue;
            }

            // By a command it is taken at once, and the training goes on when that one is on disk.
            Await<TrainingProgressed>(parent);
            trainer.Tell(new TrainerRequest(7, new SaveCheckpoint()), parent.Ref);
            var ordered = writer.ExpectMsg<WriteCheckpoint>(cancellationToken: Cancel);
            Assert.Equal([7], ordered.Requests);
            Assert.InRange(ordered.Checkpoint.State.Progress.Images, saved[^1], 128);
            work.Trainer.Tell(new CheckpointEnded(work.Checkpoint.State.Progress.Images, Saved: true));
            ordered.Trainer.Tell(new CheckpointEnded(ordered.Checkpoint.State.Progress.Images, Saved: true));
        }

        Stop(pipeline);
        Assert.Equal([64, 96, 128, 160, 192, 256, TotalImages], saved);
    }

    /// <summary>Until disposed, no new file can be written beside a path.</summary>
    private static NoRoom NoRoomFor(string path) => new(Path.GetDirectoryName(path)!);

    private sealed class NoRoom : IDisposable
    {
        private readonly string _folder;

        public NoRoom(string folder)
        {
            _folder = folder;
            Durable.Before += Fail;
        }

        public void Dispose() => Durable.Before -= Fail;

        private void Fail(FileStep step, string path)
        {
            if (path.StartsWith(_folder, StringComparison.Ordinal))
                throw new IOException("No space left on device");
        }
    }

    /// <summary>A trainer whose coordinator, checkpoint writer and sampler are the test's.</summary>
    private (IActorRef Trainer, TestProbe Parent, TestProbe Sampler) StartTrainer(
        TrainingSetup setup, Channel<ImageBatch> batches, BatchSelector selector, TestProbe? checkpoints = null)
    {
        var (parent, sampler) = (CreateTestProbe(), CreateTestProbe());
        var writer = checkpoints?.Ref ?? Sys.ActorOf(CheckpointActor.Props(setup, 0));
        var props = TrainerActor.Props(setup, RunSettings.Of(setup).Settings, batches.Reader, selector, writer, sampler.Ref);
        var trainer = parent.ChildActorOf(props, cancellationToken: Cancel);
        trainer.Tell(new BeginLife(Await<TrainerReady>(parent)));
        return (trainer, parent, sampler);
    }

    private (IActorRef Log, TestProbe Parent, string Folder) StartLog()
    {
        var (folder, probe) = (NewFolder(), CreateTestProbe());
        var log = probe.ChildActorOf(RunLogActor.Props(folder, TimeProvider.System, []), new OneForOneStrategy(FaultPolicy.ForChild), cancellationToken: Cancel);
        log.Tell(new RewindLog(0), probe.Ref);
        Await<LogRewound>(probe);
        return (log, probe, folder);
    }

    private static TickCompleted NewTick(int tick) => new(new TickSummary
    {
        Tick = tick,
        Images = 10 * tick,
        Resolution = 4,
        Alpha = 1,
        Minibatch = 1,
        LossD = 1,
        LossG = 1,
        ScoreReal = 1,
        ScoreFake = 1,
        GradientNorm = 1,
        GradientPenalty = 1,
        LabelLoss = 0,
        GLearningRate = 1,
        DLearningRate = 1,
        ImagesPerSecond = 1,
        SecondsPerTick = 1,
        SecondsPerKimg = 1,
        LoaderWait = 0,
        MemoryBytes = 1,
        SkippedUpdates = 0,
        StaleBatches = 0,
        PhaseKimgLeft = 1,
        TotalKimgLeft = 1,
        SecondsLeftInPhase = null,
        SecondsLeft = null,
    });

    private ActorSelection Helper(IActorRef training, string name) => Sys.ActorSelection(training.Path / name);

    private static Checkpoint NewCheckpoint()
    {
        using var trainer = new ProgressiveTrainer(Options, labels: null);
        return trainer.Capture(0, "digest");
    }
}
