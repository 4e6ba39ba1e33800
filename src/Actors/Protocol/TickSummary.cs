namespace Pggan.Actors;

/// <summary>The steps since the last tick: means of what they measured. A step without a value does not count in its mean.</summary>
public sealed record TickSummary
{
    /// <summary>Number of the tick in the run, from 1.</summary>
    public required int Tick { get; init; }

    /// <summary>Real images seen at its end.</summary>
    public required long Images { get; init; }

    /// <summary>The same in thousands.</summary>
    public double Kimg => Images / 1000.0;

    /// <summary>Resolution trained at, in pixels.</summary>
    public required int Resolution { get; init; }

    /// <summary>Weight of the newest block at the last step.</summary>
    public required double Alpha { get; init; }

    /// <summary>Real images a step.</summary>
    public required int Minibatch { get; init; }

    /// <summary>Loss of D.</summary>
    public required double LossD { get; init; }

    /// <summary>Loss of G; null when no step updated G.</summary>
    public required double? LossG { get; init; }

    /// <summary>Score that D gives to reals.</summary>
    public required double ScoreReal { get; init; }

    /// <summary>Score that D gives to fakes.</summary>
    public required double ScoreFake { get; init; }

    /// <summary>Norm of the gradient that the penalty looks at.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Gradient penalty in D's loss.</summary>
    public required double GradientPenalty { get; init; }

    /// <summary>Label loss of D; 0 for an unconditional network.</summary>
    public required double LabelLoss { get; init; }

    /// <summary>Learning rate of G at the last step.</summary>
    public required double GLearningRate { get; init; }

    /// <summary>Learning rate of D at the last step.</summary>
    public required double DLearningRate { get; init; }

    /// <summary>Real images a second, pauses left out.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Seconds of the tick, pauses left out.</summary>
    public required double SecondsPerTick { get; init; }

    /// <summary>Seconds per thousand images.</summary>
    public required double SecondsPerKimg { get; init; }

    /// <summary>Share of the tick that the trainer waited for a batch, 0 to 1.</summary>
    public required double LoaderWait { get; init; }

    /// <summary>Resident memory of the process in bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Updates skipped in the tick because a gradient was not finite.</summary>
    public required int SkippedUpdates { get; init; }

    /// <summary>Power of two that G's loss is scaled by at the tick's end; null where losses are not scaled.</summary>
    public double? GLossScale { get; init; }

    /// <summary>The same of D's.</summary>
    public double? DLossScale { get; init; }

    /// <summary>Bad images met so far by this process.</summary>
    public int SkippedImages { get; init; }

    /// <summary>Batches of the tick that were thrown away because another resolution was wanted meanwhile.</summary>
    public required int StaleBatches { get; init; }

    /// <summary>Seconds of the whole run, earlier processes included.</summary>
    public double Elapsed { get; init; }

    /// <summary>Thousands of images until the phase ends.</summary>
    public required double PhaseKimgLeft { get; init; }

    /// <summary>Thousands of images until the schedule ends.</summary>
    public required double TotalKimgLeft { get; init; }

    /// <summary>Seconds until the phase ends at this speed; null when the speed is unknown.</summary>
    public required double? SecondsLeftInPhase { get; init; }

    /// <summary>Seconds until the schedule ends at this speed; known in the last phase only, since each growth changes the speed.</summary>
    public required double? SecondsLeft { get; init; }
}
