using Pggan.Model;

namespace Pggan.Host;

/// <summary>A set of fakes and what was measured of it.</summary>
/// <param name="Name">Network or dataset.</param>
/// <param name="TrainedImages">Images that the network's training had seen; null for a dataset.</param>
/// <param name="Resolution">Pixels that the network had grown to, or of the images.</param>
/// <param name="Size">The same in width and height, as in 64x96.</param>
/// <param name="Reals">Reals measured.</param>
/// <param name="Fakes">Fakes measured.</param>
/// <param name="Scores">In the order that was asked for.</param>
/// <param name="Seconds">That it took.</param>
internal sealed record Evaluated(
    string Name, long? TrainedImages, int Resolution, string Size, int Reals, int Fakes, IReadOnlyList<MetricScore> Scores, double Seconds);
