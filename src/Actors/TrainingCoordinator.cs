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
    private sealed record RefuseCommands : INoSerializationVerificationNeeded;

    private sealed record ShutDown : INoSerializationVerificationNeeded;

    /// <summary>The coordinator of one run; start it as "training".</summary>
    public static Props Props(TrainingSetup setup) => Akka.Actor.Props.Create(() => new TrainingCoordinator(setup));

    private readonly Channel<ImageBatch> _batches;

    // The trainer replaces the first request before the pipeline starts.
    private readonly BatchSelector _selector = new(ImagePyramid.SmallestResolution, 1, 0);
    private readonly Dictionary<IActorRef, Exception> _faults = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly TrainingSetup _setup;
    private readonly RunActors _actors = new();
    private readonly LiveSettings _settings;
    private readonly StatusBoard _board;
    private readonly EventPublisher _events;
    private readonly CommandRouter _commands;
    private readonly RunEnding _ending;
    private readonly Action<string> _tellDegraded;
    private PipelineContext? _pipeline;
    private TrainerReady? _ready;
    private int _rewinds;
    private bool _isStarted;
    private bool _isEnding;

    /// <summary>Made by <see cref="Props"/> alone.</summary>
    public TrainingCoordinator(TrainingSetup setup)
    {
        _setup = setup;
        _batches = PipelineChannels.CreateBatchChannel(setup.Pipeline);
        _settings = new LiveSettings(setup);
        _board = new StatusBoard(setup.Time);
        _events = new EventPublisher(_board, _actors, Context);
        _commands = new CommandRouter(setup, _settings, _actors, _board, _events);
        _ending = new RunEnding(_actors, _board, _events, _commands);
        var self = Self;
        _tellDegraded = reason => self.Tell(new StoreDegraded(reason));
        Become(Running);
    }

    private void Running()
    {
        Receive<ChangeSettings>(change => _commands.Change(change, Sender));
        Receive<StopTraining>(_ => OnStop(Sender));
        Receive<ShutDown>(_ => OnStop(ActorRefs.Nobody));
        Receive<RefuseCommands>(_ => _commands.Close("the process is shutting down"));
        Receive<ITrainingCommand>(command => _commands.Route(command, Sender));
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
        Receive<ShutDown>(_ => _actors.Evaluator.Tell(DropWork.Instance));
        Receive<ITrainingCommand>(_ => Sender.Tell(new CommandRejected("the training is ending")));
        Receive<TrainerReady>(OnTrainerReady);
        Receive<LogRewound>(OnLogRewound);
        Receive<TrainerEnded>(OnTrainerEnded);
        Receive<TrainerStopped>(_ => OnTrainerStopped());
        Receive<PipelineStopped>(_ => { });
        Receive<WorkFinished>(finished => EndIf(_ending.Finish(Sender, finished.Failure)));
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
        Receive<GetStatus>(_ => Sender.Tell(_board.Status(_settings.Now)));
        Receive<StageStarted>(started => _board.Run(started.Name));
        Receive<SubscribeToEvents>(message => _events.Subscribe(message.Subscriber));
        Receive<UnsubscribeFromEvents>(message => _events.Forget(message.Subscriber));
        Receive<Terminated>(gone => _events.Forget(gone.ActorRef));
        Receive<Answer>(_commands.Deliver);
        Receive<ITrainingEvent>(_events.Publish);
        Receive<LogMark>(OnLogMark);
        Receive<ShutDown>(_ => { });
        Receive<RefuseCommands>(_ => { });
    }

    private void OnTrainerReady(TrainerReady ready)
    {
        // A trainer may fail after its end: that life is not wanted.
        if (_ending.IsDecided)
            return;
        _ready = ready;

        // What an earlier life had trained past this place is none of the run any more.
        _actors.Evaluator.Tell(new AbandonWork(ready.At.Images));
        _actors.Trainer.Tell(new ApplySettings(_settings.Now));
        _board.Place(ready.At);
        _board.Plan = ready.Plan;
        _rewinds++;
        if (_actors.IsGone(_actors.RunLog))
            OnLogRewound(Unlogged);
        else
            _actors.RunLog.Tell(new RewindLog(ready.At.Images));
    }

    /// <summary>What a log that is gone would answer.</summary>
    private LogRewound Unlogged => new(_board.Ticks, 0);

    private void OnLogRewound(LogRewound log)
    {
        _rewinds--;
        _board.Ticks = log.Tick;

        // The trainer may have failed again meanwhile: the log is on its way to where that life stands.
        var (ready, images) = (_ready!, _ready!.At.Images);
        if (_rewinds == 0)
            _actors.Trainer.Tell(new BeginLife(ready));
        if (_isStarted)
        {
            _events.Publish(new TrainerRestarted(FaultPolicy.ReasonOf(FaultOf(_actors.Trainer)), images, _board.RestartsOf("trainer")));
        }
        else
        {
            _isStarted = true;
            _board.ElapsedBefore = log.Elapsed;
            _events.Publish(new TrainingStarted(images, ready.Checkpoint));
            _events.Publish(new PhaseStarted(ready.At.Phase, images));
            if (!_isEnding && !StartPipeline())
                return;
        }

        if (_rewinds > 0)
            return;
        if (_isEnding)
        {
            // The trainer may have failed at the very stop.
            _actors.Order(new StopTraining());
            return;
        }

        _board.State = _commands.PauseIsWanted ? RunState.Paused : RunState.Training;
        if (!_commands.PauseIsWanted)
            _actors.Order(new ResumeTraining());
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

        _pipeline.Meter.Watch("batches", 2, () => _batches.Reader.Count, _setup.Pipeline.BatchesInFlight);
        _board.Pipeline = _pipeline;
        _board.Run(ActorRoll.Pipeline);
        _actors.StartPipeline(Context, _setup, _pipeline, _batches.Writer);
        return true;
    }

    private void OnLogMark(LogMark mark)
    {
        if (_actors.IsGone(_actors.RunLog))
            mark.Logged.TrySetResult();
        else
            _actors.RunLog.Tell(mark);
    }

    private void OnStop(IActorRef stopper)
    {
        _ending.AddStopper(stopper);
        BeginEnd();
        _actors.Order(new StopTraining());
    }

    /// <summary>The end does not wait for an evaluation that nobody waits for.</summary>
    private void OnStopAgain()
    {
        _ending.AddStopper(Sender);
        _actors.Evaluator.Tell(DropWork.Instance);
    }

    private void OnPipelineStopped()
    {
        var fault = FaultOf(_actors.Pipeline);
        _actors.LosePipeline();
        EndBy(Failure(fault));
    }

    /// <summary>A fault restarts a helper; one that is gone all the same is not waited for. Without its writer of checkpoints a run ends.</summary>
    private void OnHelperStopped(IActorRef helper)
    {
        _actors.Lose(helper);
        _board.Stop(helper.Path.Name);
        var reason = RunActors.Gone(helper);
        _log.Error("Of the run, {0}", reason);
        if (helper.Equals(_actors.RunLog))
        {
            _events.Publish(new RunLogFailed(reason));
            while (_rewinds > 0)
                OnLogRewound(Unlogged);
        }
        else if (helper.Equals(_actors.Sampler))
        {
            _events.Publish(new SamplesFailed(reason));
            _commands.RejectPictures(reason);
        }
        else if (helper.Equals(_actors.Evaluator))
        {
            _events.Publish(new EvaluationFailed(reason));
        }
        else if (_isEnding)
        {
            _ending.LoseWriter(reason);
        }
        else
        {
            EndBy(new TrainingFailed(reason, FailureKind.Defect));
        }

        EndIf(_ending.Finish(helper, reason));
    }

    /// <summary>Training cannot go on, but the trainer is well: what it has learned is saved.</summary>
    private void EndBy(TrainingFailed failure)
    {
        _ending.Fail(failure);
        BeginEnd();
        _actors.Order(new StopTraining());
    }

    private void OnTrainerEnded(TrainerEnded ended)
    {
        BeginEnd();
        _ending.EndTrainer(ended.Completed);
        _actors.StopTrainer(Context);
        AwaitOthers();
    }

    private void OnTrainerStopped()
    {
        if (_ending.IsDecided)
            return;
        _ending.Fail(Failure(FaultOf(_actors.Trainer)));
        _actors.LoseTrainer();
        BeginEnd();
        AwaitOthers();
    }

    private void BeginEnd()
    {
        _isEnding = true;
        _board.State = RunState.Stopping;
        Become(Ending);
    }

    private void AwaitOthers()
    {
        _actors.StopPipeline(Context);
        EndIf(_ending.AwaitOthers());
    }

    private void EndIf(bool isOver)
    {
        if (isOver)
            Become(Ended);
    }

    private static TrainingFailed Failure(Exception fault) => new(FaultPolicy.ReasonOf(fault), FaultPolicy.KindOf(fault));

    private Exception FaultOf(IActorRef child) => _faults.GetValueOrDefault(child) ?? new InvalidOperationException(RunActors.Gone(child));

    private Directive Decide(Exception fault)
    {
        // The sender of a failure is the child that failed.
        _faults[Sender] = fault;
        var directive = FaultPolicy.ForChild(fault);

        // A life that fails before it is ready has been a restart, too. The pipeline tells of its own.
        var name = Sender.Path.Name;
        _board.Fail(name, FaultPolicy.ReasonOf(fault));
        if (directive != Directive.Restart || Sender.Equals(_actors.Pipeline))
            return directive;
        _board.CountRestart(name);
        if (!Sender.Equals(_actors.Trainer))
            _board.Run(name);
        else if (!_isEnding)
            _board.State = RunState.Starting;
        return directive;
    }

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(_setup.Limits.Restarts, _setup.Limits.RestartWindow, Decide);

    /// <inheritdoc/>
    protected override void PreStart()
    {
        try
        {
            Durable.DeleteLeftovers(_setup.RunDirectory);
            _settings.Read();
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            _ending.BreakOff(new TrainingFailed(fault.Message, FailureKind.Configuration));
            Become(Ended);
            return;
        }

        // It tells of a fault once, to whoever listens: the sampler may be the first to find it.
        if (_setup.Store is { } store)
            store.Degraded += _tellDegraded;
        _actors.Start(Context, _setup, _settings.Now, _batches.Reader, _selector);
        _board.Expect(_setup.Pipeline.Readers, _setup.Pipeline.Downsamplers, _setup.Evaluation is not null);
        PlanShutdown();
    }

    private void PlanShutdown()
    {
        var (shutdown, self, ended) = (CoordinatedShutdown.Get(Context.System), Self, _ending.Told);
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
        if (_setup.Store is { } store)
            store.Degraded -= _tellDegraded;
        _batches.Writer.TryComplete();
        while (_batches.Reader.TryRead(out var batch))
            batch.Dispose();
        _pipeline?.Dispose();
    }

    private void BreakOff(string reason) => _ending.BreakOff(new TrainingFailed(reason, FailureKind.Defect));
}
