using Pggan.Model;

namespace Pggan.Host;

/// <summary>Time left of a schedule: the estimates give the proportions between resolutions, the measured speed the scale.</summary>
/// <param name="schedule">The run's schedule.</param>
/// <param name="estimates">One for each resolution.</param>
internal sealed class TimePlan(GrowthSchedule schedule, IReadOnlyList<CostEstimate> estimates)
{
    /// <summary>The estimates.</summary>
    public IReadOnlyList<CostEstimate> Estimates => estimates;

    /// <summary>Images of the whole schedule.</summary>
    public double EndImages => schedule.TotalImages;

    /// <summary>Seconds of the whole schedule by the estimates alone.</summary>
    public double TotalSeconds => SecondsLeft(0, null);

    /// <summary>Seconds of a resolution's phases by the estimates alone.</summary>
    public double SecondsAt(int resolution) => schedule.Phases.Where(p => p.Resolution == resolution).Sum(p => SecondsOf(p, 0, null));

    /// <summary>A schedule at the speed of steps that were tried.</summary>
    public static TimePlan At(GrowthSchedule schedule, IReadOnlyList<PreflightResult> tried) => new(
        schedule,
        [.. tried.Select(t => new CostEstimate(t.Stage.Resolution, t.Minibatch, t.Seconds * 1000 / t.Minibatch, t.ProcessBytes))]);

    /// <summary>The same for another schedule of the same resolutions.</summary>
    public TimePlan For(GrowthSchedule other) => new(other, estimates);

    /// <summary>Seconds from a place in the schedule to the end of its phase.</summary>
    /// <param name="scheduleImages">The place.</param>
    /// <param name="pace">As measured at the place; null = unknown.</param>
    public double SecondsLeftInPhase(double scheduleImages, Pace? pace) => SecondsOf(schedule.At(scheduleImages).Phase, scheduleImages, pace);

    /// <summary>Seconds from a place in the schedule to its end.</summary>
    /// <param name="scheduleImages">The place.</param>
    /// <param name="pace">As measured at the place; null = unknown.</param>
    public double SecondsLeft(double scheduleImages, Pace? pace) => schedule.Phases.Sum(phase => SecondsOf(phase, scheduleImages, pace));

    /// <summary>Seconds of what is left of a phase.</summary>
    private double SecondsOf(GrowthPhase phase, double scheduleImages, Pace? pace)
    {
        double kimg = Math.Max(0, Math.Min(phase.EndImages, schedule.TotalImages) - Math.Max(phase.StartImages, scheduleImages)) / 1000;
        double estimated = CostAt(phase.Resolution);
        return kimg * (pace is null ? estimated : pace.Of(estimated / CostAt(schedule.At(scheduleImages).Stage.Resolution)));
    }

    private double CostAt(int resolution) => estimates.First(e => e.Resolution == resolution).SecondsPerKimg;
}
