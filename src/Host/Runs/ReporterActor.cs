using Akka.Actor;
using Pggan.Actors;

namespace Pggan.Host;

/// <summary>Hands the training's events to the reporter, one at a time, and says how the training ended.</summary>
internal sealed class ReporterActor : ReceiveActor
{
    private readonly ConsoleReporter _reporter;
    private readonly EventLines? _lines;
    private readonly TaskCompletionSource<ITrainingEvent> _outcome;

    /// <summary>Reports until the outcome is known.</summary>
    public ReporterActor(IActorRef training, ConsoleReporter reporter, EventLines? lines, TaskCompletionSource<ITrainingEvent> outcome)
    {
        _reporter = reporter;
        _lines = lines;
        _outcome = outcome;
        Context.Watch(training);
        training.Tell(new SubscribeToEvents(Self));
        Receive<ITrainingEvent>(happened =>
        {
            OnEvent(happened);

            // Lengths of phases that were changed by hand are no part of what was planned.
            if (happened is TrainingStarted or TrainingRolledBack or SettingsChanged { Training: not null })
                training.Tell(new GetStatus());
        });
        Receive<TrainingStatus>(status => _reporter.Follow(status.Plan));
        Receive<Terminated>(_ => GiveUp());
    }

    /// <summary>How to start it.</summary>
    /// <param name="training">Whose events.</param>
    /// <param name="reporter">For people.</param>
    /// <param name="lines">For programs; null = none.</param>
    /// <param name="outcome">Told how it ended.</param>
    public static Props Props(IActorRef training, ConsoleReporter reporter, EventLines? lines, TaskCompletionSource<ITrainingEvent> outcome) =>
        Akka.Actor.Props.Create(() => new ReporterActor(training, reporter, lines, outcome));

    /// <summary>However the actors ended, the process must not wait for ever.</summary>
    protected override void PostStop() => GiveUp();

    /// <summary>A fault of the display is no end of the training.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
    }

    private void GiveUp() => _outcome.TrySetResult(new TrainingFailed("the training's actors are gone", FailureKind.Defect));

    private void OnEvent(ITrainingEvent happened)
    {
        try
        {
            Try(() => _lines?.Write(happened));
            Try(() => _reporter.Handle(happened));
        }
        finally
        {
            if (happened is TrainingCompleted or TrainingStopped or TrainingFailed)
                _outcome.TrySetResult(happened);
        }
    }

    /// <summary>A reader that went away must neither keep the process from ending nor cost the other reader a line.</summary>
    private static void Try(Action tell)
    {
        try
        {
            tell();
        }
        catch (IOException)
        {
            // Nobody is told by this way.
        }
    }
}
