using System.Threading.Channels;
using Akka;
using Akka.Actor;
using Akka.Event;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>
/// The root of a run: owns the batch channel and its selector, starts the others, hands each command to the actor that does it, sees to its one
/// reply, and tells everybody what happens.
/// </summary>
// Running  from the start on; remembers whether training is wanted or a pause, so that either survives a restart of the trainer.
// Ending   by StopTraining, a finished schedule or a fault: the trainer saves, the others finish, the log is closed last. Refuses commands.
// Ended    the outcome is published; answers queries, refuses commands.
public sealed class TrainingCoordinator : ReceiveActor
{
    /// <summary>Most commands on their way to the trainer: one that hangs must not be buried.</summary>
    private const int MostWaiting = 256;

    /// <summary>Most events that are kept for late subscribers.</summary>
    private const int MostEarly = 64;

    private sealed record RefuseCommands : INoSerializationVerificationNeeded;

    private sealed record ShutDown : INoSerializationVerificationNeeded;

    private readonly Channel<ImageBatch> _batches;

    // The trainer replaces the first request before the pipeline starts.
    private readonly BatchSelector _selector = new(ImagePyramid.SmallestResolution, 1, 0);
    private readonly Dictionary<long, (IActorRef Asker, ITrainingCommand Command)> _waiting = [];
    private readonly HashSet<IActorRef> _subscribers = [];
    private readonly List<IActorRef> _stoppers = [];

    // What was found before the start, for a subscriber that comes a moment late.
    private readonly List<ITrainingEvent> _early = [];
    private readonly HashSet<IActorRef> _gone = [];
    private readonly Dictionary<IActorRef, Exception> _faults = [];
    private readonly TaskCompletionSource<Done> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StatusBoard _board;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly TrainingSetup _setup;
    private RunSettings? _settings;
    private ChangeSettings _byHand = new();
    private PipelineContext? _pipeline;
    private IActorRef _trainer = ActorRefs.Nobody;
    private IActorRef _stages = ActorRefs.Nobody;
    private IActorRef _checkpoints = ActorRefs.Nobody;
    private IActorRef _sampler = ActorRefs.Nobody;
    private IActorRef _runLog = ActorRefs.Nobody;
    private IActorRef _evaluator = ActorRefs.Nobody;
    private TrainerReady? _ready;
    private ITrainingEvent? _life;
    private ITrainingEvent? _outcome;
    private TrainingFailed? _failure;
    private string? _saveFailure;
    private string? _refusal;
    private HashSet<IActorRef>? _unfinished;
    private long _requests;
    private bool _started;
    private int _rewinds;
    private bool _pauseIsWanted;
    private bool _isEnding;

    private TrainingCoordinator(TrainingSetup setup)
    {
        _setup = setup;
        _batches = PipelineChannels.CreateBatchChannel(setup.Pipeline);
        _board = new StatusBoard(setup.Time);
        _pauseIsWanted = setup.StartPaused;
        Become(Running);
    }

    private RunSettings Settings => _settings ?? throw new InvalidOperationException("the settings are read at the start");

    /// <summary>The coordinator of one run; start it as "training".</summary>
    public static Props Props(TrainingSetup setup) => Akka.Actor.Props.CreateBy(new Producer(setup));

    private void Running()
    {
        Receive<ChangeSettings>(OnChangeSettings);
        Receive<StopTraining>(_ => OnStop(Sender));
        Receive<ShutDown>(_ => OnStop(ActorRefs.Nobody));
        Receive<RefuseCommands>(_ => _refusal = "the process is shutting down");
        Receive<ITrainingCommand>(Route);
        Receive<TrainerReady>(OnTrainerReady);
        Receive<LogRewound>(OnLogRewound);
        Receive<TrainerEnded>(OnTrainerEnded);
        Receive<TrainerStopped>(_ => OnTrainerStopped());
        Receive<PipelineStopped>(_ => OnPipelineStopped());
        Receive<HelperStopped>(stopped => OnHelperStopped(stopped.Helper));
        Common();
    }

