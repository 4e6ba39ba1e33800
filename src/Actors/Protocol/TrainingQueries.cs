using Akka.Actor;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>Asks for information and changes nothing.</summary>
public interface ITrainingQuery;

/// <summary>Answered with <see cref="TrainingStatus"/> from the coordinator's last snapshot, never by the busy trainer.</summary>
public sealed record GetStatus : ITrainingQuery;

/// <summary>
/// Every <see cref="ITrainingEvent"/> from now on goes to the subscriber, until it stops or unsubscribes. Who comes late is told the last
/// event of the run's life first.
/// </summary>
/// <param name="Subscriber">Receives the events.</param>
public sealed record SubscribeToEvents(IActorRef Subscriber);

/// <summary>Ends a subscription.</summary>
/// <param name="Subscriber">The one that was subscribed.</param>
public sealed record UnsubscribeFromEvents(IActorRef Subscriber);

/// <summary>What a run is doing.</summary>
public enum RunState
{
    /// <summary>The trainer is being built, at the beginning or after a fault.</summary>
    Starting,

    /// <summary>Training.</summary>
    Training,

    /// <summary>Paused by hand.</summary>
    Paused,

    /// <summary>Saving before the end.</summary>
    Stopping,

    /// <summary>The schedule's total is reached.</summary>
    Completed,

    /// <summary>Stopped by hand; it can be resumed.</summary>
    Stopped,

    /// <summary>Ended by a fault.</summary>
    Failed,
}

/// <summary>The numbers of the training that can be changed while it lives, as they hold now.</summary>
/// <param name="Schedule">The schedule and its learning rates, minibatches and ticks.</param>
/// <param name="Phases">Its phases, in images of the schedule; at the current one those are the images seen and those skipped by hand.</param>
/// <param name="Mirror">Images are flipped left to right with a chance of one half.</param>
public sealed record TrainingPlan(GrowthScheduleOptions Schedule, IReadOnlyList<GrowthPhase> Phases, bool Mirror);

/// <summary>One actor of a run.</summary>
/// <param name="Name">"training", "pipeline", "reader-0", "trainer", …</param>
/// <param name="Parent">Name of its parent; null for the root.</param>
/// <param name="State">"running", "paused", "released", "starting", "restarting", "stopping" or "stopped".</param>
/// <param name="Restarts">In this process.</param>
/// <param name="LastError">What its last failure said, or null.</param>
/// <param name="LastErrorAt">When.</param>
public sealed record ActorStatus(string Name, string? Parent, string State, int Restarts, string? LastError, DateTimeOffset? LastErrorAt);

/// <summary>The run at a glance.</summary>
public sealed record TrainingStatus : INoSerializationVerificationNeeded
{
    /// <summary>What it is doing.</summary>
    public required RunState State { get; init; }

    /// <summary>Where the schedule is, or null before the trainer is built.</summary>
    public GrowthProgress? Progress { get; init; }

    /// <summary>Growth stage, or null before the trainer is built.</summary>
    public GrowthStage? Stage { get; init; }

    /// <summary>Phase of the schedule, or null before the trainer is built.</summary>
    public GrowthPhase? Phase { get; init; }

    /// <summary>The last report of the live line, or null before the first step of this process.</summary>
    public TrainingProgressed? Live { get; init; }

    /// <summary>The last tick of this process, or null before it.</summary>
    public TickSummary? LastTick { get; init; }

    /// <summary>The pipeline in numbers, or null before it runs.</summary>
    public PipelineSnapshot? Pipeline { get; init; }

    /// <summary>How often each actor was restarted in this process, by its name; those never restarted are not listed.</summary>
    public required IReadOnlyDictionary<string, int> Restarts { get; init; }

    /// <summary>The settings that hold now.</summary>
    public required RunSettings Settings { get; init; }

    /// <summary>The trainer's settings that hold now, those changed by hand included, or null before it is built.</summary>
    public TrainingPlan? Plan { get; init; }

    /// <summary>True while the device is released: the training waits in host memory.</summary>
    public bool IsReleased { get; init; }

    /// <summary>Every actor of the run, parents before children.</summary>
    public IReadOnlyList<ActorStatus> Actors { get; init; } = [];

    /// <summary>What the trainer has done in this process, as a stage of the pipeline; null before it is built.</summary>
    public StageSnapshot? Trainer { get; init; }

    /// <summary>Folder of the newest checkpoint that this process wrote or started from.</summary>
    public string? NewestCheckpoint { get; init; }

    /// <summary>File of the newest samples of this process.</summary>
    public string? NewestSamples { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Failure { get; init; }

    /// <summary>Seconds of the whole run, earlier processes included.</summary>
    public double Elapsed { get; init; }
}
