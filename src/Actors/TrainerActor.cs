using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>Owns the trainer, on a thread of its own, and trains it one step a message.</summary>
// Restoring after a fault: waits until the checkpoints that were handed over are on disk, for the newest may be among them.
// Ready     at each start, after building and restoring: says TrainerReady, and holds commands until the log is where the training is. BeginLife → Paused.
// Paused    ResumeTraining → Training, PauseTraining(Release) → Released.
// Released  the training is in host memory and the device is free. ResumeTraining → Training, by building and restoring.
// Training  Step → one step, then Step again; no batch → one wait, then Step. PauseTraining → Paused.
// Stopping  by StopTraining, or with the schedule done: the last checkpoint is handed over and TrainerEnded told; ignores Step.
// Every other command is carried out between two steps, paused or not, and answered once; Stopping refuses it.
internal sealed class TrainerActor : ReceiveActor, IWithUnboundedStash
{
    private sealed record Step : INoSerializationVerificationNeeded
    {
        public static Step Instance { get; } = new();
    }

    private sealed record BatchReady(CancellationTokenSource Life, bool More) : INoSerializationVerificationNeeded;

    public static Props Props(
        TrainingSetup setup, RunSettings settings, ChannelReader<ImageBatch> batches, BatchSelector selector, IActorRef checkpoints, IActorRef sampler)
    {
        var memory = new TrainerMemory();
        return Akka.Actor.Props.Create(() => new TrainerActor(setup, settings, memory, batches, selector, checkpoints, sampler))
            .WithDispatcher("gpu-dispatcher");
    }

    private readonly TrainingSetup _setup;
    private readonly TrainerMemory _memory;
    private readonly ChannelReader<ImageBatch> _batches;
    private readonly IActorRef _checkpoints;
    private readonly IActorRef _sampler;
    private readonly HeldTraining _training;
    private readonly TickMeter _tick;
    private readonly TrainerLoad _load;
    private readonly TrainerReports _reports;
    private readonly TrainerSaves _saves;
    private readonly TrainerPictures _pictures;
    private readonly TrainerSteps _steps;
    private readonly TrainerCommands _commands;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    // Cancelled with this life of the actor: a wait of an earlier one must not wake this one.
    private readonly CancellationTokenSource _life = new();
    private RunSettings _settings;
    private TrainerReady? _ready;
    private bool _stepIsQueued;

    public TrainerActor(
        TrainingSetup setup, RunSettings settings, TrainerMemory memory, ChannelReader<ImageBatch> batches, BatchSelector selector,
        IActorRef checkpoints, IActorRef sampler)
    {
        _setup = setup;
        _settings = settings;
        _memory = memory;
        _batches = batches;
        _checkpoints = checkpoints;
        _sampler = sampler;
        _training = new HeldTraining(setup, selector);
        _tick = new TickMeter(setup.Time);
        _load = new TrainerLoad(setup.Time);
        _reports = new TrainerReports(_training, _tick, _load, Context.Parent, setup.Time);
        _saves = new TrainerSaves(setup, _training, _reports, checkpoints, Context.Parent, Self);
        _pictures = new TrainerPictures(_training, sampler);
        _steps = new TrainerSteps(_training, _reports, _saves, _pictures, Context.Parent);
        _commands = new TrainerCommands(_training, _saves, _reports, _pictures, memory, Context.Parent);
        Become(Ready);
    }

    /// <summary>Holds commands while there is no trainer.</summary>
    public IStash? Stash { get; set; }

    private void Restoring()
    {
        Common();
        Receive<Step>(_ => { });
        Receive<TrainerRequest>(_ => Stash!.Stash());
        Receive<WritesEnded>(_ =>
        {
            Context.Unwatch(_checkpoints);
            Become(Ready);
            Start(restore: true);
        });
    }

    private void Ready()
    {
        Common();
        Receive<Step>(_ => { });
        Receive<TrainerRequest>(_ => Stash!.Stash());
        Receive<BeginLife>(begin =>
        {
            // An earlier life may have failed while its log was made ready.
            if (!ReferenceEquals(begin.Life, _ready))
                return;
            Become(Paused);
            Stash!.UnstashAll();
        });
    }

