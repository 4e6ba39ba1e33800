using Akka.Actor;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>
/// Hands checkpoints of a training over to their writer, the next one only when the last is on disk. On a disk that is slower than the interval
/// the trainer waits for it, so that a killed run goes back by no more than an interval of what it has told.
/// </summary>
internal sealed class TrainerSaves(
    TrainingSetup setup, HeldTraining training, TrainerReports reports, IActorRef writer, IActorRef coordinator, IActorRef trainer)
{
    private long? _writing;
    private long _since;

    /// <summary>The training is other than its newest checkpoint.</summary>
    public bool IsNeeded { get; private set; } = true;

    /// <summary>One is to be taken as soon as the last is on disk, and no step before.</summary>
    public bool IsDue { get; private set; }

    /// <summary>So many minutes have passed since the last; 0 = never.</summary>
    public bool AreOverdue(double minutes) => minutes > 0 && setup.Time.GetElapsedTime(_since).TotalMinutes >= minutes;

    /// <summary>The minutes to the next one begin.</summary>
    public void StartClock() => _since = setup.Time.GetTimestamp();

    /// <summary>The training is another one from now on.</summary>
    public void Need() => IsNeeded = true;

    /// <summary>The training is what its newest checkpoint says.</summary>
    public void NeedNone() => IsNeeded = false;

    /// <summary>
    /// Copies the training, which is all that the trainer stands still for. A checkpoint ends the tick: a resumed run begins a new one, so each
    /// step is in exactly one line of stats.jsonl, whenever a run is stopped.
    /// </summary>
    /// <param name="requests">Whose answer it is.</param>
    public Checkpoint Save(params long[] requests)
    {
        reports.CompleteTick();
        var logged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var checkpoint = training.Capture();
        coordinator.Tell(new LogMark(logged, setup.WeightHistograms ? checkpoint : null));
        writer.Tell(new WriteCheckpoint(checkpoint, requests, logged.Task, trainer));
        (_writing, IsNeeded, IsDue) = (training.Images, false, false);
        StartClock();
        return checkpoint;
    }

    /// <summary>Saves now, or when the last one is on disk.</summary>
    public void SaveWhenDue()
    {
        if (_writing is null)
            Save();
        else
            IsDue = true;
    }

    /// <summary>That of so many images, and every earlier one, is written or lost: what is not on disk is needed again.</summary>
    /// <returns>Whether the one that is due can be taken now.</returns>
    public bool End(CheckpointEnded ended)
    {
        IsNeeded |= !ended.Saved;
        if (ended.Images < _writing)
            return false;
        _writing = null;
        return IsDue;
    }

    /// <summary>What is in host memory needs no device to be written.</summary>
    public void WriteReleased(params long[] requests) =>
        writer.Tell(new WriteCheckpoint(training.Released!, requests, Task.CompletedTask, trainer));
}
