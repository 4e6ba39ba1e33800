using Pggan.Model;

namespace Pggan.Host;

/// <summary>
/// Room that a run's checkpoints need. A run that can't save its first two is refused, and one that continues when it can't save one more: what
/// it learned would be lost. Less room than all that it keeps is only mentioned, for room can be made while it trains.
/// </summary>
internal static class DiskNeed
{
    private const int FewestOfNewRun = 2;

    /// <summary>Bytes of a checkpoint of this run.</summary>
    public static long CheckpointBytes(TrainerOptions trainer) => CheckpointSize.Of(trainer.Architecture, trainer.Beta1);

    /// <summary>Bytes of all checkpoints that a run keeps, and of the one that it writes before it deletes one.</summary>
    public static long RunBytes(RunOptions options, TrainerOptions trainer)
    {
        long kept = Math.Max(options.KeepCheckpoints, 1) + (options.KeepPerResolution ? trainer.Architecture.Levels : 0) + (options.BestBy() is null ? 0 : 1);
        return (kept + 1) * CheckpointBytes(trainer);
    }

    /// <summary>Refuses a run that could not save what it learns.</summary>
    /// <exception cref="UserException">There is too little room; the message says how much is needed.</exception>
    public static void Check(RunPlan plan)
    {
        string folder = plan.ResumeFolder ?? plan.Options.Out;
        bool hasOne = plan.ResumeFolder is { } run && File.Exists(Path.Combine(run, RunDirectory.CheckpointFolder, "latest"));
        int fewest = hasOne ? 1 : FewestOfNewRun;
        long size = CheckpointBytes(plan.Trainer);
        if (DiskSpace.FreeAt(folder) is { } free && free < fewest * size)
        {
            throw new UserException(
                $"{Path.GetFullPath(folder)} has {Say.Memory(free)} free, and a checkpoint takes {Say.Memory(size)}: there must be room for {fewest}.\n"
                + "Make room there, or choose another folder with --out.");
        }
    }

    /// <summary>What to tell of a disk on which a run that goes on for long enough will fill, or null.</summary>
    public static string? Hint(RunOptions options, TrainerOptions trainer, string folder) =>
        DiskSpace.FreeAt(folder) is { } free && free < RunBytes(options, trainer) - HeldBytes(folder, trainer)
            ? $"the disk will fill: {Say.Memory(free)} free for checkpoints of {Say.Memory(CheckpointBytes(trainer))}, and "
                + (options.KeepCheckpoints == 0 ? "all of them are kept" : $"{options.KeepCheckpoints} of them are kept")
            : null;

    /// <summary>Bytes of the checkpoints that a run has already: new ones take their place.</summary>
    private static long HeldBytes(string run, TrainerOptions trainer)
    {
        string checkpoints = Path.Combine(run, RunDirectory.CheckpointFolder);
        return Directory.Exists(checkpoints) ? Directory.GetDirectories(checkpoints).Length * CheckpointBytes(trainer) : 0;
    }
}