    private void Ending()
    {
        Receive<StopTraining>(_ => OnStopAgain());
        Receive<ShutDown>(_ => _evaluator.Tell(DropWork.Instance));
        Receive<ITrainingCommand>(_ => Sender.Tell(new CommandRejected("the training is ending")));
        Receive<TrainerReady>(OnTrainerReady);
        Receive<LogRewound>(OnLogRewound);
        Receive<TrainerEnded>(OnTrainerEnded);
        Receive<TrainerStopped>(_ => OnTrainerStopped());
        Receive<PipelineStopped>(_ => { });
        Receive<WorkFinished>(finished => OnFinished(Sender, finished.Failure));
        Receive<HelperStopped>(stopped => OnHelperStopped(stopped.Helper));
        Common();
    }

    private void Ended()
    {
        Receive<ITrainingCommand>(_ => Sender.Tell(new CommandRejected("the training has ended")));
        Receive<HelperStopped>(_ => { });
        Common();
    }

    private void Common()
    {
        Receive<GetStatus>(_ => Sender.Tell(_board.Status(Settings, _pipeline?.Meter.Snapshot())));
        Receive<StageStarted>(started => _board.Run(started.Name));
        Receive<SubscribeToEvents>(OnSubscribe);
        Receive<UnsubscribeFromEvents>(message => Forget(message.Subscriber));
        Receive<Terminated>(gone => Forget(gone.ActorRef));
        Receive<Answer>(OnAnswer);
        Receive<ITrainingEvent>(OnEvent);
        Receive<LogMark>(OnLogMark);
        Receive<ShutDown>(_ => { });
        Receive<RefuseCommands>(_ => { });
    }

    private void Route(ITrainingCommand command)
    {
        if (_refusal is not null)
        {
            Sender.Tell(new CommandRejected(_refusal));
            return;
        }

        if (Draws(command) && _gone.Contains(_sampler))
        {
            Sender.Tell(new CommandRejected(Gone(_sampler)));
            return;
        }

        if (AskTrainer(command))
            NoteWish(command);
    }

    private void NoteWish(ITrainingCommand command) =>
        _pauseIsWanted = command is PauseTraining || (command is not ResumeTraining && _pauseIsWanted);

    private static bool Draws(ITrainingCommand command) => command is TakeSnapshot or DrawSamples;

    /// <summary>A trainer that is being restarted finds the command in its mailbox afterwards. False = refused.</summary>
    private bool AskTrainer(ITrainingCommand command)
    {
        if (_waiting.Count >= MostWaiting)
        {
            Sender.Tell(new CommandRejected($"{MostWaiting} commands wait for the trainer already"));
            return false;
        }

        var id = ++_requests;
        _waiting.Add(id, (Sender, command));
        _trainer.Tell(new TrainerRequest(id, command));
        return true;
    }

    /// <summary>What the trainer has to agree to is asked of it first: a change holds as a whole or not at all.</summary>
    private void OnChangeSettings(ChangeSettings change)
    {
        Settings.With(change, out var refusal);
        refusal ??= _refusal ?? TooLarge(change.Training?.Minibatch);
        if (refusal is not null)
            Sender.Tell(new CommandRejected(refusal));
        else if (change.Training is not null)
            AskTrainer(change);
        else
            Sender.Tell(Commit(change) is { } failure ? new CommandRejected(failure) : new CommandAccepted());
    }

    /// <summary>Images that are too few for a minibatch would end the run.</summary>
    private string? TooLarge(ResolutionChange<int>? minibatch)
    {
        var usable = _setup.Source.Count - (_pipeline?.Skipped.Count ?? 0);
        return minibatch?.Numbers().Append(0).Max() is { } most && most > usable
            ? $"minibatch {most}: the dataset has {usable} usable images"
            : null;
    }

    /// <summary>Takes the run's part of a change; why it cannot be kept, or null. What the trainer has agreed to is told either way.</summary>
    private string? Commit(ChangeSettings change)
    {
        var changed = Settings.With(change, out var failure);
        var byHand = _byHand.Then(change);
        if (byHand != _byHand)
            failure ??= Keep(byHand);
        if (failure is null)
        {
            (_settings, _byHand) = (changed, byHand);
            foreach (var user in new[] { _trainer, _checkpoints, _sampler })
                user.Tell(new ApplySettings(changed));
        }

        if (failure is null || change.Training is not null)
            Publish(new SettingsChanged(Settings, change.Training, _board.Images));
        return failure;
    }

