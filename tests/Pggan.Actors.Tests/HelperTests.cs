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
        writer.Tell(new WriteCheckpoint(checkpoint, [1]));
        writer.Tell(new WriteCheckpoint(checkpoint, [2]));
        writer.Tell(new WriteCheckpoint(checkpoint, [3]));
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
        Await<TrainerReady>(parent);
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

    /// <summary>A trainer whose coordinator, checkpoint writer and sampler are the test's.</summary>
    private (IActorRef Trainer, TestProbe Parent, TestProbe Sampler) StartTrainer(TrainingSetup setup, Channel<ImageBatch> batches, BatchSelector selector)
    {
        var (parent, sampler) = (CreateTestProbe(), CreateTestProbe());
        var props = TrainerActor.Props(setup, RunSettings.Of(setup).Settings, batches.Reader, selector, CreateTestProbe().Ref, sampler.Ref);
        return (parent.ChildActorOf(props, cancellationToken: Cancel), parent, sampler);
    }

    private ActorSelection Helper(IActorRef training, string name) => Sys.ActorSelection(training.Path / name);

    private static Checkpoint NewCheckpoint()
    {
        using var trainer = new ProgressiveTrainer(Options, labels: null);
        return trainer.Capture(0, "digest");
    }
}
