namespace Pggan.Model;

/// <summary>A resolution tried before a training.</summary>
/// <param name="Stage">Stage tried.</param>
/// <param name="Minibatch">Real images a step.</param>
/// <param name="MicroBatch">Images of it that a device computes at once.</param>
/// <param name="Reduced">Why they are fewer than the options say; null when they are not.</param>
/// <param name="Seconds">Time of a step: the median of some.</param>
/// <param name="ProcessBytes">Most memory that the process had held by then.</param>
public sealed record PreflightResult(GrowthStage Stage, int Minibatch, int MicroBatch, string? Reduced, double Seconds, long ProcessBytes);
