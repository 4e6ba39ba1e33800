namespace Pggan.Actors;

/// <summary>
/// The round counts of images that a step passed. Ticks, and what goes by them, happen there, so that a resumed run has them where an unbroken one
/// has them.
/// </summary>
/// <param name="Before">Images seen before the step.</param>
/// <param name="After">Images seen after it.</param>
/// <param name="TickKimg">Thousands of images a tick.</param>
internal readonly record struct PassedTicks(long Before, long After, double TickKimg)
{
    /// <summary>Whether one of those that are so many ticks apart was passed; 0 = there are none.</summary>
    public bool Any(int ticks)
    {
        var every = ticks * TickKimg * 1000;
        return ticks > 0 && Math.Floor(After / every) > Math.Floor(Before / every);
    }
}
