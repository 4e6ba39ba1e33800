namespace Pggan.Pipeline;

/// <summary>What one pipeline stage has done since the pipeline was made.</summary>
/// <param name="Name">"reader-0", "downsampler-0", "batcher".</param>
/// <param name="Items">Images or batches handed on.</param>
/// <param name="BusySeconds">Working.</param>
/// <param name="WaitingSeconds">Waiting for input.</param>
/// <param name="BlockedSeconds">Waiting for room in the output.</param>
public sealed record StageSnapshot(string Name, long Items, double BusySeconds, double WaitingSeconds, double BlockedSeconds);
