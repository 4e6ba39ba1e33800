using Akka.Actor;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>Tells the coordinator how the training goes: a live line a few times a second, and ticks.</summary>
internal sealed class TrainerReports(HeldTraining training, TickMeter tick, TrainerLoad load, IActorRef coordinator, TimeProvider time)
{
    /// <summary>A live line is read by eyes.</summary>
    private static readonly TimeSpan ReportEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>A trim takes some 100 ms, which is less than 1 % of this.</summary>
    private static readonly TimeSpan TrimEvery = TimeSpan.FromSeconds(15);

    private long _reportedAt;
    private long _trimmedAt;

    /// <summary>Where the training stands.</summary>
    public TrainingProgressed Place()
    {
        var (progress, point) = (training.Trainer.Progress, training.Trainer.Point);
        return new TrainingProgressed(progress, point.Stage, point.Phase, tick.LastLossD, tick.LastLossG, tick.ImagesPerSecond)
        {
            LoaderWait = tick.LoaderWait,
            Load = load.Snapshot,
        };
    }

    /// <summary>A step is taken.</summary>
    public void Add(StepMetrics step)
    {
        tick.Add(step);
        load.CountStep();
        if (time.GetElapsedTime(_reportedAt) >= ReportEvery)
            Report();
    }

    public void Report()
    {
        _reportedAt = time.GetTimestamp();
        coordinator.Tell(Place());
    }

    /// <summary>Ends the tick, unless it has no step, and gives back what memory it left over.</summary>
    public void CompleteTick()
    {
        var trainer = training.Trainer;
        if (!tick.IsEmpty)
            coordinator.Tell(new TickCompleted(tick.Complete(trainer.Point, trainer.Progress, trainer.Schedule.TotalImages)));
        if (time.GetElapsedTime(_trimmedAt) < TrimEvery)
            return;
        HostMemory.Trim();
        _trimmedAt = time.GetTimestamp();
    }
}
