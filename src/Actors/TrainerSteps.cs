using Akka.Actor;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>Trains on batches, and sees to what follows from each step: ticks, checkpoints, pictures, and what is told of it.</summary>
internal sealed class TrainerSteps(
    HeldTraining training, TrainerReports reports, TrainerSaves saves, TrainerPictures pictures, IActorRef coordinator)
{
    private (GrowthPhaseKind, int) _phase;

    /// <summary>The next step goes on from here.</summary>
    public void Start() => _phase = training.Phase;

    /// <summary>Takes one step; at the end of the training nothing but the end follows from it.</summary>
    public void Take(ImageBatch batch, RunSettings settings)
    {
        var (before, tickKimg) = (training.Images, training.Trainer.Point.TickKimg);
        var step = training.Step(batch);
        saves.Need();
        if (step.MicroBatchReduced is { } reason)
            coordinator.Tell(new MicroBatchReduced(step.Stage.Resolution, step.Minibatch, step.MicroBatch, reason));
        reports.Add(step);

        // A phase that ends gets a checkpoint. A growth by hand ends one between two steps.
        var phaseEnded = training.Phase != _phase;
        _phase = training.Phase;
        if (phaseEnded)
            coordinator.Tell(new PhaseStarted(training.Trainer.Point.Phase, training.Images));
        if (training.IsAtEnd)
            return;

        var passed = new PassedTicks(before, training.Images, tickKimg);
        if (phaseEnded || passed.Any(settings.CheckpointEveryTicks) || saves.AreOverdue(settings.CheckpointEveryMinutes))
            saves.SaveWhenDue();
        else if (passed.Any(1))
            reports.CompleteTick();
        if (passed.Any(settings.SnapshotEveryTicks) && !pictures.AreTooMany)
            pictures.DrawGrid();
    }
}