    private void Paused()
    {
        Common();
        Receive<Step>(_ => _stepIsQueued = false);
        Receive<TrainerRequest>(request => request.Command is ResumeTraining, Resume);
        Receive<TrainerRequest>(request => request.Command is PauseTraining { Release: true }, Release);
        Receive<TrainerRequest>(request => request.Command is PauseTraining, Accept);
        BetweenSteps();
    }

    private void Released()
    {
        Common();
        Receive<Step>(_ => _stepIsQueued = false);
        Receive<TrainerRequest>(request => request.Command is ResumeTraining, Regain);
        Receive<TrainerRequest>(request => request.Command is PauseTraining, Accept);
        Receive<TrainerRequest>(request => request.Command is SaveCheckpoint, request => _saves.WriteReleased(request.Id));
        Receive<TrainerRequest>(request => request.Command is StopTraining, _ => EndReleased());
        Receive<TrainerRequest>(request => Reply(request, new CommandRejected("the device is released; resume first")));
    }

    private void Training()
    {
        Common();
        Receive<Step>(_ => OnStep());
        Receive<TrainerRequest>(request => request.Command is PauseTraining, Pause);
        Receive<TrainerRequest>(request => request.Command is ResumeTraining, Accept);
        BetweenSteps();
    }

    private void Stopping()
    {
        Common();
        Receive<Step>(_ => _stepIsQueued = false);
        Receive<TrainerRequest>(request => Reply(request, new CommandRejected("the training is ending")));
    }

    private void BetweenSteps()
    {
        Receive<TrainerRequest>(request => request.Command is SaveCheckpoint, request => Save(request.Id));
        Receive<TrainerRequest>(request => request.Command is StopTraining, _ => End());
        Receive<TrainerRequest>(_commands.CarryOut);
    }

    private void Common()
    {
        Receive<BatchReady>(OnBatchReady);
        Receive<ApplySettings>(change => _settings = change.Settings);
        Receive<CheckpointEnded>(OnCheckpointEnded);
        Receive<PictureEnded>(_ => _pictures.End());
    }

    private void OnStep()
    {
        _stepIsQueued = false;
        if (_saves.IsDue)
            _load.Block();
        else if (_training.IsAtEnd)
            End();
        else
            TakeBatch();
    }

    private void TakeBatch()
    {
        _training.Aim();
        if (!_batches.TryRead(out var batch))
        {
            AwaitBatch();
            return;
        }

        using (batch)
        {
            if (_training.IsStale(batch))
            {
                _tick.DiscardStale();
                QueueStep();
                return;
            }

            var started = _setup.Time.GetTimestamp();
            _steps.Take(batch, _settings);
            if (_training.IsAtEnd)
                End();
            else
                QueueStep();
            _load.Worked(started);
        }
    }

    private void QueueStep()
    {
        if (_stepIsQueued)
            return;
        _stepIsQueued = true;
        Self.Tell(Step.Instance);
    }

    private void AwaitBatch()
    {
        if (_load.IsWaiting)
            return;
        _load.BeginWait();
        var life = _life;
        _batches.WaitToReadAsync(life.Token).AsTask().PipeTo(Self, Self, more => new BatchReady(life, more), _ => new BatchReady(life, false));
    }

    private void OnBatchReady(BatchReady ready)
    {
        if (!ReferenceEquals(ready.Life, _life))
            return;
        _tick.Waited(_load.EndWait());
        if (ready.More)
            QueueStep();
    }

    private void Resume(TrainerRequest request)
    {
        Become(Training);
        _tick.Run();
        if (request.Id != TrainerRequest.None)
            Context.Parent.Tell(new TrainingResumed(_training.Images));
        Accept(request);
        if (!_load.IsWaiting)
            QueueStep();
    }

    private void Pause(TrainerRequest request)
    {
        Become(Paused);
        _tick.Pause();
        _reports.Report();
        if (request.Command is PauseTraining { Release: true })
        {
            Release(request);
            return;
        }

        Context.Parent.Tell(new TrainingPaused(_training.Images));
        Accept(request);
    }

