namespace Pggan.Model;

/// <summary>What a phase of the schedule does.</summary>
public enum GrowthPhaseKind
{
    /// <summary>Train at a fully grown resolution.</summary>
    Stabilize,

    /// <summary>Blend in the block of a new resolution, alpha from 0 to 1.</summary>
    FadeIn,
}
