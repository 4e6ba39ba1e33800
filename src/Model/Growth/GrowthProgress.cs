namespace Pggan.Model;

/// <summary>
/// Where a run is. Everything that the schedule decides follows from it, so a checkpoint that holds it resumes at the same alpha,
/// also in the middle of a fade and after growths by hand.
/// </summary>
/// <param name="Images">Real images that D has seen.</param>
/// <param name="SkippedImages">Images of the schedule that growths by hand skipped; the schedule is read at the sum of both.</param>
/// <param name="StepInGroup">Discriminator steps done since the schedule was last read (minibatch repeats).</param>
/// <param name="GroupImages">Images of the schedule at which it was last read.</param>
public sealed record GrowthProgress(long Images, double SkippedImages, int StepInGroup, double GroupImages)
{
    /// <summary>The beginning of a run.</summary>
    public static GrowthProgress Start { get; } = new(0, 0, 0, 0);

    /// <summary>Images of the schedule: seen and skipped.</summary>
    public double ScheduleImages => Images + SkippedImages;

    /// <summary>After one discriminator step of <paramref name="images"/> images, in groups of <paramref name="groupSteps"/> steps.</summary>
    public GrowthProgress Advance(int images, int groupSteps)
    {
        GrowthProgress next = this with { Images = Images + images, StepInGroup = StepInGroup + 1 };
        return next.StepInGroup < groupSteps ? next : next with { StepInGroup = 0, GroupImages = next.ScheduleImages };
    }

    /// <summary>Ends the stabilise phase now, so that the next resolution comes in with the next group of steps.</summary>
    /// <param name="schedule">The run's schedule.</param>
    /// <param name="next">The progress after growing; unchanged when refused.</param>
    /// <param name="refusal">Why it can't grow now, for a person; null when it can.</param>
    /// <param name="completeFade">While fading, complete the fade.</param>
    public bool TryGrow(GrowthSchedule schedule, out GrowthProgress next, out string? refusal, bool completeFade = false)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        next = this;
        GrowthPhase phase = schedule.At(ScheduleImages).Phase;
        double left = Math.Max(phase.EndImages - ScheduleImages, 0);
        GrowthPhase last = schedule.Phases[^1];
        refusal = phase switch
        {
            { Kind: GrowthPhaseKind.FadeIn } when completeFade =>
                left < GrowthSchedule.WholeImage ? "the fade is complete with the next group of steps" : null,
            { Kind: GrowthPhaseKind.FadeIn } when phase.Resolution == last.Resolution =>
                $"fading in resolution {phase.Resolution}, the final one",
            { Kind: GrowthPhaseKind.FadeIn } when schedule.Phases.All(p => p.Kind == GrowthPhaseKind.FadeIn || p == last) =>
                $"fading in resolution {phase.Resolution}; the schedule has no stabilise phase to end",
            { Kind: GrowthPhaseKind.FadeIn } =>
                $"fading in resolution {phase.Resolution}; possible at kimg {(Images + left) / 1000:0.0##}",
            _ when phase == last => $"resolution {phase.Resolution} is the final one",
            _ when left < GrowthSchedule.WholeImage || phase.Resolution != schedule.At(GroupImages).Stage.Resolution =>
                "the next resolution comes in already, with the next group of steps",
            _ => null,
        };
        if (refusal is not null)
            return false;
        next = this with { SkippedImages = SkippedImages + left };
        if (StepInGroup == 0)
            next = next with { GroupImages = next.ScheduleImages };
        return true;
    }

    /// <summary>The same place in a schedule with phases of other lengths; images seen stay seen.</summary>
    internal GrowthProgress MapTo(GrowthSchedule from, GrowthSchedule to) => from.HasPhasesOf(to) ? this : this with
    {
        SkippedImages = from.MapTo(to, ScheduleImages) - Images,
        GroupImages = from.MapTo(to, GroupImages),
    };
}
