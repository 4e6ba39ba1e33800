using Akka.Actor;
using Akka.Event;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>Finds the checkpoint that a life of the trainer continues from; tells of each that it passes over.</summary>
internal sealed class RestorePoint(string folder, IActorRef coordinator, ILoggingAdapter log)
{
    private string? _newestRefused;

    /// <summary>The checkpoint, or null when the run has none. A run whose every checkpoint is damaged does not begin anew.</summary>
    /// <param name="diverged">Why training diverged, which it goes back behind; null = the newest will do.</param>
    /// <exception cref="CheckpointDamagedException">There are some, and none is whole.</exception>
    /// <exception cref="TrainingDivergedException">There are some, and none is from before the divergence.</exception>
    public Checkpoint? Find(string? diverged)
    {
        var directory = new CheckpointDirectory(folder);
        var found = diverged is null ? directory.Newest(Refuse) : directory.RollBack(Refuse);
        if (found is null && _newestRefused is not null)
            throw new CheckpointDamagedException($"no checkpoint of {folder} is whole; the newest one: {_newestRefused}");
        if (found is null && diverged is not null && directory.Newest(Refuse) is not null)
            throw new TrainingDivergedException($"{diverged}; no checkpoint of {folder} is from before it went wrong");
        return found;
    }

    private void Refuse(string path, string reason)
    {
        _newestRefused ??= reason;
        log.Warning("Checkpoint {0} is passed over: {1}", path, reason);
        coordinator.Tell(new CheckpointRefused(path, reason));
    }
}
