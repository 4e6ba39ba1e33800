namespace Pggan.Model;

/// <summary>
/// Tells a training that will not come back by itself from one that has a bad moment: only what holds for many steps in a row counts. Its
/// counts are part of a checkpoint, so that a resumed run is judged like an unbroken one.
/// </summary>
internal sealed class DivergenceWatch(TrainerOptions options)
{
    /// <summary>Share of the scores' size below which their difference is none.</summary>
    private const double Indifference = 1e-4;

    /// <summary>Steps in a row with a gradient norm beyond <see cref="TrainerOptions.MaxGradientNorm"/>.</summary>
    public int ExplodedInARow { get; set; }

    /// <summary>Steps in a row in which D gave reals and fakes the same score.</summary>
    public int CollapsedInARow { get; set; }

    /// <summary>Looks at a step; what is wrong with the training for good, or null.</summary>
    /// <param name="step">What the step measured.</param>
    /// <param name="skippedInARow">Updates of one network in a row, up to this step, that had no finite gradient.</param>
    public string? Fault(StepMetrics step, int skippedInARow)
    {
        // What a loss scale made too large says nothing of the gradient, neither good nor bad.
        if (!step.Overflowed)
            ExplodedInARow = step.GradientNorm > options.MaxGradientNorm * options.PenaltyTarget ? ExplodedInARow + 1 : 0;

        // Noise alone keeps the scores of a living D apart.
        double difference = Math.Abs(step.RealScore - step.FakeScore), size = Math.Abs(step.RealScore) + Math.Abs(step.FakeScore);
        CollapsedInARow = difference <= Indifference * size ? CollapsedInARow + 1 : 0;

        return Lasts(skippedInARow, options.DivergedAfterSkipped) ? $"{skippedInARow} updates in a row had no finite gradient"
            : Lasts(ExplodedInARow, options.DivergedAfterExploded)
                ? $"the gradient norm was above {options.MaxGradientNorm * options.PenaltyTarget:g6} for {ExplodedInARow} steps ({step.GradientNorm:g6} at last)"
            : Lasts(CollapsedInARow, options.DivergedAfterCollapsed)
                ? $"D could not tell reals from fakes for {CollapsedInARow} steps (both score {step.RealScore:g6})"
            : null;
    }

    private static bool Lasts(int inARow, int most) => most > 0 && inARow >= most;
}
