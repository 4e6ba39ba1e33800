using System.Text.Json.Serialization;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>Asks the training for something. Each command gets exactly one <see cref="CommandReply"/>.</summary>
public interface ITrainingCommand;

/// <summary>Stop between two steps, until resumed. Pausing twice is accepted and changes nothing but that it may release the device.</summary>
/// <param name="Release">Move the training into host memory, so that the device is free until it goes on.</param>
public sealed record PauseTraining(bool Release = false) : ITrainingCommand;

/// <summary>Go on after a pause.</summary>
public sealed record ResumeTraining : ITrainingCommand;

/// <summary>End the stabilise phase and start the next fade-in; rejected while fading and at full size.</summary>
/// <param name="Force">While fading, complete the fade.</param>
public sealed record GrowNow(bool Force = false) : ITrainingCommand;

/// <summary>Capture now, write soon; the reply comes when the checkpoint is on disk.</summary>
public sealed record SaveCheckpoint : ITrainingCommand;

/// <summary>Draw the run's fixed grid now.</summary>
public sealed record TakeSnapshot : ITrainingCommand;

/// <summary>A grid of other images from the average of G.</summary>
/// <param name="Count">Images, 1 to 1024.</param>
/// <param name="Seed">Of their latents.</param>
/// <param name="Class">For a conditional network: the class of all images; null = the classes in turn (<see cref="Model.WholeLabel.Turns"/>).</param>
/// <param name="Seeds">One seed for each image, in place of <paramref name="Seed"/> and as many as <paramref name="Count"/>; null = one for all.</param>
/// <param name="ClassName">The class by its name, or several attributes as A+B, in place of <paramref name="Class"/>; null = not by name.</param>
public sealed record DrawSamples(int Count, long Seed, int? Class = null, IReadOnlyList<long>? Seeds = null, string? ClassName = null) : ITrainingCommand;

/// <summary>
/// Changes settings of the run from now on, over resumes too. Null leaves a setting as it is; one bad value refuses the whole change.
/// </summary>
public sealed record ChangeSettings : ITrainingCommand
{
    /// <summary>Ticks between two automatic checkpoints; 0 = none by ticks.</summary>
    public int? CheckpointEveryTicks { get; init; }

    /// <summary>Minutes between two automatic checkpoints; 0 = none by time.</summary>
    public double? CheckpointEveryMinutes { get; init; }

    /// <summary>Checkpoints to keep; 0 = all.</summary>
    public int? KeepCheckpoints { get; init; }

    /// <summary>Ticks between two sample grids; 0 = none.</summary>
    public int? SnapshotEveryTicks { get; init; }

    /// <summary>Seed of the sample grid's latents.</summary>
    public long? SampleSeed { get; init; }

    /// <summary>What the trainer changes, from its next step on; null = nothing. Each checkpoint keeps it.</summary>
    [JsonIgnore]
    public TrainingChange? Training { get; init; }

    /// <summary>This change and a later one.</summary>
    internal ChangeSettings Then(ChangeSettings later) => new()
    {
        CheckpointEveryTicks = later.CheckpointEveryTicks ?? CheckpointEveryTicks,
        CheckpointEveryMinutes = later.CheckpointEveryMinutes ?? CheckpointEveryMinutes,
        KeepCheckpoints = later.KeepCheckpoints ?? KeepCheckpoints,
        SnapshotEveryTicks = later.SnapshotEveryTicks ?? SnapshotEveryTicks,
        SampleSeed = later.SampleSeed ?? SampleSeed,
    };
}

/// <summary>Finish the step, save, end; the reply comes when all is on disk.</summary>
public sealed record StopTraining : ITrainingCommand;
