namespace Pggan.Model;

/// <summary>Which checkpoints of a run stay when a new one is saved.</summary>
/// <param name="Last">The newest so many; 0 = all.</param>
/// <param name="OnePerResolution">The newest of each resolution, whatever its age.</param>
/// <param name="Scores">Scores by images seen, lower is better: the best checkpoint of those that have one stays.</param>
public sealed record Retention(int Last, bool OnePerResolution, IReadOnlyDictionary<long, double> Scores);
