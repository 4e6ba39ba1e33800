using Akka.Actor;
using Akka.Event;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>
/// Measures checkpoints beside the training, one at a time, on a thread of its own that rests so much that the training is hardly slowed. Of those that
/// wait, the newest takes the place of the older ones. What goes wrong is told; training goes on.
/// </summary>
// Idle     EvaluateCheckpoint → Working. FinishWork is answered at once.
// Working  EvaluateCheckpoint waits; EvaluationEnded → the waiting one, or Idle. FinishWork is answered then, and hurries the work.
// Both     AbandonWork ends the work and forgets what waits, of images past a place; ReleaseDevice frees the device as well, and what comes waits until
//          TakeDevice. DropWork does so for good: nothing is measured or waited for any more, as work inside a library does not hear that it is to end.
internal sealed class EvaluatorActor : ReceiveActor
{
    private sealed record EvaluationEnded(CancellationTokenSource Work, long Images, IReadOnlyList<MetricScore>? Scores, Exception? Fault)
        : INoSerializationVerificationNeeded;

    private readonly TrainingSetup _setup;
    private readonly EvaluationSetup _evaluation;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly WorkPace _pace;

    // Touched by the work's thread alone, and when there is none.
    private FeatureExtractor? _features;
    private MeasuredReals? _reals;
    private Task _running = Task.CompletedTask;
    private CancellationTokenSource _work = new();
    private long _measured;
    private EvaluateCheckpoint? _waiting;
    private IActorRef? _finisher;
    private string? _failure;
    private bool _isWorking;
    private bool _isDropped;
    private bool _isReleased;

    public EvaluatorActor(TrainingSetup setup, EvaluationSetup evaluation)
    {
        _setup = setup;
        _evaluation = evaluation;
        _pace = new WorkPace(evaluation.Share, setup.Time);
        Receive<EvaluateCheckpoint>(OnEvaluate);
        Receive<EvaluationEnded>(OnEnded);
        Receive<AbandonWork>(abandon => Abandon(abandon.From));
        Receive<ReleaseDevice>(_ => OnRelease());
        Receive<TakeDevice>(_ => OnTake());
        Receive<DropWork>(_ => OnDrop());
        Receive<FinishWork>(_ => OnFinish());
    }

    public static Props Props(TrainingSetup setup, EvaluationSetup evaluation) =>
        Akka.Actor.Props.Create(() => new EvaluatorActor(setup, evaluation));

    private void OnEvaluate(EvaluateCheckpoint checkpoint)
    {
        if (_isDropped)
            return;
        if (_isWorking || _isReleased)
            _waiting = checkpoint;
        else
            Work(checkpoint);
    }