    /// <summary>Writes the settings here and now: a few hundred bytes, at the pace of a person.</summary>
    private string? Keep(ChangeSettings byHand)
    {
        try
        {
            RunSettings.Save(_setup, byHand);
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return $"the settings cannot be kept: {fault.Message}";
        }
    }

    private void OnStop(IActorRef stopper)
    {
        _stoppers.Add(stopper);
        BeginEnd();
        _trainer.Tell(new TrainerRequest(TrainerRequest.None, new StopTraining()));
    }

    /// <summary>The end does not wait for an evaluation that nobody waits for.</summary>
    private void OnStopAgain()
    {
        _stoppers.Add(Sender);
        _evaluator.Tell(DropWork.Instance);
    }

    private void OnTrainerReady(TrainerReady ready)
    {
        // A trainer may fail after its end: that life is not wanted.
        if (_outcome is not null)
            return;
        _ready = ready;

        // What an earlier life had trained past this place is none of the run any more.
        _evaluator.Tell(new AbandonWork(ready.At.Images));
        _trainer.Tell(new ApplySettings(Settings));
        _board.Place(ready.At);
        _board.Plan = ready.Plan;
        _rewinds++;
        if (_gone.Contains(_runLog))
            OnLogRewound(Unlogged);
        else
            _runLog.Tell(new RewindLog(ready.At.Images));
    }

    /// <summary>What a log that is gone would answer.</summary>
    private LogRewound Unlogged => new(_board.Ticks, 0);

    private void OnLogRewound(LogRewound log)
    {
        _rewinds--;
        _board.Ticks = log.Tick;

        // The trainer may have failed again meanwhile: the log is on its way to where that life stands.
        if (_rewinds == 0)
            _trainer.Tell(BeginLife.Instance);
        var images = _ready!.At.Images;
        if (_started)
        {
            Publish(new TrainerRestarted(FaultPolicy.ReasonOf(FaultOf(_trainer)), images, _board.RestartsOf("trainer")));
        }
        else
        {
            _started = true;
            _board.ElapsedBefore = log.Elapsed;
            Live(new TrainingStarted(images, _ready.Checkpoint));
            Publish(new PhaseStarted(_ready.At.Phase, images));
            if (!_isEnding && !StartPipeline())
                return;
        }

        if (_rewinds > 0)
            return;
        if (_isEnding)
        {
            // The trainer may have failed at the very stop.
            _trainer.Tell(new TrainerRequest(TrainerRequest.None, new StopTraining()));
            return;
        }

        _board.State = _pauseIsWanted ? RunState.Paused : RunState.Training;
        if (!_pauseIsWanted)
            _trainer.Tell(new TrainerRequest(TrainerRequest.None, new ResumeTraining()));
    }

    private bool StartPipeline()
    {
        var self = Self;
        try
        {
            _pipeline = new PipelineContext(
                _setup.Source, _setup.Pipeline, _selector, bad => self.Tell(new ImageSkipped(bad.Index, bad.Name, bad.Reason)));
        }
        catch (DatasetUnusableException fault)
        {
            EndBy(Failure(fault));
            return false;
        }
        catch (ArgumentException fault)
        {
            EndBy(new TrainingFailed(fault.Message, FailureKind.Configuration));
            return false;
        }

        if (_setup.Store is { } store)
            store.Degraded += reason => self.Tell(new StoreDegraded(reason));
        _pipeline.Meter.Watch("batches", 2, () => _batches.Reader.Count, _setup.Pipeline.BatchesInFlight);
        _board.Run("pipeline");
        _stages = Context.ActorOf(PipelineSupervisor.Props(_pipeline, _batches.Writer, _setup), "pipeline");
        Context.WatchWith(_stages, new PipelineStopped());
        return true;
    }

    private void OnPipelineStopped()
    {
        var fault = FaultOf(_stages);
        _stages = ActorRefs.Nobody;
        EndBy(Failure(fault));
    }

