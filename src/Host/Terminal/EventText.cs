using Pggan.Actors;
using Pggan.Model;

namespace Pggan.Host;

/// <summary>Events in words, one line each.</summary>
/// <param name="size">What a resolution's images measure, for a person.</param>
internal sealed class EventText(Func<int, string> size)
{
    private const int ImagesNamed = 10;

    private int _skippedImages;

    /// <summary>That a minibatch does not fit whole.</summary>
    public static string MicroBatchLine(string size, int minibatch, int atOnce, string reason) =>
        $"{size} does not fit whole: minibatch {minibatch} is computed {atOnce} at a time ({reason})";

    /// <summary>The event, or null where a person need not know.</summary>
    public string? Of(ITrainingEvent happened) => happened switch
    {
        TrainingStarted { Checkpoint: null } => "training",
        TrainingStarted started => $"continuing from kimg {started.Images / 1000.0:0.0}",
        TrainingPaused paused => $"paused at kimg {paused.Images / 1000.0:0.0}",
        TrainingResumed => "going on",
        TrainerRestarted restarted => $"restarted at kimg {restarted.Images / 1000.0:0.0} ({restarted.Restarts}): {restarted.Reason}",
        TrainingRolledBack back =>
            $"diverged at kimg {back.DivergedAt / 1000.0:0.0}: {back.Reason}; back to kimg {back.Images / 1000.0:0.0} with fresh noise ({back.Rollbacks})",
        ModeCollapseSuspected collapse => $"the samples are much alike ({collapse.Diversity:0.00} of the reals' diversity): mode collapse? See fakes*.png",
        TrainingCompleted completed => $"done at kimg {completed.Images / 1000.0:0.0}",
        TrainingStopped stopped => $"stopped at kimg {stopped.Images / 1000.0:0.0}; --resume continues",
        PhaseStarted { Phase.Kind: GrowthPhaseKind.FadeIn } phase => $"fading in {size(phase.Phase.Resolution)} for {phase.Phase.Images / 1000:0.#} kimg",
        PhaseStarted phase => $"stabilising {size(phase.Phase.Resolution)} for {phase.Phase.Images / 1000:0.#} kimg",
        GrowthOrdered => "growing by hand",
        MicroBatchReduced parts => MicroBatchLine(size(parts.Resolution), parts.Minibatch, parts.MicroBatch, parts.Reason),
        CheckpointSaved saved => $"saved {ShortPath(saved.Path)}",
        CheckpointFailed failed => $"checkpoint not saved: {failed.Reason}",
        DiskSpaceLow low => $"the disk is nearly full: {Say.Memory(low.FreeBytes)} free, and a checkpoint takes {Say.Memory(low.NeededBytes)}; make room before it is needed",
        CheckpointRefused refused => $"checkpoint passed over: {ShortPath(refused.Path)}: {refused.Reason}",
        CheckpointEvaluated evaluated => $"kimg {evaluated.Images / 1000.0:0.0}: {string.Join("  ", evaluated.Scores.Select(Score))}",
        EvaluationFailed failed => $"checkpoint not evaluated: {failed.Reason}",
        SamplesFailed failed => $"samples not drawn: {failed.Reason}",
        PipelineDegraded degraded => $"{degraded.Stage} restarted ({degraded.Restarts}): {degraded.Reason}",
        ImageSkipped skipped when ++_skippedImages <= ImagesNamed => $"skipped {skipped.Name}: {skipped.Reason}",
        ImageSkipped when _skippedImages == ImagesNamed + 1 => "more images are skipped; events.jsonl names them all",
        StoreDegraded degraded => $"pyramid store: {degraded.Reason}",
        SettingsChanged => "settings changed",
        DatasetChanged changed => $"the dataset is another one than before ({changed.Was[..Math.Min(8, changed.Was.Length)]}, now {changed.Is[..Math.Min(8, changed.Is.Length)]})",
        RunLogFailed failed => $"log not written: {failed.Reason}",
        _ => null,
    };

    private static string Score(MetricScore score) => $"{score.Metric} {score.Value:0.###}{(score.Floor is { } floor ? $" (reals {floor:0.###})" : "")}";

    private static string ShortPath(string path) => $"{Path.GetFileName(Path.GetDirectoryName(path))}/{Path.GetFileName(path)}";
}
