using Pggan.Actors;

namespace Pggan.Host;

/// <summary>How fast a training is somewhere in its schedule.</summary>
/// <param name="SecondsPerKimg">Seconds a kimg.</param>
/// <param name="LoaderWait">Share of them in which the trainer waited for images, from 0 to 1.</param>
internal sealed record Pace(double SecondsPerKimg, double LoaderWait)
{
    /// <summary>From here on the images are what the training waits for; less is a hiccup.</summary>
    private const double Waits = 0.05;

    /// <summary>As it is now, or was in the last tick, the speed and the wait of the same time; null = unknown.</summary>
    public static Pace? Now(TrainingProgressed? live, TickSummary? last) =>
        live is { ImagesPerSecond: > 0 } ? new Pace(1000 / live.ImagesPerSecond, live.LoaderWait)
        : last is { ImagesPerSecond: > 0 } ? new Pace(1000 / last.ImagesPerSecond, last.LoaderWait)
        : null;

    /// <summary>
    /// Seconds a kimg where a step takes so many times what it takes here. Images are made ready while steps are taken, and are as quickly ready
    /// everywhere: where they are waited for they bound the speed, and a slower step takes longer only once it is slower than they are.
    /// </summary>
    public double Of(double steps) =>
        LoaderWait > Waits ? Math.Max(SecondsPerKimg * (1 - LoaderWait) * steps, SecondsPerKimg) : SecondsPerKimg * steps;
}
