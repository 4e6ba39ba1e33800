using Akka;
using Akka.Actor;

namespace Pggan.Actors;

/// <summary>
/// How a run ends: when the trainer is through, the others finish, the log is closed last, and everybody who waits for something of the run learns
/// of the outcome.
/// </summary>
internal sealed class RunEnding(RunActors actors, StatusBoard board, EventPublisher events, CommandRouter commands)
{
    /// <summary>Most who wait for the end: one that hangs must not be buried.</summary>
    private const int MostStoppers = 256;

    private readonly List<IActorRef> _stoppers = [];
    private readonly TaskCompletionSource<Done> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITrainingEvent? _outcome;
    private TrainingFailed? _failure;
    private string? _saveFailure;
    private HashSet<IActorRef>? _unfinished;

    /// <summary>Ends when the outcome is told.</summary>
    public Task<Done> Told => _told.Task;

    /// <summary>The trainer has ended as it should, or all is over.</summary>
    public bool IsDecided => _outcome is not null;

    /// <summary>Who is answered when all is over.</summary>
    public void AddStopper(IActorRef stopper)
    {
        if (_stoppers.Count < MostStoppers)
            _stoppers.Add(stopper);
        else
            stopper.Tell(new CommandRejected($"the training is ending, and {MostStoppers} wait for that already"));
    }

    /// <summary>The run has failed, if it has not before.</summary>
    public void Fail(TrainingFailed failure) => _failure ??= failure;

    /// <summary>The trainer has ended, and what it says holds unless something else has failed.</summary>
    public void EndTrainer(bool completed) => _outcome = completed ? new TrainingCompleted(board.Images) : new TrainingStopped(board.Images);

    /// <summary>The last checkpoint, which the trainer may not have handed over yet, is on its way to nobody.</summary>
    public void LoseWriter(string reason)
    {
        if (_unfinished is null)
            _saveFailure = reason;
    }

    /// <summary>The trainer is gone: the others finish what they were asked for.</summary>
    /// <returns>Whether the run is over.</returns>
    public bool AwaitOthers()
    {
        if (_unfinished is not null)
            return false;
        _unfinished = [.. actors.Workers()];

        // A training that was stopped can be measured later. The last checkpoint of one that is complete is, when it is written.
        if (_outcome is not TrainingCompleted)
            actors.Evaluator.Tell(DropWork.Instance);
        foreach (var worker in _unfinished)
        {
            if (!worker.Equals(actors.Evaluator) || !_unfinished.Contains(actors.Checkpoints))
                worker.Tell(FinishWork.Instance);
        }

        return _unfinished.Count == 0 && CloseLog();
    }

    /// <summary>One of the others has finished, or is gone.</summary>
    /// <param name="actor">Which.</param>
    /// <param name="failure">Of its last piece of work, or null.</param>
    /// <returns>Whether the run is over.</returns>
    public bool Finish(IActorRef actor, string? failure)
    {
        if (_unfinished is null || !_unfinished.Remove(actor))
            return false;
        if (actor.Equals(actors.Checkpoints))
        {
            _saveFailure = failure;
            actors.Evaluator.Tell(FinishWork.Instance);
        }

        if (actor.Equals(actors.RunLog))
            return TellOutcome();
        return _unfinished.Count == 0 && CloseLog();
    }

    /// <summary>Ends the run here and now.</summary>
    public void BreakOff(TrainingFailed failure)
    {
        if (_told.Task.IsCompleted)
            return;
        _outcome = failure;
        actors.RunLog.Tell(_outcome);
        TellOutcome();
    }

    /// <summary>The log closes before the outcome is told: who hears of the end may end the process.</summary>
    private bool CloseLog()
    {
        _outcome = _failure ?? (_saveFailure is null ? _outcome! : new TrainingFailed(
            $"the last checkpoint cannot be written: {_saveFailure}; once this is mended, --resume continues from the newest one that is there",
            FailureKind.Configuration));
        if (actors.IsGone(actors.RunLog))
            return TellOutcome();
        _unfinished!.Add(actors.RunLog);
        actors.RunLog.Tell(_outcome);
        actors.RunLog.Tell(FinishWork.Instance);
        return false;
    }

    private bool TellOutcome()
    {
        events.PublishOutcome(_outcome!);
        var reply = _outcome is TrainingFailed failed
            ? (CommandReply)new CommandRejected(failed.Reason)
            : new CommandAccepted($"ended at kimg {board.Images / 1000.0:0.000}");
        foreach (var stopper in _stoppers)
            stopper.Tell(reply);
        commands.RejectAll("the training has ended");
        _stoppers.Clear();
        return _told.TrySetResult(Done.Instance);
    }
}
