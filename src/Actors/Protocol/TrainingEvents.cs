using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>Something happened in the run. Subscribers receive it, and all but the periodic ones are kept in events.jsonl.</summary>
public interface ITrainingEvent;

/// <summary>Why a run failed; decides the exit code.</summary>
public enum FailureKind
{
    /// <summary>A defect of ours.</summary>
    Defect,

    /// <summary>Options, checkpoint and machine do not fit each other: the user can mend it.</summary>
    Configuration,

    /// <summary>The losses diverged again and again.</summary>
    Diverged,

    /// <summary>The device is gone for this process; a new process can resume.</summary>
    DeviceLost,

    /// <summary>The dataset cannot be used.</summary>
    DataUnusable,
}

/// <summary>The run began, or continues from a checkpoint.</summary>
/// <param name="Images">Images seen before.</param>
/// <param name="Checkpoint">Images of the checkpoint it continues from, or null for a new run.</param>
public sealed record TrainingStarted(long Images, long? Checkpoint) : ITrainingEvent;

/// <summary>Paused between two steps.</summary>
/// <param name="Images">Images seen.</param>
/// <param name="Released">The device is free: the training waits in host memory.</param>
public sealed record TrainingPaused(long Images, bool Released = false) : ITrainingEvent;

/// <summary>Goes on after a pause.</summary>
public sealed record TrainingResumed(long Images) : ITrainingEvent;

/// <summary>The trainer failed, was built anew and continues.</summary>
/// <param name="Reason">The fault.</param>
/// <param name="Images">Where it continues.</param>
/// <param name="Restarts">How often it was restarted in this process.</param>
public sealed record TrainerRestarted(string Reason, long Images, int Restarts) : ITrainingEvent;

/// <summary>Training diverged and went back to a checkpoint from before; latents and mixing factors are drawn afresh from there.</summary>
/// <param name="Reason">What was wrong.</param>
/// <param name="DivergedAt">Images seen when it was given up.</param>
/// <param name="Images">Where it continues.</param>
/// <param name="Rollbacks">How often the run went back so far.</param>
public sealed record TrainingRolledBack(string Reason, long DivergedAt, long Images, int Rollbacks) : ITrainingEvent;

/// <summary>The samples of the fixed grid are far more alike than reals are, twice in a row; training goes on. Told once until they differ again.</summary>
/// <param name="Images">Images seen.</param>
/// <param name="Diversity">Mean distance of two fakes as a share of that of two reals.</param>
public sealed record ModeCollapseSuspected(long Images, double Diversity) : ITrainingEvent;

/// <summary>The schedule's total is reached and all is saved.</summary>
public sealed record TrainingCompleted(long Images) : ITrainingEvent;

/// <summary>Stopped by hand or by a shutdown, and all is saved.</summary>
public sealed record TrainingStopped(long Images) : ITrainingEvent;

/// <summary>The run ended by a fault.</summary>
/// <param name="Reason">For a person.</param>
/// <param name="Kind">Decides the exit code.</param>
public sealed record TrainingFailed(string Reason, FailureKind Kind) : ITrainingEvent;

/// <summary>A phase began.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Images">Images seen at its beginning.</param>
public sealed record PhaseStarted(GrowthPhase Phase, long Images) : ITrainingEvent;

/// <summary>A growth was ordered by hand.</summary>
/// <param name="Images">Images seen.</param>
/// <param name="CompletedFade">It ended a fade-in, not a stabilise phase.</param>
public sealed record GrowthOrdered(long Images, bool CompletedFade = false) : ITrainingEvent;

/// <summary>A tick's means. Periodic: it goes to stats.jsonl.</summary>
public sealed record TickCompleted(TickSummary Summary) : ITrainingEvent;

