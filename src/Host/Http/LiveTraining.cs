using Akka.Actor;
using Pggan.Actors;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>The training of this process, as the server needs it.</summary>
/// <param name="Actors">Its actors' system.</param>
/// <param name="Coordinator">The root of its actors.</param>
/// <param name="Run">Full path of its folder.</param>
/// <param name="Source">Its dataset.</param>
/// <param name="Time">For the time left.</param>
/// <param name="Options">What it was started with.</param>
/// <param name="Networks">What its networks are built from.</param>
internal sealed record LiveTraining(
    ActorSystem Actors, IActorRef Coordinator, string Run, IImageSource Source, TimePlan Time, RunOptions Options, NetworkArchitecture Networks)
{
    /// <summary>Nothing but the coordinator's mailbox is in the way of a status.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>What holds until the trainer is built and tells its own.</summary>
    public TrainingPlan FirstPlan { get; } = PlanOf(Options.ToTrainerOptions(Networks.LabelSize).Schedule, Options.Mirror);

    /// <summary>The training in numbers, for whoever listens.</summary>
    public TrainingMeter Meter { get; } = new();

    /// <summary>Asks for the status.</summary>
    /// <exception cref="AskTimeoutException">The actors do not answer.</exception>
    public Task<TrainingStatus> StatusAsync(CancellationToken cancellationToken) => Coordinator.Ask<TrainingStatus>(new GetStatus(), Patience, cancellationToken);

    private static TrainingPlan PlanOf(GrowthScheduleOptions schedule, bool mirror) => new(schedule, GrowthSchedule.Create(schedule).Phases, mirror);
}