    /// <summary>Training cannot go on, but the trainer is well: what it has learned is saved.</summary>
    private void EndBy(TrainingFailed failure)
    {
        _failure = failure;
        BeginEnd();
        _trainer.Tell(new TrainerRequest(TrainerRequest.None, new StopTraining()));
    }

    private void OnTrainerStopped()
    {
        if (_outcome is not null)
            return;
        _failure ??= Failure(FaultOf(_trainer));
        _trainer = ActorRefs.Nobody;
        BeginEnd();
        AwaitOthers();
    }

    private void OnTrainerEnded(TrainerEnded ended)
    {
        BeginEnd();
        _outcome = ended.Completed ? new TrainingCompleted(_board.Images) : new TrainingStopped(_board.Images);
        Context.Unwatch(_trainer);
        Context.Stop(_trainer);
        AwaitOthers();
    }

    private static TrainingFailed Failure(Exception fault) => new(FaultPolicy.ReasonOf(fault), FaultPolicy.KindOf(fault));

    private void BeginEnd()
    {
        _isEnding = true;
        _board.State = RunState.Stopping;
        Become(Ending);
    }

    private void AwaitOthers()
    {
        if (!_stages.IsNobody())
        {
            Context.Unwatch(_stages);
            Context.Stop(_stages);
        }

        if (_unfinished is not null)
            return;
        _unfinished = [.. new[] { _checkpoints, _sampler, _evaluator }.Except([.. _gone, ActorRefs.Nobody])];

        // A training that was stopped can be measured later. The last checkpoint of one that is complete is, when it is written.
        if (_outcome is not TrainingCompleted)
            _evaluator.Tell(DropWork.Instance);
        foreach (var helper in _unfinished)
        {
            if (!helper.Equals(_evaluator) || !_unfinished.Contains(_checkpoints))
                helper.Tell(FinishWork.Instance);
        }

        if (_unfinished.Count == 0)
            CloseLog();
    }

    private void OnFinished(IActorRef helper, string? failure)
    {
        if (_unfinished is null || !_unfinished.Remove(helper))
            return;
        if (helper.Equals(_checkpoints))
        {
            _saveFailure = failure;
            _evaluator.Tell(FinishWork.Instance);
        }

        if (helper.Equals(_runLog))
            Finish();
        else if (_unfinished.Count == 0)
            CloseLog();
    }

    /// <summary>The log closes before the outcome is told: who hears of the end may end the process.</summary>
    private void CloseLog()
    {
        _outcome = _failure ?? (_saveFailure is null ? _outcome! : new TrainingFailed(
            $"the last checkpoint cannot be written: {_saveFailure}; once this is mended, --resume continues from the newest one that is there",
            FailureKind.Configuration));
        if (_gone.Contains(_runLog))
        {
            Finish();
            return;
        }

        _unfinished!.Add(_runLog);
        _runLog.Tell(_outcome);
        _runLog.Tell(FinishWork.Instance);
    }

    /// <summary>A fault restarts a helper; one that is gone all the same is not waited for. Without its writer of checkpoints a run ends.</summary>
    private void OnHelperStopped(IActorRef helper)
    {
        _gone.Add(helper);
        _board.Stop(helper.Path.Name);
        var reason = Gone(helper);
        _log.Error("Of the run, {0}", reason);
        if (helper.Equals(_runLog))
        {
            Publish(new RunLogFailed(reason));
            while (_rewinds > 0)
                OnLogRewound(Unlogged);
        }
        else if (helper.Equals(_sampler))
        {
            Publish(new SamplesFailed(reason));
            foreach (var (id, _) in _waiting.Where(waiting => Draws(waiting.Value.Command)).ToList())
                OnAnswer(new Answer(id, new CommandRejected(reason)));
        }
        else if (helper.Equals(_evaluator))
        {
            Publish(new EvaluationFailed(reason));
        }
        else if (!_isEnding)
        {
            EndBy(new TrainingFailed(reason, FailureKind.Defect));
        }
        else if (_unfinished is null)
        {
            // The trainer's last checkpoint is on its way to nobody.
            _saveFailure = reason;
        }

        OnFinished(helper, reason);
    }

