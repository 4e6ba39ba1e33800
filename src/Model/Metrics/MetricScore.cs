namespace Pggan.Model;

/// <summary>What a metric says of a set of images.</summary>
/// <param name="Metric">Name of the result, as in RUN/metric-NAME.jsonl.</param>
/// <param name="Value">The number.</param>
/// <param name="Parts">What it is made of, by names that begin with the metric's: <c>swd_64</c> is the distance at 64 pixels.</param>
public sealed record MetricScore(string Metric, double Value, IReadOnlyDictionary<string, double> Parts)
{
    /// <summary>
    /// The same of reals against other reals: what a perfect generator would get. For metrics that compare nothing, their value of reals. Null = not
    /// measured.
    /// </summary>
    public double? Floor { get; init; }

    /// <summary>SHA-256 of the feature network that it was taken with; scores of another one can't be compared with it. Null = taken of the images alone.</summary>
    public string? Network { get; init; }
}