/// <summary>For a live line, a few times a second at most. Periodic: it is kept nowhere.</summary>
/// <param name="Progress">Where the schedule is.</param>
/// <param name="Stage">Stage of the next step.</param>
/// <param name="Phase">Its phase.</param>
/// <param name="LossD">Loss of D at the last step; null before the first of this process.</param>
/// <param name="LossG">Loss of G at the last step that had one.</param>
/// <param name="ImagesPerSecond">Since the last tick; 0 when unknown.</param>
public sealed record TrainingProgressed(
    GrowthProgress Progress, GrowthStage Stage, GrowthPhase Phase, float? LossD, float? LossG, double ImagesPerSecond) : ITrainingEvent
{
    /// <summary>Real images seen.</summary>
    public long Images => Progress.Images;

    /// <summary>Share of the time since the last tick in which the trainer waited for images, from 0 to 1.</summary>
    public double LoaderWait { get; init; }

    /// <summary>Steps and seconds of this life of the trainer, as of a stage of the pipeline: blocked = waiting for a checkpoint to be written.</summary>
    public StageSnapshot Load { get; init; } = new("trainer", 0, 0, 0, 0);
}

/// <summary>
/// Memory does not suffice for a minibatch at once: from now on it is computed in parts and their gradients are summed, which changes
/// results by rounding alone.
/// </summary>
/// <param name="Resolution">Side of the images in pixels.</param>
/// <param name="Minibatch">Real images a step, as before.</param>
/// <param name="MicroBatch">Images computed at once.</param>
/// <param name="Reason">For a person.</param>
public sealed record MicroBatchReduced(int Resolution, int Minibatch, int MicroBatch, string Reason) : ITrainingEvent;

/// <summary>A checkpoint is on disk.</summary>
public sealed record CheckpointSaved(string Path, long ImagesSeen) : ITrainingEvent;

/// <summary>A checkpoint could not be written; the older ones stay and training goes on.</summary>
public sealed record CheckpointFailed(string Reason) : ITrainingEvent;

/// <summary>The disk is nearly full; told once until there is room again.</summary>
/// <param name="FreeBytes">What can still be written beside the checkpoints.</param>
/// <param name="NeededBytes">What one checkpoint takes.</param>
public sealed record DiskSpaceLow(long FreeBytes, long NeededBytes) : ITrainingEvent;

/// <summary>A damaged checkpoint was passed over.</summary>
public sealed record CheckpointRefused(string Path, string Reason) : ITrainingEvent;

/// <summary>A picture of samples is on disk.</summary>
public sealed record SamplesDrawn(string Path, long ImagesSeen) : ITrainingEvent;

/// <summary>Samples could not be drawn; training goes on.</summary>
public sealed record SamplesFailed(string Reason) : ITrainingEvent;

/// <summary>A checkpoint was measured.</summary>
/// <param name="Images">Images that it had seen.</param>
/// <param name="Scores">A score a metric.</param>
public sealed record CheckpointEvaluated(long Images, IReadOnlyList<MetricScore> Scores) : ITrainingEvent;

/// <summary>A checkpoint could not be measured; training goes on.</summary>
public sealed record EvaluationFailed(string Reason) : ITrainingEvent;

/// <summary>A stage of the pipeline failed and is restarted.</summary>
/// <param name="Stage">Its name, or "pipeline" when all of it is restarted.</param>
/// <param name="Restarts">How often so far.</param>
/// <param name="Reason">The fault.</param>
public sealed record PipelineDegraded(string Stage, int Restarts, string Reason) : ITrainingEvent;

/// <summary>An image cannot be used; told once an image.</summary>
public sealed record ImageSkipped(int Index, string Name, string Reason) : ITrainingEvent;

/// <summary>
/// The store of the dataset's images is damaged, or can't be written; what it lacks is read from the dataset. Told once each.
/// </summary>
public sealed record StoreDegraded(string Reason) : ITrainingEvent;

/// <summary>Settings were changed by hand.</summary>
/// <param name="Settings">Those of the run that hold now.</param>
/// <param name="Training">What the trainer changed; null = nothing.</param>
/// <param name="Images">Images seen.</param>
public sealed record SettingsChanged(RunSettings Settings, TrainingChange? Training = null, long Images = 0) : ITrainingEvent;

/// <summary>The run continues with another dataset than its checkpoint was trained on.</summary>
public sealed record DatasetChanged(string Was, string Is) : ITrainingEvent;

/// <summary>The run's log cannot be written; training goes on.</summary>
public sealed record RunLogFailed(string Reason) : ITrainingEvent;