    private static string Gone(IActorRef helper) => $"the {helper.Path.Name} actor has stopped";

    private void Finish()
    {
        TellOutcome();
        Become(Ended);
    }

    /// <summary>Everybody who waits for something of the run learns how it ended.</summary>
    private void TellOutcome()
    {
        _board.Note(_outcome!);
        _life = _outcome;
        Broadcast(_outcome!);
        var reply = _outcome is TrainingFailed failed
            ? (CommandReply)new CommandRejected(failed.Reason)
            : new CommandAccepted($"ended at kimg {_board.Images / 1000.0:0.000}");
        foreach (var stopper in _stoppers)
            stopper.Tell(reply);
        foreach (var (asker, _) in _waiting.Values)
            asker.Tell(new CommandRejected("the training has ended"));
        _stoppers.Clear();
        _waiting.Clear();
        _ended.TrySetResult(Done.Instance);
    }

    private void BreakOff(string reason)
    {
        if (_ended.Task.IsCompleted)
            return;
        _outcome = new TrainingFailed(reason, FailureKind.Defect);
        _runLog.Tell(_outcome);
        TellOutcome();
    }

    private void OnAnswer(Answer answer)
    {
        _board.Plan = answer.Plan ?? _board.Plan;
        if (!_waiting.Remove(answer.Id, out var waiting))
            return;

        // The trainer answers in its order, and may have no room to resume.
        if (answer.Reply is CommandAccepted)
            NoteWish(waiting.Command);
        else if (waiting.Command is ResumeTraining)
            _pauseIsWanted = true;
        var unkept = answer.Reply is CommandAccepted && waiting.Command is ChangeSettings change ? Commit(change) : null;
        waiting.Asker.Tell(unkept is null ? answer.Reply : new CommandAccepted($"the training's part holds; {unkept}"));
    }

    private void OnEvent(ITrainingEvent happened)
    {
        if (happened is PipelineDegraded degraded)
        {
            _board.Fail(degraded.Stage, degraded.Reason);
            happened = degraded with { Restarts = _board.CountRestart(degraded.Stage) };

            // The pipeline tells of it when it runs again.
            if (degraded.Stage == _stages.Path.Name)
                _board.Run(degraded.Stage);
        }

        if (happened is TickCompleted tick)
        {
            happened = new TickCompleted(tick.Summary with
            {
                Tick = ++_board.Ticks,
                Elapsed = _board.Elapsed,
                SkippedImages = _pipeline?.Skipped.Count ?? 0,
            });
        }

        // A score may have been on its way when the trainer went back.
        if (happened is CheckpointEvaluated evaluated && evaluated.Images > _board.Images)
            return;
        if (happened is CheckpointSaved saved)
            _evaluator.Tell(new EvaluateCheckpoint(saved.Path, saved.ImagesSeen));
        if (happened is TrainingPaused { Released: true })
            _evaluator.Tell(ReleaseDevice.Instance);
        if (happened is TrainingResumed)
            _evaluator.Tell(TakeDevice.Instance);
        if (happened is TrainingPaused or TrainingResumed)
            Live(happened);
        else
            Publish(happened);
    }

    private void OnLogMark(LogMark mark)
    {
        if (_gone.Contains(_runLog))
            mark.Logged.TrySetResult();
        else
            _runLog.Tell(mark);
    }

    private void Live(ITrainingEvent happened)
    {
        _life = happened;
        Publish(happened);
    }

    private void Publish(ITrainingEvent happened)
    {
        if (!_started && happened is (CheckpointRefused or DatasetChanged) && _early.Count < MostEarly)
            _early.Add(happened);
        _board.Note(happened);
        _runLog.Tell(happened);
        Broadcast(happened);
    }

    private void Broadcast(ITrainingEvent happened)
    {
        foreach (var subscriber in _subscribers)
            subscriber.Tell(happened);
    }

    private void OnSubscribe(SubscribeToEvents message)
    {
        if (!_subscribers.Add(message.Subscriber))
            return;
        Context.Watch(message.Subscriber);
        foreach (var happened in _early)
            message.Subscriber.Tell(happened);
        if (_life is not null)
            message.Subscriber.Tell(_life);
    }

