namespace Pggan.Model;

/// <summary>What one step measured. Means over the minibatch.</summary>
public sealed record StepMetrics
{
    /// <summary>Real images seen after the step.</summary>
    public required long Images { get; init; }

    /// <summary>Stage trained at.</summary>
    public required GrowthStage Stage { get; init; }

    /// <summary>Real images of the step.</summary>
    public required int Minibatch { get; init; }

    /// <summary>Images of it that a device computed at once; all of them, or its share of them, unless memory is short.</summary>
    public required int MicroBatch { get; init; }

    /// <summary>Why this step was the first to compute fewer images at once than before; null when it was not.</summary>
    public required string? MicroBatchReduced { get; init; }

    /// <summary>Loss of D, penalties included.</summary>
    public required float DiscriminatorLoss { get; init; }

    /// <summary>Loss of G, or null when the step had no generator update.</summary>
    public required float? GeneratorLoss { get; init; }

    /// <summary>Score that D gives to reals.</summary>
    public required float RealScore { get; init; }

    /// <summary>Score that D gives to fakes.</summary>
    public required float FakeScore { get; init; }

    /// <summary>Norm of the gradient that the penalty looks at, in its own scale.</summary>
    public required float GradientNorm { get; init; }

    /// <summary>Gradient penalty as added to D's loss.</summary>
    public required float GradientPenalty { get; init; }

    /// <summary>Label loss of D on reals and fakes together, 0 for an unconditional network.</summary>
    public required float LabelLoss { get; init; }

    /// <summary>Learning rate of G.</summary>
    public required double GeneratorLearningRate { get; init; }

    /// <summary>Learning rate of D.</summary>
    public required double DiscriminatorLearningRate { get; init; }

    /// <summary>Updates of this step that were skipped because a gradient was not finite: 0, 1 or 2.</summary>
    public required int SkippedUpdates { get; init; }

    /// <summary>Whether D's update was skipped because its loss was scaled too much: loss, norm and penalty may not be finite, and tell nothing.</summary>
    public bool Overflowed { get; init; }

    /// <summary>Power of two that G's loss is scaled by at the next step; null where losses are not scaled (<see cref="Precision"/>).</summary>
    public double? GeneratorLossScale { get; init; }

    /// <summary>The same of D's.</summary>
    public double? DiscriminatorLossScale { get; init; }

    /// <summary>Wall-clock time of the step in seconds.</summary>
    public required double Seconds { get; init; }
}
