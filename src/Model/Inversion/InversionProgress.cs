namespace Pggan.Model;

/// <summary>Where a search is.</summary>
/// <param name="Evaluations">Images of the network looked at.</param>
/// <param name="Budget">Those of the whole search.</param>
/// <param name="Loss">The best so far.</param>
/// <param name="Psnr">Of the best image, in dB.</param>
/// <param name="LearningRate">Of the last update; null where there was none.</param>
public readonly record struct InversionProgress(long Evaluations, long Budget, double Loss, double Psnr, double? LearningRate);
