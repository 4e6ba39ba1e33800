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

    /// <summary>What outlives a restart: the device may be another's by now.</summary>
    internal sealed class Desk
    {
        public bool IsDropped { get; set; }

        public bool IsReleased { get; set; }
    }

    public static Props Props(TrainingSetup setup, EvaluationSetup evaluation)
    {
        var desk = new Desk();
        return Akka.Actor.Props.Create(() => new EvaluatorActor(setup, evaluation, desk));
    }

    private readonly Desk _desk;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    // Used by the work's thread, and when there is none.
    private readonly CheckpointMeasure _measure;
    private Task _running = Task.CompletedTask;
    private CancellationTokenSource _work = new();
    private long _measured;
    private EvaluateCheckpoint? _waiting;
    private IActorRef? _finisher;
    private string? _failure;
    private bool _isWorking;

    public EvaluatorActor(TrainingSetup setup, EvaluationSetup evaluation, Desk desk)
    {
        _desk = desk;
        _measure = new CheckpointMeasure(setup, evaluation);
        Receive<EvaluateCheckpoint>(OnEvaluate);
        Receive<EvaluationEnded>(OnEnded);
        Receive<AbandonWork>(abandon => Abandon(abandon.From));
        Receive<ReleaseDevice>(_ => OnRelease());
        Receive<TakeDevice>(_ => OnTake());
        Receive<DropWork>(_ => OnDrop());
        Receive<FinishWork>(_ => OnFinish());
    }

    private void OnEvaluate(EvaluateCheckpoint checkpoint)
    {
        if (_desk.IsDropped)
            return;
        if (_isWorking || _desk.IsReleased)
            _waiting = checkpoint;
        else
            Work(checkpoint);
    }

    private void Work(EvaluateCheckpoint checkpoint)
    {
        _work.Dispose();
        _work = new CancellationTokenSource();
        var (work, token) = (_work, _work.Token);
        var running = Task.Factory.StartNew(() => _measure.Scores(checkpoint.Path, token), token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        (_running, _isWorking, _measured) = (running, true, checkpoint.Images);
        running.PipeTo(
            Self, Self, scores => new EvaluationEnded(work, checkpoint.Images, scores, null),
            fault => new EvaluationEnded(work, checkpoint.Images, null, FaultPolicy.Cause(fault)));
    }

    private void OnEnded(EvaluationEnded ended)
    {
        // Of a life before a restart.
        if (!ReferenceEquals(ended.Work, _work))
            return;

        // An abandoned one is no result, even when it did not hear of it in time.
        _isWorking = false;
        if (!ended.Work.IsCancellationRequested)
            Tell(ended);
        if (_desk.IsReleased)
            _measure.Free();
        if (WorkOnWaiting())
            return;
        _finisher?.Tell(new WorkFinished(null));
        _finisher = null;
    }

    private bool WorkOnWaiting()
    {
        if (_desk.IsReleased || _waiting is not { } next)
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
        _desk.IsReleased = true;
        if (!_isWorking)
            _measure.Free();
    }

    private void OnTake()
    {
        _desk.IsReleased = false;
        if (!_isWorking)
            WorkOnWaiting();
    }

    private void OnDrop()
    {
        Abandon(long.MinValue);
        _desk.IsDropped = true;
        _finisher?.Tell(new WorkFinished(null));
        _finisher = null;
    }

    private void OnFinish()
    {
        if (_desk.IsDropped || !_isWorking)
        {
            Sender.Tell(new WorkFinished(null));
            return;
        }

        _finisher = Sender;
        _measure.Hurry();
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
        _ = _running.ContinueWith(_ => _measure.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }
}
