namespace Pggan.Model;

/// <summary>A change of the lengths of phases, which holds for those that have not ended: what is over can not become longer.</summary>
internal static class PhaseChange
{
    /// <summary>Why a change is refused; null when it is not.</summary>
    public static string? Refusal(GrowthSchedule schedule, GrowthProgress at, TrainingChange change) =>
        Refusal(change.TrainKimg, "train kimg", "stabilise phase", schedule, GrowthPhaseKind.Stabilize, at)
        ?? Refusal(change.FadeKimg, "fade kimg", "fade-in", schedule, GrowthPhaseKind.FadeIn, at);

    /// <summary>The same change with the length of each phase that has ended, so that it says the same at every later place.</summary>
    public static TrainingChange Named(GrowthSchedule schedule, GrowthProgress at, TrainingChange change) => change with
    {
        TrainKimg = Named(change.TrainKimg, schedule, GrowthPhaseKind.Stabilize, at),
        FadeKimg = Named(change.FadeKimg, schedule, GrowthPhaseKind.FadeIn, at),
    };

    private static string? Refusal(
        ResolutionChange<double>? change, string name, string phase, GrowthSchedule schedule, GrowthPhaseKind kind, GrowthProgress at)
    {
        if (change is null)
            return null;
        List<int> ahead = [.. schedule.Ahead(kind, at.ScheduleImages)];
        if ((change.Everywhere ?? change.Default) is { } length && ahead.Count == 0 && length != schedule.UsualKimg(kind))
            return $"{name}: every {phase} that it could change has ended";
        foreach ((int resolution, double kimg) in change.At)
        {
            // What it was already is no change.
            if (!ahead.Contains(resolution) && schedule.KimgOf(kind, resolution) != kimg)
                return $"{name} at {resolution} px: the schedule has no {phase} there that has not ended, and the last phase lasts until the total";
        }
        return null;
    }

    private static ResolutionChange<double>? Named(ResolutionChange<double>? change, GrowthSchedule schedule, GrowthPhaseKind kind, GrowthProgress at)
    {
        if (change is null || (change.Everywhere ?? change.Default) is null)
            return change;
        Dictionary<int, double> ended = schedule.Ended(kind, at.ScheduleImages).ToDictionary(resolution => resolution, r => schedule.KimgOf(kind, r));
        return (change with { At = ended }).Then(new ResolutionChange<double>(null, change.At));
    }
}
