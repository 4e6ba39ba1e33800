using Akka.Actor;

namespace Pggan.Actors;

/// <summary>
/// Completes events with what only the run as a whole knows, and tells them to everybody: the status, the log, the evaluator, and whoever has
/// subscribed.
/// </summary>
internal sealed class EventPublisher(StatusBoard board, RunActors actors, IActorContext context)
{
    /// <summary>Most events that are kept for late subscribers.</summary>
    private const int MostEarly = 64;

    private readonly HashSet<IActorRef> _subscribers = [];

    // What was found before the start, for a subscriber that comes a moment late.
    private readonly List<ITrainingEvent> _early = [];
    private ITrainingEvent? _life;

    public void Publish(ITrainingEvent happened)
    {
        switch (happened)
        {
            // A score may have been on its way when the trainer went back.
            case CheckpointEvaluated evaluated when evaluated.Images > board.Images:
                return;
            case PipelineDegraded degraded:
                happened = board.Degrade(degraded);
                break;
            case TickCompleted tick:
                happened = board.Number(tick);
                break;
            case CheckpointSaved saved:
                actors.Evaluator.Tell(new EvaluateCheckpoint(saved.Path, saved.ImagesSeen));
                break;
            case CheckpointRefused or DatasetChanged or StoreDegraded when _life is null && _early.Count < MostEarly:
                _early.Add(happened);
                break;
            case TrainingPaused { Released: true }:
                actors.Evaluator.Tell(ReleaseDevice.Instance);
                break;
            case TrainingResumed:
                actors.Evaluator.Tell(TakeDevice.Instance);
                break;
        }

        if (happened is TrainingStarted or TrainingPaused or TrainingResumed)
            _life = happened;
        board.Note(happened);
        actors.RunLog.Tell(happened);
        Broadcast(happened);
    }

    /// <summary>The last event of a run, which its log has already.</summary>
    public void PublishOutcome(ITrainingEvent outcome)
    {
        _life = outcome;
        board.Note(outcome);
        Broadcast(outcome);
    }

    /// <summary>Who comes late is told first what happened early, and the last event of the run's life.</summary>
    public void Subscribe(IActorRef subscriber)
    {
        if (!_subscribers.Add(subscriber))
            return;
        context.Watch(subscriber);
        foreach (var happened in _early)
            subscriber.Tell(happened);
        if (_life is not null)
            subscriber.Tell(_life);
    }

    public void Forget(IActorRef subscriber)
    {
        if (_subscribers.Remove(subscriber))
            context.Unwatch(subscriber);
    }

    private void Broadcast(ITrainingEvent happened)
    {
        foreach (var subscriber in _subscribers)
            subscriber.Tell(happened);
    }
}
