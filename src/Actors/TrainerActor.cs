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

    /// <summary>A live line is read by eyes.</summary>
    private static readonly TimeSpan ReportEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>A trim takes some 100 ms, which is less than 1 % of this.</summary>
    private static readonly TimeSpan TrimEvery = TimeSpan.FromSeconds(15);

    /// <summary>Most pictures on their way to the sampler: each carries a whole network.</summary>
    private const int MostPictures = 4;

    /// <summary>What outlives a restart.</summary>
    internal sealed class Memory
    {
        public int Rollbacks { get; set; }

        /// <summary>Why and where training diverged, until the next life has gone back from there.</summary>
        public (string Reason, long Images)? Divergence { get; set; }

        /// <summary>What was changed by hand so far; going back to an older checkpoint does not undo it. Null before the first life began.</summary>
        public TrainingChange? Changes { get; set; }
    }

    private readonly TrainingSetup _setup;
    private readonly Memory _memory;
    private readonly ChannelReader<ImageBatch> _batches;
    private readonly BatchSelector _selector;
    private readonly IActorRef _checkpoints;
    private readonly IActorRef _sampler;
    private readonly TickMeter _tick;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    // Cancelled with this life of the actor: a wait of an earlier one must not wake this one.
    private readonly CancellationTokenSource _life = new();
    private RunSettings _settings;
    private ProgressiveTrainer? _trainer;
    private Checkpoint? _released;
    private long _position;
    private (GrowthPhaseKind, int) _phase;
    private bool _unsaved = true;
    private long? _saving;
    private bool _saveIsDue;
    private bool _stepIsQueued;
    private long? _waitingSince;
    private long _savedAt;
    private long _reportedAt;
    private long _trimmedAt;
    private int _pictures;
    private long _steps;
    private double _busy;
    private double _waited;
    private double _blocked;
    private long _blockedSince;

    public TrainerActor(
        TrainingSetup setup, RunSettings settings, Memory memory, ChannelReader<ImageBatch> batches, BatchSelector selector, IActorRef checkpoints,
        IActorRef sampler)
    {
        _setup = setup;
        _memory = memory;
        _settings = settings;
        _batches = batches;
        _selector = selector;
        _checkpoints = checkpoints;
        _sampler = sampler;
        _tick = new TickMeter(setup.Time);
        Become(Ready);
    }

    private ProgressiveTrainer Trainer => _trainer ?? throw new InvalidOperationException("the trainer is not built");

    /// <summary>Holds commands while there is no trainer.</summary>
    public IStash? Stash { get; set; }

    public static Props Props(
        TrainingSetup setup, RunSettings settings, ChannelReader<ImageBatch> batches, BatchSelector selector, IActorRef checkpoints, IActorRef sampler)
    {
        var memory = new Memory();
        return Akka.Actor.Props.Create(() => new TrainerActor(setup, settings, memory, batches, selector, checkpoints, sampler))
            .WithDispatcher("gpu-dispatcher");
    }

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
        Receive<BeginLife>(_ =>
        {
            Become(Paused);
            Stash!.UnstashAll();
        });
    }

    private void Paused()
    {
        Common();
        Receive<Step>(_ => _stepIsQueued = false);
        Receive<TrainerRequest>(request =>
        {
            switch (request.Command)
            {
                case ResumeTraining:
                    Become(Training);
                    _tick.Run();
                    if (request.Id != TrainerRequest.None)
                        Context.Parent.Tell(new TrainingResumed(Trainer.Progress.Images));
                    Accept(request);
                    if (_waitingSince is null)
                        QueueStep();
                    break;
                case PauseTraining { Release: true }:
                    Release(request);
                    break;
                case PauseTraining:
                    Accept(request);
                    break;
                default:
                    OnRequest(request);
                    break;
            }
        });
    }

    private void Released()
    {
        Common();
        Receive<Step>(_ => _stepIsQueued = false);
        Receive<TrainerRequest>(request =>
        {
            switch (request.Command)
            {
                case ResumeTraining when !TryRegain(out var refusal):
                    Reply(request, new CommandRejected(refusal!));
                    break;
                case ResumeTraining:
                    Become(Paused);
                    Self.Tell(request, Sender);
                    break;
                case StopTraining:
                    EndReleased();
                    break;
                case PauseTraining:
                    Accept(request);
                    break;
                case SaveCheckpoint:
                    _checkpoints.Tell(new WriteCheckpoint(_released!, [request.Id], Task.CompletedTask, Self));
                    break;
                default:
                    Reply(request, new CommandRejected("the device is released; resume first"));
                    break;
            }
        });
    }

    private void Training()
    {
        Common();
        Receive<Step>(_ => OnStep());
        Receive<TrainerRequest>(request =>
        {
            switch (request.Command)
            {
                case PauseTraining pause:
                    Become(Paused);
                    _tick.Pause();
                    Report();
                    if (pause.Release)
                    {
                        Release(request);
                        break;
                    }

                    Context.Parent.Tell(new TrainingPaused(Trainer.Progress.Images));
                    Accept(request);
                    break;
                case ResumeTraining:
                    Accept(request);
                    break;
                default:
                    OnRequest(request);
                    break;
            }
        });
    }

    private void Stopping()
    {
        Common();
        Receive<Step>(_ => _stepIsQueued = false);
        Receive<TrainerRequest>(request => Reply(request, new CommandRejected("the training is ending")));
    }

    private void Common()
    {
        Receive<BatchReady>(OnBatchReady);
        Receive<ApplySettings>(change => _settings = change.Settings);
        Receive<CheckpointEnded>(OnCheckpointEnded);

        // Those that an earlier life of the actor asked for end too.
        Receive<PictureEnded>(_ => _pictures = Math.Max(0, _pictures - 1));
    }

    private void OnStep()
    {
        _stepIsQueued = false;
        if (_saveIsDue)
        {
            _blockedSince = _setup.Time.GetTimestamp();
            return;
        }

        if (Trainer.Completed || IsAtStop)
        {
            End();
            return;
        }

        Aim();
        if (!_batches.TryRead(out var batch))
        {
            AwaitBatch();
            return;
        }

        using (batch)
        {
            if (batch.Generation == _selector.Current.Generation)
            {
                var started = _setup.Time.GetTimestamp();
                Train(batch);
                _busy += _setup.Time.GetElapsedTime(started).TotalSeconds;
                return;
            }
        }

        _tick.DiscardStale();
        QueueStep();
    }

    /// <summary>Its length may be changed by hand, and it is the same one all the same.</summary>
    private (GrowthPhaseKind Kind, int Resolution) Phase => (Trainer.Point.Phase.Kind, Trainer.Point.Phase.Resolution);

    private bool IsAtStop => Trainer.Progress.Images >= _setup.StopAtImages;

    /// <summary>Asks for other batches when the next step needs others, from where training stands.</summary>
    private void Aim()
    {
        var (point, wanted) = (Trainer.Point, _selector.Current);
        if (wanted.Resolution != point.Stage.Resolution || wanted.Count != point.Minibatch || wanted.Mirror != Trainer.Changes.Mirror)
            _selector.Want(point.Stage.Resolution, point.Minibatch, _position, Trainer.Changes.Mirror);
    }

    private void Train(ImageBatch batch)
    {
        var (before, at) = (Trainer.Progress.Images, Trainer.Point);
        var labels = Trainer.Options.Architecture.LabelSize > 0 ? batch.Labels : []; // a labelled dataset may train an unconditional network
        var step = Trainer.Step(batch.Pixels, labels);
        _tick.Add(step);
        _steps++;
        if (step.MicroBatchReduced is { } reason)
            Context.Parent.Tell(new MicroBatchReduced(step.Stage.Resolution, step.Minibatch, step.MicroBatch, reason));
        _position = batch.NextPosition;
        _unsaved = true;
        if (_setup.Time.GetElapsedTime(_reportedAt) >= ReportEvery)
            Report();

        // A phase that ends gets a checkpoint. A growth by hand ends one between two steps.
        var phaseEnded = Phase != _phase;
        _phase = Phase;
        if (phaseEnded)
            Context.Parent.Tell(new PhaseStarted(Trainer.Point.Phase, Trainer.Progress.Images));
        if (Trainer.Completed || IsAtStop)
        {
            End();
            return;
        }

        // Ticks and what goes by them happen at round counts of images, so that a resumed run has them where an unbroken one has them.
        if (phaseEnded || Passes(_settings.CheckpointEveryTicks) || IsTimeToSave)
            SaveWhenDue();
        else if (Passes(1))
            CompleteTick();
        if (Passes(_settings.SnapshotEveryTicks) && _pictures < MostPictures)
            Draw(new DrawFixedGrid(Trainer.CaptureGenerator(), TrainerRequest.None));
        QueueStep();

        bool Passes(int ticks)
        {
            var every = ticks * at.TickKimg * 1000;
            return ticks > 0 && Math.Floor(Trainer.Progress.Images / every) > Math.Floor(before / every);
        }
    }

    private bool IsTimeToSave =>
        _settings.CheckpointEveryMinutes > 0 && _setup.Time.GetElapsedTime(_savedAt).TotalMinutes >= _settings.CheckpointEveryMinutes;

    private void OnRequest(TrainerRequest request)
    {
        switch (request.Command)
        {
            case GrowNow grow:
                Grow(request, grow.Force);
                break;
            case ChangeSettings { Training: { } change }:
                Change(request, change);
                break;
            case SaveCheckpoint:
                Save(request.Id);
                break;
            case TakeSnapshot or DrawSamples when _pictures >= MostPictures:
                Reply(request, new CommandRejected($"{MostPictures} pictures wait to be drawn already"));
                break;
            case TakeSnapshot:
                Draw(new DrawFixedGrid(Trainer.CaptureGenerator(), request.Id));
                break;
            case DrawSamples wish:
                Draw(new DrawOther(Trainer.CaptureGenerator(), wish, request.Id));
                break;
            case StopTraining:
                End();
                break;
            default:
                Reply(request, new CommandRejected($"the trainer does not know {request.Command.GetType().Name}"));
                break;
        }
    }

    private void Grow(TrainerRequest request, bool force)
    {
        var fading = Trainer.Schedule.At(Trainer.Progress.ScheduleImages).Phase.Kind == GrowthPhaseKind.FadeIn;
        if (!Trainer.TryGrow(out var refusal, force))
        {
            Reply(request, new CommandRejected(fading && !force ? $"{refusal}; to complete the fade now, force it" : refusal!));
            return;
        }

        _unsaved = true;
        Report();
        Context.Parent.Tell(new GrowthOrdered(Trainer.Progress.Images, fading));
        Reply(request, new CommandAccepted(
            fading ? "the fade is complete with the next group of steps" : "the next resolution comes in with the next group of steps"));
    }

    /// <summary>A change is saved at once: what a person has set must not be lost with the images since the last checkpoint.</summary>
    private void Change(TrainerRequest request, TrainingChange change)
    {
        if (!Trainer.TryChange(change, out var refusal))
        {
            Reply(request, new CommandRejected(refusal!));
            return;
        }

        _memory.Changes = Trainer.Changes;
        _unsaved = true;
        Report();
        SaveWhenDue();
        Context.Parent.Tell(new Answer(request.Id, new CommandAccepted("from the next step on"), Plan()));
    }

    private TrainingPlan Plan() => new(
        Trainer.Options.Schedule, Trainer.Schedule.Phases, Trainer.Changes.Mirror ?? _setup.Pipeline.Mirror);

    /// <summary>Moves the training into host memory, and writes it too: a paused run may wait for long.</summary>
    private void Release(TrainerRequest request)
    {
        _released = Save(TrainerRequest.None);
        _trainer!.Dispose();
        _trainer = null;
        HostMemory.Trim();
        DeviceMemory.GiveBack(_setup.Device);
        _sampler.Tell(ReleaseDevice.Instance);
        Become(Released);
        Context.Parent.Tell(new TrainingPaused(_released.State.Progress.Images, Released: true));
        Reply(request, new CommandAccepted("the device is free; resume continues"));
    }

    /// <summary>Others may use the device meanwhile, and more of it than is left for the training.</summary>
    private bool TryRegain(out string? refusal)
    {
        refusal = null;
        try
        {
            _trainer = _setup.TrainerFactory();
            _trainer.Restore(_released!);
            _released = null;
            return true;
        }
        catch (Exception fault) when (MemoryShortage.Is(fault))
        {
            _trainer?.Dispose();
            _trainer = null;
            DeviceMemory.GiveBack(_setup.Device);
            refusal = $"the device has no room for the training: {FaultPolicy.ReasonOf(fault)}; resume again when it has";
            return false;
        }
    }

    /// <summary>What is in host memory needs no device to be written.</summary>
    private void EndReleased()
    {
        Become(Stopping);
        if (_unsaved)
            _checkpoints.Tell(new WriteCheckpoint(_released!, [], Task.CompletedTask, Self));
        Context.Parent.Tell(new TrainerEnded(Completed: false));
    }

    /// <summary>
    /// Copies the training, which is all that the trainer stands still for. A checkpoint ends the tick: a resumed run begins a new one, so each
    /// step is in exactly one line of stats.jsonl, whenever a run is stopped.
    /// </summary>
    private Checkpoint Save(long request)
    {
        CompleteTick();
        var logged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var checkpoint = Trainer.Capture(_position, _setup.Source.Digest);
        Context.Parent.Tell(new LogMark(logged, _setup.WeightHistograms ? checkpoint : null));
        _checkpoints.Tell(new WriteCheckpoint(checkpoint, request == TrainerRequest.None ? [] : [request], logged.Task, Self));
        _saving = Trainer.Progress.Images;
        _savedAt = _setup.Time.GetTimestamp();
        _unsaved = false;
        if (_saveIsDue)
        {
            _saveIsDue = false;
            if (_blockedSince > 0)
                _blocked += _setup.Time.GetElapsedTime(_blockedSince).TotalSeconds;
            _blockedSince = 0;
            QueueStep();
        }

        return checkpoint;
    }

    /// <summary>
    /// On a disk that is slower than the interval the trainer waits for it, so that a killed run goes back by no more than an interval of what it
    /// has told.
    /// </summary>
    private void SaveWhenDue()
    {
        if (_saving is null)
            Save(TrainerRequest.None);
        else
            _saveIsDue = true;
    }

    private void OnCheckpointEnded(CheckpointEnded ended)
    {
        // What is not on disk is saved at the end again.
        _unsaved |= !ended.Saved;
        if (ended.Images < _saving)
            return;
        _saving = null;
        if (_saveIsDue)
            Save(TrainerRequest.None);
    }

    private void Draw(INoSerializationVerificationNeeded picture)
    {
        _pictures++;
        _sampler.Tell(picture);
    }

    private void CompleteTick()
    {
        if (!_tick.IsEmpty)
            Context.Parent.Tell(new TickCompleted(_tick.Complete(Trainer.Point, Trainer.Progress, Trainer.Schedule.TotalImages)));
        if (_setup.Time.GetElapsedTime(_trimmedAt) < TrimEvery)
            return;
        HostMemory.Trim();
        _trimmedAt = _setup.Time.GetTimestamp();
    }

    private void End()
    {
        Become(Stopping);
        if (_unsaved)
        {
            Save(TrainerRequest.None);
            Draw(new DrawFixedGrid(Trainer.CaptureGenerator(), TrainerRequest.None));
        }

        Report();
        Context.Parent.Tell(new TrainerEnded(Trainer.Completed));
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
        if (_waitingSince is not null)
            return;
        _waitingSince = _setup.Time.GetTimestamp();
        var life = _life;
        _batches.WaitToReadAsync(life.Token).AsTask().PipeTo(Self, Self, more => new BatchReady(life, more), _ => new BatchReady(life, false));
    }

    private void OnBatchReady(BatchReady ready)
    {
        if (!ReferenceEquals(ready.Life, _life) || _waitingSince is not { } since)
            return;
        _waitingSince = null;
        var waited = _setup.Time.GetElapsedTime(since).TotalSeconds;
        _tick.Waited(waited);
        _waited += waited;
        if (ready.More)
            QueueStep();
    }

    private void Report()
    {
        _reportedAt = _setup.Time.GetTimestamp();
        Context.Parent.Tell(Place());
    }

    private TrainingProgressed Place() => new(
        Trainer.Progress, Trainer.Point.Stage, Trainer.Point.Phase, _tick.LastLossD, _tick.LastLossG, _tick.ImagesPerSecond)
    {
        Load = new StageSnapshot("trainer", _steps, _busy, _waited, _blocked),
    };

    private static void Accept(TrainerRequest request) => Reply(request, new CommandAccepted());

    private static void Reply(TrainerRequest request, CommandReply reply) => Context.Parent.Tell(new Answer(request.Id, reply));

    private void Start(bool restore)
    {
        _trainer = _setup.TrainerFactory();
        var checkpoint = restore ? ToContinueFrom() : null;
        if (checkpoint is not null)
        {
            _trainer.Restore(checkpoint);
            _position = checkpoint.State.DataPosition;
            _unsaved = false;
            HoldChanges(_trainer);
            if (checkpoint.State.DatasetDigest is { } was && was != _setup.Source.Digest)
                Context.Parent.Tell(new DatasetChanged(was, _setup.Source.Digest));
        }
        else
        {
            Draw(new DrawFixedGrid(_trainer.CaptureGenerator(), TrainerRequest.None));
        }

        _memory.Changes = _trainer.Changes;

        // Noise that led into a divergence is not drawn again, by this process nor by a later one.
        _trainer.Rollbacks = Math.Max(_trainer.Rollbacks, _memory.Rollbacks);
        if (_memory.Divergence is { } divergence)
        {
            _memory.Divergence = null;
            Context.Parent.Tell(new TrainingRolledBack(divergence.Reason, divergence.Images, _trainer.Progress.Images, _trainer.Rollbacks));
            Save(TrainerRequest.None);
        }
        else if (checkpoint is not null && _unsaved)
        {
            // What holds now is in no checkpoint.
            Save(TrainerRequest.None);
        }

        _phase = Phase;
        _savedAt = _setup.Time.GetTimestamp();
        _selector.Want(_trainer.Point.Stage.Resolution, _trainer.Point.Minibatch, _position, _trainer.Changes.Mirror);
        Context.Parent.Tell(new TrainerReady(Place(), checkpoint?.State.Progress.Images, Plan()));
    }

    /// <summary>
    /// What was set by hand holds at the place that a fault led back to, too. Of what an earlier process has set, that which this one's command
    /// line names anew does not hold.
    /// </summary>
    private void HoldChanges(ProgressiveTrainer trainer)
    {
        var changes = _memory.Changes ?? trainer.Changes.Before(_setup.GivenSettings, trainer.Given.Schedule);
        if (changes == trainer.Changes)
            return;
        if (trainer.TryHold(changes, out var refusal))
            _unsaved = true;
        else
            _log.Warning("What was changed by hand does not hold any more: {0}", refusal);
    }

    /// <summary>The checkpoint to continue from, or null when the run has none. A run whose every checkpoint is damaged does not begin anew.</summary>
    private Checkpoint? ToContinueFrom()
    {
        string? refused = null;
        var directory = new CheckpointDirectory(_setup.CheckpointFolder);
        var newest = _memory.Divergence is null ? directory.Newest(Refuse) : directory.RollBack(Refuse);
        if (newest is null && refused is not null)
            throw new CheckpointDamagedException($"no checkpoint of {_setup.CheckpointFolder} is whole; the newest one: {refused}");
        if (newest is null && _memory.Divergence is { } divergence && directory.Newest(Refuse) is not null)
            throw new TrainingDivergedException($"{divergence.Reason}; no checkpoint of {_setup.CheckpointFolder} is from before it went wrong");
        return newest;

        void Refuse(string path, string reason)
        {
            refused ??= reason;
            _log.Warning("Checkpoint {0} is passed over: {1}", path, reason);
            Context.Parent.Tell(new CheckpointRefused(path, reason));
        }
    }

    protected override void PreStart() => Start(_setup.Resume);

    protected override void PreRestart(Exception reason, object message)
    {
        if (message is TrainerRequest request)
            Reply(request, new CommandRejected($"the trainer failed: {FaultPolicy.ReasonOf(reason)}"));
        if (FaultPolicy.Cause(reason) is TrainingDivergedException divergence)
        {
            _memory.Divergence = (divergence.Message, Trainer.Progress.Images);
            _memory.Rollbacks = Trainer.Rollbacks + 1;
        }

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
        _trainer?.Dispose();
    }
}
