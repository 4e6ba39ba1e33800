namespace Pggan.Model;

/// <summary>Which metrics to take, of which kind of images.</summary>
/// <remarks>
/// Names: swd, msssim; with a feature network frechet, kernel, precision, recall, density, coverage; with Inception's fid, kid and is too. Distances of
/// another network than Inception carry its name, so that nobody takes them for FID.
/// </remarks>
public sealed record MetricPlan
{
    private static readonly string[] WithoutNetwork = ["swd", "msssim"];
    private static readonly string[] WithNetwork = ["frechet", "kernel", "precision", "recall", "density", "coverage"];
    private static readonly string[] WithInception = ["fid", "kid", "is"];

    /// <summary>Every metric there is.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. WithoutNetwork, .. WithInception, .. WithNetwork];

    /// <summary>What to measure, by <see cref="Names"/>.</summary>
    public required IReadOnlyList<string> Metrics { get; init; }

    /// <summary>C of the images.</summary>
    public required int Channels { get; init; }

    /// <summary>H in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>W in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Seed of every draw: of patches, directions, subsets.</summary>
    public long Seed { get; init; }

    /// <summary>The feature network, for metrics that need one. The owner of the plan disposes it.</summary>
    public FeatureExtractor? Features { get; init; }

    /// <summary>Whether images have to pass through the feature network.</summary>
    internal bool NeedsFeatures => Metrics.Any(metric => metric != "is" && UsesNetwork(metric));

    /// <summary>Whether a metric is taken of what a network says of the images.</summary>
    internal static bool UsesNetwork(string metric) => !WithoutNetwork.Contains(metric);

    /// <summary>Whether the network's classes of images are asked for.</summary>
    internal bool NeedsProbabilities => Metrics.Contains("is");

    /// <summary>The name that a metric's results carry: <c>frechet-NAME</c> for a distance of the network NAME.</summary>
    public string ResultName(string metric) => ResultName(metric, Features?.Name);

    /// <summary>The same, of a network of this name; letters that have no place in a file's name become hyphens.</summary>
    public static string ResultName(string metric, string? network) => metric is "frechet" or "kernel"
        ? $"{metric}-{new string([.. (network ?? "").Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-')])}"
        : metric;

    /// <summary>Whether a larger value of a result is the better one.</summary>
    public static bool IsMoreBetter(string result) => result is "is" or "precision" or "recall" or "density" or "coverage";

    /// <summary>Fewest images that a metric can be taken of, a side where it compares.</summary>
    public static int FewestImages(string metric) => metric switch
    {
        "is" => InceptionScore.FewestImages,
        "precision" or "recall" => PrecisionRecall.FewestImages,
        "density" or "coverage" => DensityCoverage.FewestImages,
        _ => Evaluation.FewestImages,
    };

    /// <summary>Checks that there are images enough for every metric.</summary>
    /// <param name="count">Images a side.</param>
    /// <exception cref="ArgumentException">One needs more; the message names it.</exception>
    public void ValidateCount(int count)
    {
        foreach (string metric in Metrics)
        {
            if (count < FewestImages(metric))
                throw new ArgumentException($"the metric {metric} needs {FewestImages(metric)} images a side, and there are {count}");
        }
    }

    /// <summary>Checks that the metrics can be taken of these images with this network.</summary>
    /// <exception cref="ArgumentException">They can't; the message says why and what to do.</exception>
    public void Validate()
    {
        foreach (string metric in Metrics)
        {
            if (!Names.Contains(metric))
                throw new ArgumentException($"there is no metric '{metric}'; metrics are {string.Join(", ", Names)}");
            if (UsesNetwork(metric) && Features is null)
                throw new ArgumentException($"the metric {metric} needs a feature network: name its file with --features");
            if (WithInception.Contains(metric) && !Features!.IsInception)
            {
                throw new ArgumentException($"{metric} is of Inception's features, and {Features.Name} is another network: its results would be taken for others' {metric}; "
                    + (metric == "fid" ? "take frechet" : metric == "kid" ? "take kernel" : "leave it out"));
            }
            if (metric == "swd" && Math.Min(Height, Width) < PatchSet.Side)
                throw new ArgumentException($"swd compares patches of {PatchSet.Side}x{PatchSet.Side} pixels, and the images have {Width}x{Height}; it needs 8 pixels");
            if (metric == "msssim" && Math.Min(Height, Width) < MultiScaleSsim.SmallestSide)
                throw new ArgumentException($"msssim compares at five scales, and the images have {Width}x{Height} pixels; it needs {MultiScaleSsim.SmallestSide}");
        }
    }
}
