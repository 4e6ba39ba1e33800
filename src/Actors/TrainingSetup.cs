using System.Collections.Frozen;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>Everything that a run needs, made by the host.</summary>
public sealed record TrainingSetup
{
    /// <summary>Builds the trainer; called on the trainer's own thread at every start of it.</summary>
    public required Func<ProgressiveTrainer> TrainerFactory { get; init; }

    /// <summary>The dataset; the host disposes it after the run. With a store of its images nothing that reads it decodes one twice.</summary>
    public required IImageSource Source { get; init; }

    /// <summary>The numbers of the pipeline; its resolution and channels are those of the networks.</summary>
    public required PipelineOptions Pipeline { get; init; }

    /// <summary>Folder of the run; it exists.</summary>
    public required string RunDirectory { get; init; }

    /// <summary>Devices of the training, as <see cref="TorchDevice.Names"/> takes them; samples are drawn on the first.</summary>
    public required string Device { get; init; }

    /// <summary>Continue from the newest valid checkpoint of the run's folder. After a fault the trainer always does.</summary>
    public bool Resume { get; init; }

    /// <summary>Wait for <see cref="ResumeTraining"/> before the first step.</summary>
    public bool StartPaused { get; init; }

    /// <summary>Stop as by <see cref="StopTraining"/> once so many images are seen; null = at the schedule's total.</summary>
    public long? StopAtImages { get; init; }

    /// <summary>Ticks between two automatic checkpoints; 0 = none by ticks. Phases and the end have theirs anyway.</summary>
    public int CheckpointEveryTicks { get; init; } = 1;

    /// <summary>Time between two automatic checkpoints; zero = none by time.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Checkpoints to keep; 0 = all.</summary>
    public int KeepCheckpoints { get; init; } = 5;

    /// <summary>Keep the newest checkpoint of each resolution too.</summary>
    public bool KeepOnePerResolution { get; init; } = true;

    /// <summary>Name of the metric by which the best checkpoint is kept too; null = none. See <see cref="MetricScores"/>.</summary>
    public string? KeepBest { get; init; }

    /// <summary>What is measured of each automatic checkpoint; null = nothing.</summary>
    public EvaluationSetup? Evaluation { get; init; }

    /// <summary>Write histograms of the weights for TensorBoard with each checkpoint.</summary>
    public bool WeightHistograms { get; init; } = true;

    /// <summary>Layers of the networks, drawn for TensorBoard; empty = none.</summary>
    public IReadOnlyList<NetworkLayer> Networks { get; init; } = [];

    /// <summary>Ticks between two sample grids; 0 = none.</summary>
    public int SnapshotEveryTicks { get; init; } = 1;

    /// <summary>Seed of the sample grid's latents.</summary>
    public long SampleSeed { get; init; } = 1000;

    /// <summary>
    /// Names of the settings that were given at this start, as in RUN/settings.json; other names mean nothing. At a resume these win over what
    /// was changed by hand before; the others do not.
    /// </summary>
    public IReadOnlySet<string> GivenSettings { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Cells of the sample grid; a conditional network gets one class a row.</summary>
    public (int Columns, int Rows) Grid { get; init; } = (8, 6);

    /// <summary>Shortest wait before a failed reader starts again.</summary>
    public TimeSpan ReaderMinBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait before a failed reader starts again.</summary>
    public TimeSpan ReaderMaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often actors may restart.</summary>
    public FaultLimits Limits { get; init; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The dataset's images at every resolution, on disk; null = none.</summary>
    internal PyramidStore? Store => (Source as StoredSource)?.Store;

    /// <summary>Scores by images seen, of the metric that the best checkpoint is kept by.</summary>
    internal IReadOnlyDictionary<long, double> ScoresToKeepBy() =>
        KeepBest is null ? FrozenDictionary<long, double>.Empty : MetricScores.Read(RunDirectory, KeepBest);

    /// <summary>Folder of the checkpoints.</summary>
    internal string CheckpointFolder => Path.Combine(RunDirectory, "checkpoints");
}