    private void Forget(IActorRef subscriber)
    {
        if (_subscribers.Remove(subscriber))
            Context.Unwatch(subscriber);
    }

    private Directive Decide(Exception fault)
    {
        // The sender of a failure is the child that failed.
        _faults[Sender] = fault;
        var directive = FaultPolicy.ForChild(fault);

        // A life that fails before it is ready has been a restart, too. The pipeline tells of its own.
        var name = Sender.Path.Name;
        _board.Fail(name, FaultPolicy.ReasonOf(fault));
        if (directive != Directive.Restart || Sender.Equals(_stages))
            return directive;
        _board.CountRestart(name);
        if (!Sender.Equals(_trainer))
            _board.Run(name);
        else if (!_isEnding)
            _board.State = RunState.Starting;
        return directive;
    }

    private Exception FaultOf(IActorRef child) => _faults.GetValueOrDefault(child) ?? new InvalidOperationException(Gone(child));

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(_setup.Limits.Restarts, _setup.Limits.RestartWindow, Decide);

    /// <inheritdoc/>
    protected override void PreStart()
    {
        try
        {
            Durable.DeleteLeftovers(_setup.RunDirectory);
            (_settings, _byHand) = RunSettings.Of(_setup);
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            (_settings, _) = RunSettings.Of(_setup with { Resume = false });
            _outcome = new TrainingFailed(fault.Message, FailureKind.Configuration);
            Finish();
            return;
        }

        _runLog = Context.ActorOf(RunLogActor.Props(_setup.RunDirectory, _setup.Time, _setup.Networks), "runlog");
        _checkpoints = Context.ActorOf(CheckpointActor.Props(_setup, Settings.KeepCheckpoints), "checkpoint");
        _sampler = Context.ActorOf(SamplerActor.Props(_setup, Settings.SampleSeed), "sampler");
        _trainer = Context.ActorOf(TrainerActor.Props(_setup, Settings, _batches.Reader, _selector, _checkpoints, _sampler), "trainer");
        Context.WatchWith(_trainer, new TrainerStopped());
        if (_setup.Evaluation is { } evaluation)
            _evaluator = Context.ActorOf(EvaluatorActor.Props(_setup, evaluation), "evaluator");
        foreach (var helper in new[] { _runLog, _checkpoints, _sampler, _evaluator })
        {
            if (!helper.IsNobody())
                Context.WatchWith(helper, new HelperStopped(helper));
        }

        _board.Expect(_setup.Pipeline.Readers, _setup.Pipeline.Downsamplers, _setup.Evaluation is not null);
        PlanShutdown();
    }

    private void PlanShutdown()
    {
        var (shutdown, self, ended) = (CoordinatedShutdown.Get(Context.System), Self, _ended.Task);
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "refuse-commands", () =>
        {
            self.Tell(new RefuseCommands());
            return Task.FromResult(Done.Instance);
        });
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "stop-training", () =>
        {
            self.Tell(new ShutDown());
            return ended;
        });
    }

    /// <summary>
    /// A fault of the root ends the run: who subscribed and who waits for an answer is known to this life alone. The checkpoints stay, for a
    /// new process to resume from.
    /// </summary>
    protected override void PreRestart(Exception reason, object message)
    {
        _log.Error(reason, "The coordinator failed");
        if (message is ChangeSettings)
            Sender.Tell(new CommandRejected(reason.Message));
        BreakOff(reason.Message);
        base.PreRestart(reason, message);
    }

    /// <inheritdoc/>
    protected override void PostRestart(Exception reason) => Context.Stop(Self);

    /// <inheritdoc/>
    protected override void PostStop()
    {
        BreakOff("the training was broken off");
        _batches.Writer.TryComplete();
        while (_batches.Reader.TryRead(out var batch))
            batch.Dispose();
        _pipeline?.Dispose();
    }

    private sealed class Producer(TrainingSetup setup) : IIndirectActorProducer
    {
        public Type ActorType => typeof(TrainingCoordinator);

        public ActorBase Produce() => new TrainingCoordinator(setup);

        public void Release(ActorBase actor)
        {
        }
    }
}