    /// <summary>Moves the training into host memory, and writes it too: a paused run may wait for long.</summary>
    private void Release(TrainerRequest request)
    {
        var images = _training.Images;
        _training.Release(Save());
        _sampler.Tell(ReleaseDevice.Instance);
        Become(Released);
        Context.Parent.Tell(new TrainingPaused(images, Released: true));
        Reply(request, new CommandAccepted("the device is free; resume continues"));
    }

    private void Regain(TrainerRequest request)
    {
        if (!_training.TryRegain(out var refusal))
        {
            Reply(request, new CommandRejected(refusal!));
            return;
        }

        Become(Paused);
        Self.Tell(request, Sender);
    }

    private Checkpoint Save(params long[] requests)
    {
        var stepWaits = _saves.IsDue;
        var checkpoint = _saves.Save(requests);
        if (stepWaits)
        {
            _load.Unblock();
            QueueStep();
        }

        return checkpoint;
    }

    private void OnCheckpointEnded(CheckpointEnded ended)
    {
        if (_saves.End(ended))
            Save();
    }

    private void End()
    {
        Become(Stopping);
        if (_saves.IsNeeded)
        {
            Save();
            _pictures.DrawGrid();
        }

        _reports.Report();
        Context.Parent.Tell(new TrainerEnded(_training.Trainer.Completed));
    }

    private void EndReleased()
    {
        Become(Stopping);
        if (_saves.IsNeeded)
            _saves.WriteReleased();
        Context.Parent.Tell(new TrainerEnded(Completed: false));
    }

    private static void Accept(TrainerRequest request) => Reply(request, new CommandAccepted());

    private static void Reply(TrainerRequest request, CommandReply reply) => Context.Parent.Tell(new Answer(request.Id, reply));

    private void Start(bool restore)
    {
        _training.Build();
        var checkpoint = restore ? new RestorePoint(_setup.CheckpointFolder, Context.Parent, _log).Find(_memory.Divergence?.Reason) : null;
        if (checkpoint is null)
            _pictures.DrawGrid();
        else
            Restore(checkpoint);

        // What holds now may be in no checkpoint.
        var rolledBack = _memory.Begin(_training.Trainer);
        if (rolledBack is not null)
            Context.Parent.Tell(rolledBack);
        if (rolledBack is not null || (checkpoint is not null && _saves.IsNeeded))
            Save();

        _steps.Start();
        _saves.StartClock();
        _training.Want();
        _ready = new TrainerReady(_reports.Place(), checkpoint?.State.Progress.Images, _training.Plan);
        Context.Parent.Tell(_ready);
    }

    private void Restore(Checkpoint checkpoint)
    {
        _training.Restore(checkpoint);
        _saves.NeedNone();
        if (_training.HoldChanges(_memory.Changes, out var refusal))
            _saves.Need();
        if (refusal is not null)
            _log.Warning("What was changed by hand does not hold any more: {0}", refusal);
        if (checkpoint.State.DatasetDigest is { } was && was != _setup.Source.Digest)
            Context.Parent.Tell(new DatasetChanged(was, _setup.Source.Digest));
    }

    protected override void PreStart() => Start(_setup.Resume);

    protected override void PreRestart(Exception reason, object message)
    {
        if (message is TrainerRequest request)
            Reply(request, new CommandRejected($"the trainer failed: {FaultPolicy.ReasonOf(reason)}"));
        if (FaultPolicy.Cause(reason) is TrainingDivergedException divergence)
            _memory.Diverged(divergence.Message, _training.Trainer);
        base.PreRestart(reason, message);
    }

    protected override void PostRestart(Exception reason)
    {
        Become(Restoring);
        Context.WatchWith(_checkpoints, WritesEnded.Instance);
        _checkpoints.Tell(AwaitWrites.Instance);
    }

    protected override void PostStop()
    {
        _life.Cancel();
        _training.Dispose();
    }
}
