using Pggan.Model;

namespace Pggan.Actors;

/// <summary>What is measured beside a training.</summary>
public sealed record EvaluationSetup
{
    /// <summary>Names of the metrics, as in <see cref="MetricPlan.Names"/>.</summary>
    public required IReadOnlyList<string> Metrics { get; init; }

    /// <summary>The most reals, and as many fakes.</summary>
    public required int Images { get; init; }

    /// <summary>Seed of every draw of an evaluation.</summary>
    public long Seed { get; init; }

    /// <summary>Opens the feature network, on the thread that uses it; null = metrics without one.</summary>
    public Func<FeatureExtractor>? OpenFeatures { get; init; }

    /// <summary>Where statistics of reals are kept; null = nowhere.</summary>
    public string? StatisticsFolder { get; init; }

    /// <summary>
    /// Share of the time that an evaluation works while the training runs; it rests in between, so that the training is slowed by no more than this.
    /// </summary>
    public double Share { get; init; } = 0.05;
}