    private void Work(EvaluateCheckpoint checkpoint)
    {
        _work.Dispose();
        _work = new CancellationTokenSource();
        var (work, token) = (_work, _work.Token);
        var running = Task.Factory.StartNew(() => Measure(checkpoint.Path, token), token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        (_running, _isWorking, _measured) = (running, true, checkpoint.Images);
        running.PipeTo(
            Self, Self, scores => new EvaluationEnded(work, checkpoint.Images, scores, null),
            fault => new EvaluationEnded(work, checkpoint.Images, null, FaultPolicy.Cause(fault)));
    }

    private IReadOnlyList<MetricScore> Measure(string checkpoint, CancellationToken cancellationToken)
    {
        _pace.Begin();
        CpuThreads.ComputeAlone();
        var snapshot = NetworkFile.Read(checkpoint, raw: false);
        _features ??= _evaluation.OpenFeatures?.Invoke();
        _reals ??= MeasuredReals.Create(
            Plan(snapshot.Architecture), _setup.Source, _setup.Pipeline, _evaluation.Images, _evaluation.StatisticsFolder, Between, cancellationToken);
        var labels = snapshot.Architecture.LabelSize > 0
            ? new LabelTable(_setup.Source.Count, _setup.Source.LabelSize, _setup.Source.CopyLabel)
            : null;
        using var fakes = new FakeImages(snapshot, TorchDevice.First(_setup.Device), labels, _evaluation.Seed);
        using var measured = fakes.Measure(_reals.Plan, _reals.Images.Count, Between);
        return Evaluation.Score(_reals.Plan, _reals.Images, measured, _reals.Floors, Between);

        void Between() => _pace.Between(cancellationToken);
    }

    private MetricPlan Plan(NetworkArchitecture architecture) => new()
    {
        Metrics = _evaluation.Metrics,
        Channels = architecture.Channels,
        Height = architecture.HeightAt(architecture.Resolution),
        Width = architecture.WidthAt(architecture.Resolution),
        Seed = _evaluation.Seed,
        Features = _features,
    };

    private void OnEnded(EvaluationEnded ended)
    {
        // Of a life before a restart.
        if (!ReferenceEquals(ended.Work, _work))
            return;

        // An abandoned one is no result, even when it did not hear of it in time.
        _isWorking = false;
        if (!ended.Work.IsCancellationRequested)
            Tell(ended);
        if (_isReleased)
            Free();
        if (WorkOnWaiting())
            return;
        _finisher?.Tell(new WorkFinished(null));
        _finisher = null;
    }

    private bool WorkOnWaiting()
    {
        if (_isReleased || _waiting is not { } next)
            return false;
        _waiting = null;
        Work(next);
        return true;
    }

    private void Tell(EvaluationEnded ended)
    {
        if (ended.Scores is { } scores)
        {
            _failure = null;
            Context.Parent.Tell(new CheckpointEvaluated(ended.Images, scores));
        }
        else
        {
            Fail(ended.Fault!);
        }
    }

    /// <summary>Gives up what is measured or waits of more images than these.</summary>
    private void Abandon(long from)
    {
        if (_waiting?.Images > from)
            _waiting = null;
        if (_measured > from)
            _work.Cancel();
    }

    private void OnRelease()
    {
        Abandon(long.MinValue);
        _isReleased = true;
        if (!_isWorking)
            Free();
    }

    private void OnTake()
    {
        _isReleased = false;
        if (!_isWorking)
            WorkOnWaiting();
    }

    private void OnDrop()
    {
        Abandon(long.MinValue);
        _isDropped = true;
        _finisher?.Tell(new WorkFinished(null));
        _finisher = null;
    }

    private void OnFinish()
    {
        if (_isDropped || !_isWorking)
        {
            Sender.Tell(new WorkFinished(null));
            return;
        }

        _finisher = Sender;
        _pace.Release();
    }

    /// <summary>The network of features may be on the device; the reals are measured by it.</summary>
    private void Free()
    {
        _reals?.Dispose();
        _features?.Dispose();
        (_reals, _features) = (null, null);
        DeviceMemory.GiveBack(_setup.Device);
    }

    /// <summary>The same fault again is not told again. A checkpoint that was deleted meanwhile is none.</summary>
    private void Fail(Exception fault)
    {
        if (fault is FileNotFoundException or DirectoryNotFoundException)
            return;
        var reason = FaultPolicy.ReasonOf(fault);
        if (reason == _failure)
            return;
        _failure = reason;
        _log.Warning(fault, "The checkpoint cannot be evaluated: {0}", reason);
        Context.Parent.Tell(new EvaluationFailed(reason));
    }

    protected override void PreRestart(Exception reason, object message)
    {
        if (message is FinishWork)
            Sender.Tell(new WorkFinished(null));
        _finisher?.Tell(new WorkFinished(null));
        base.PreRestart(reason, message);
    }

    /// <summary>What the work's thread uses is freed when it has ended.</summary>
    protected override void PostStop()
    {
        _work.Cancel();
        _ = _running.ContinueWith(
            _ =>
            {
                _reals?.Dispose();
                _features?.Dispose();
                _pace.Dispose();
            },
            CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }
}
