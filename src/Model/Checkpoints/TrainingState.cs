using System.Text.Json.Serialization;

namespace Pggan.Model;

/// <summary>All of a training that is not a tensor.</summary>
public sealed record TrainingState
{
    /// <summary>What the networks are built from.</summary>
    public required NetworkArchitecture Architecture { get; init; }

    /// <summary>Where the schedule is.</summary>
    public required GrowthProgress Progress { get; init; }

    /// <summary>Stage of the last group of steps, or null before the first: a change of it resets the optimizers.</summary>
    public required GrowthStage? LastStage { get; init; }

    /// <summary>Stage that samples of this state are drawn at.</summary>
    public required GrowthStage Stage { get; init; }

    /// <summary>Updates of G since its optimizer was reset.</summary>
    public required long GeneratorUpdates { get; init; }

    /// <summary>Updates of D since its optimizer was reset.</summary>
    public required long DiscriminatorUpdates { get; init; }

    /// <summary>Updates skipped so far because a gradient was not finite.</summary>
    public required long SkippedUpdates { get; init; }

    /// <summary>Updates of G skipped since its last good one, but for those that its loss scale may explain: how near the training is to being given up as diverged.</summary>
    public required int GeneratorSkippedInARow { get; init; }

    /// <summary>The same of D.</summary>
    public required int DiscriminatorSkippedInARow { get; init; }

    /// <summary>Power of two that G's loss is scaled by; null in other precisions than fp16, and in files from before they were kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? GeneratorLossScale { get; init; }

    /// <summary>The same of D's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? DiscriminatorLossScale { get; init; }

    /// <summary>Steps in a row so far whose gradient norm was beyond any use; 0 in files before format 2.</summary>
    public int ExplodedInARow { get; init; }

    /// <summary>Steps in a row so far in which D could not tell reals from fakes; 0 in files before format 2.</summary>
    public int CollapsedInARow { get; init; }

    /// <summary>How often training went back to a checkpoint after a divergence: it enters the seed of the noise. 0 in files before format 2.</summary>
    public int Rollbacks { get; init; }

    /// <summary>What the noise on D follows (<see cref="DiscriminatorNoise"/>); 0 without noise, and in files before format 4.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double NoiseAverage { get; init; }

    /// <summary>True when nothing pointed to a divergence.</summary>
    public bool IsSound => GeneratorSkippedInARow == 0 && DiscriminatorSkippedInARow == 0 && ExplodedInARow == 0 && CollapsedInARow == 0;

    /// <summary>Seed of the run's draws.</summary>
    public required long Seed { get; init; }

    /// <summary>
    /// Images that a device computes at once where that was set or memory is short, or null: a resumed run sums its gradients in the same parts.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MicroBatchSizes? MicroBatches { get; init; }

    /// <summary>What was changed by hand since the run began, or null: nothing, or a file before format 3.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TrainingChange? Changes { get; init; }

    /// <summary>Names of a label's components in their order, or null: there are none, or the file is from before they were kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? LabelNames { get; init; }

    /// <summary>Position in the endless order of images after the last batch trained on.</summary>
    public long DataPosition { get; init; }

    /// <summary>Identity of the dataset, or null when unknown.</summary>
    public string? DatasetDigest { get; init; }
}
