namespace Pggan.Actors;

/// <summary>How often actors may restart before they are given up. A reader whose source fails has no limit: it waits for the source.</summary>
public sealed record FaultLimits
{
    /// <summary>
    /// Restarts of the pipeline, the trainer, or one of the actors beside them, within <see cref="RestartWindow"/>. One more ends the run, or
    /// goes on without the pictures or the log. 3 unless told.
    /// </summary>
    public int Restarts { get; init; } = FaultPolicy.Restarts;

    /// <summary>See <see cref="Restarts"/>. An hour unless told.</summary>
    public TimeSpan RestartWindow { get; init; } = FaultPolicy.RestartWindow;

    /// <summary>Restarts of a pipeline stage within <see cref="StageRestartWindow"/>. One more restarts the whole pipeline. 5 unless told.</summary>
    public int StageRestarts { get; init; } = FaultPolicy.StageRestarts;

    /// <summary>See <see cref="StageRestarts"/>. A minute unless told.</summary>
    public TimeSpan StageRestartWindow { get; init; } = FaultPolicy.StageRestartWindow;
}
