using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>Owns the trainer, on a thread of its own, and trains it one step a message.</summary>
// Restoring after a fault: waits until the checkpoints that were handed over are on disk, for the newest may be among them.
// Paused    at each start, after building and restoring: says TrainerReady. ResumeTraining → Training.
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
    private long _position;
    private bool _unsaved = true;
    private long? _saving;
    private bool _saveIsDue;
    private bool _stepIsQueued;
    private long? _waitingSince;
    private long _savedAt;
    private long _reportedAt;
    private long _trimmedAt;
    private int _pictures;

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
        Become(Paused);
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
            Become(Paused);
            Start(restore: true);
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
                case PauseTraining:
                    Accept(request);
                    break;
                default:
                    OnRequest(request);
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
                case PauseTraining:
                    Become(Paused);
                    _tick.Pause();
                    Report();
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
            return;
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
                Train(batch);
                return;
            }
        }

        _tick.DiscardStale();
        QueueStep();
    }

    private bool IsAtStop => Trainer.Progress.Images >= _setup.StopAtImages;

    /// <summary>Asks for other batches when the next step needs others, from where training stands.</summary>
    private void Aim()
    {
        var (point, wanted) = (Trainer.Point, _selector.Current);
        if (wanted.Resolution != point.Stage.Resolution || wanted.Count != point.Minibatch)
            _selector.Want(point.Stage.Resolution, point.Minibatch, _position);
    }

    private void Train(ImageBatch batch)
    {
        var (before, at) = (Trainer.Progress.Images, Trainer.Point);
        var labels = Trainer.Options.Architecture.LabelSize > 0 ? batch.Labels : []; // a labelled dataset may train an unconditional network
        var step = Trainer.Step(batch.Pixels, labels);
        _tick.Add(step);
        if (step.MicroBatchReduced is { } reason)
            Context.Parent.Tell(new MicroBatchReduced(step.Stage.Resolution, step.Minibatch, step.MicroBatch, reason));
        _position = batch.NextPosition;
        _unsaved = true;
        if (_setup.Time.GetElapsedTime(_reportedAt) >= ReportEvery)
            Report();

        // A phase that ends gets a checkpoint.
        var phaseEnded = Trainer.Point.Phase != at.Phase;
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
            case GrowNow:
                Grow(request);
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

    private void Grow(TrainerRequest request)
    {
        if (!Trainer.TryGrow(out var refusal))
        {
            Reply(request, new CommandRejected(refusal!));
            return;
        }

        _unsaved = true;
        Report();
        Context.Parent.Tell(new GrowthOrdered(Trainer.Progress.Images));
        Reply(request, new CommandAccepted("the next resolution comes in with the next group of steps"));
    }

    /// <summary>
    /// Copies the training, which is all that the trainer stands still for. A checkpoint ends the tick: a resumed run begins a new one, so each
    /// step is in exactly one line of stats.jsonl, whenever a run is stopped.
    /// </summary>
    private void Save(long request)
    {
        CompleteTick();
        var logged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Context.Parent.Tell(new LogMark(logged));
        _checkpoints.Tell(new WriteCheckpoint(
            Trainer.Capture(_position, _setup.Source.Digest), request == TrainerRequest.None ? [] : [request], logged.Task, Self));
        _saving = Trainer.Progress.Images;
        _savedAt = _setup.Time.GetTimestamp();
        _unsaved = false;
        if (_saveIsDue)
        {
            _saveIsDue = false;
            QueueStep();
        }
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
        _tick.Waited(_setup.Time.GetElapsedTime(since).TotalSeconds);
        if (ready.More)
            QueueStep();
    }

    private void Report()
    {
        _reportedAt = _setup.Time.GetTimestamp();
        Context.Parent.Tell(Place());
    }

    private TrainingProgressed Place() => new(
        Trainer.Progress, Trainer.Point.Stage, Trainer.Point.Phase, _tick.LastLossD, _tick.LastLossG, _tick.ImagesPerSecond);

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
            if (checkpoint.State.DatasetDigest is { } was && was != _setup.Source.Digest)
                Context.Parent.Tell(new DatasetChanged(was, _setup.Source.Digest));
        }
        else
        {
            Draw(new DrawFixedGrid(_trainer.CaptureGenerator(), TrainerRequest.None));
        }

        // Noise that led into a divergence is not drawn again, by this process nor by a later one.
        _trainer.Rollbacks = Math.Max(_trainer.Rollbacks, _memory.Rollbacks);
        if (_memory.Divergence is { } divergence)
        {
            _memory.Divergence = null;
            Context.Parent.Tell(new TrainingRolledBack(divergence.Reason, divergence.Images, _trainer.Progress.Images, _trainer.Rollbacks));
            Save(TrainerRequest.None);
        }

        _savedAt = _setup.Time.GetTimestamp();
        _selector.Want(_trainer.Point.Stage.Resolution, _trainer.Point.Minibatch, _position);
        Context.Parent.Tell(new TrainerReady(Place(), checkpoint?.State.Progress.Images));
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
            Reply(request, new CommandRejected($"the trainer failed: {reason.Message}"));
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
