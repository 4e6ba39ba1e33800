namespace Pggan.Model;

/// <summary>One phase of the schedule.</summary>
/// <param name="Kind">Fade-in or stabilise.</param>
/// <param name="Resolution">Resolution trained at, in pixels; in a fade-in the new one.</param>
/// <param name="StartImages">Images of the schedule at which the phase begins.</param>
/// <param name="Images">Length in images; the last phase runs until the schedule's total.</param>
public sealed record GrowthPhase(GrowthPhaseKind Kind, int Resolution, double StartImages, double Images)
{
    /// <summary>Images of the schedule at which the phase ends.</summary>
    public double EndImages => StartImages + Images;
}
