using Pggan.Model;

namespace Pggan.Actors;

/// <summary>What outlives a restart of the trainer.</summary>
internal sealed class TrainerMemory
{
    private int _rollbacks;

    /// <summary>Why and where training diverged, until a life has gone back from there.</summary>
    public (string Reason, long Images)? Divergence { get; private set; }

    /// <summary>What was changed by hand so far; going back to an older checkpoint does not undo it. Null before the first life began.</summary>
    public TrainingChange? Changes { get; set; }

    /// <summary>A life ended so. One that finds no way back from a divergence adds nothing to it.</summary>
    public void Diverged(string reason, ProgressiveTrainer trainer)
    {
        if (Divergence is not null)
            return;
        Divergence = (reason, trainer.Progress.Images);
        _rollbacks = trainer.Rollbacks + 1;
    }

    /// <summary>
    /// A life has begun, at a checkpoint or anew: noise that led into a divergence is not drawn again, by this process nor by a later one. What to
    /// tell of its way back, or null.
    /// </summary>
    public TrainingRolledBack? Begin(ProgressiveTrainer trainer)
    {
        Changes = trainer.Changes;
        trainer.Rollbacks = Math.Max(trainer.Rollbacks, _rollbacks);
        if (Divergence is not { } divergence)
            return null;
        Divergence = null;
        return new TrainingRolledBack(divergence.Reason, divergence.Images, trainer.Progress.Images, trainer.Rollbacks);
    }
}
