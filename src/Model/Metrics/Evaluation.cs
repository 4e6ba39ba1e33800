namespace Pggan.Model;

/// <summary>The metrics of a plan, from what is known of the two sets of images.</summary>
public static class Evaluation
{
    /// <summary>Fewest images a side.</summary>
    public const int FewestImages = 2;

    /// <summary>Scores of fakes in the order of the plan's metrics, each with what reals get as far as it is given.</summary>
    /// <param name="plan">What was planned when the sets were measured.</param>
    /// <param name="reals">A set.</param>
    /// <param name="fakes">Another.</param>
    /// <param name="floors">From <see cref="Floors"/>, by name of the result.</param>
    /// <param name="between">Called between pieces of work; it may wait, or throw to end the work.</param>
    /// <exception cref="ArgumentException">A set has too few images.</exception>
    public static IReadOnlyList<MetricScore> Score(
        MetricPlan plan, MeasuredImages reals, MeasuredImages fakes, IReadOnlyDictionary<string, double> floors, Action between)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(reals);
        ArgumentNullException.ThrowIfNull(fakes);
        ArgumentNullException.ThrowIfNull(floors);
        ArgumentNullException.ThrowIfNull(between);
        Require(fakes.Count, FewestImages);
        List<MetricScore> scores = [];
        Pair pair = new(plan, reals, fakes, between);
        foreach (string metric in plan.Metrics)
        {
            MetricScore score = metric switch
            {
                "msssim" => Plain(metric, fakes.Similarities.Average()),
                "is" => InceptionScoreOf(fakes),
                _ => pair.Compare(metric),
            };
            scores.Add(score with
            {
                Metric = plan.ResultName(metric),
                Floor = floors.TryGetValue(plan.ResultName(metric), out double floor) ? floor : null,
                Network = MetricPlan.UsesNetwork(metric) ? plan.Features!.Digest : null,
            });
            between();
        }
        return scores;
    }

    /// <summary>
    /// What reals get, by name of the result: distances of their one half from the other, so of half as many images; a metric that compares nothing, of
    /// all of them. A metric that needs more images than there are is left out.
    /// </summary>
    /// <param name="plan">What was planned when they were measured.</param>
    /// <param name="reals">The set, in random order.</param>
    /// <param name="between">Called between pieces of work; it may wait, or throw to end the work.</param>
    /// <exception cref="ArgumentException">There are too few.</exception>
    public static IReadOnlyDictionary<string, double> Floors(MetricPlan plan, MeasuredImages reals, Action between)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(reals);
        ArgumentNullException.ThrowIfNull(between);
        Require(reals.Count, 2 * FewestImages);
        (MeasuredImages first, MeasuredImages second) = reals.Halves();
        Pair halves = new(plan, first, second, between);
        Dictionary<string, double> floors = [];
        foreach (string metric in plan.Metrics)
        {
            if ((metric is "msssim" or "is" ? reals.Count : first.Count) < MetricPlan.FewestImages(metric))
                continue;
            floors[plan.ResultName(metric)] = metric switch
            {
                "msssim" => reals.Similarities.Average(),
                "is" => InceptionScoreOf(reals).Value,
                _ => halves.Compare(metric).Value,
            };
            between();
        }
        return floors;
    }

    private static MetricScore Plain(string metric, double value) => new(metric, value, new Dictionary<string, double>());

    private static MetricScore Sliced(IReadOnlyList<(int Level, double Distance)> levels) =>
        new("swd", levels.Average(level => level.Distance), levels.ToDictionary(level => $"swd_{level.Level}", level => level.Distance));

    private static MetricScore InceptionScoreOf(MeasuredImages images)
    {
        InceptionScore score = InceptionScore.Of(images.Probabilities!);
        return new("is", score.Mean, new Dictionary<string, double> { ["is_std"] = score.StandardDeviation });
    }

    private static void Require(int count, int fewest)
    {
        if (count < fewest)
            throw new ArgumentException($"{count} images are too few to measure; at least {fewest} are needed");
    }

    /// <summary>Two sets; what two metrics have in common is computed once.</summary>
    private sealed class Pair(MetricPlan plan, MeasuredImages reals, MeasuredImages fakes, Action between)
    {
        private readonly Lazy<PrecisionRecall> overlap = new(() => PrecisionRecall.Between(reals.Features!, fakes.Features!, between));
        private readonly Lazy<DensityCoverage> density = new(() => DensityCoverage.Between(reals.Features!, fakes.Features!, between));

        public MetricScore Compare(string metric) => metric switch
        {
            "swd" => Sliced(SlicedWasserstein.Between(reals.Patches!, fakes.Patches!, plan.Seed, between)),
            "fid" or "frechet" => Plain(metric, FrechetDistance.Between(reals.Features!, fakes.Features!, between)),
            "kid" or "kernel" => Plain(metric, KernelDistance.Between(reals.Features!, fakes.Features!, plan.Seed, between)),
            "precision" => Plain(metric, overlap.Value.Precision),
            "recall" => Plain(metric, overlap.Value.Recall),
            "density" => Plain(metric, density.Value.Density),
            "coverage" => Plain(metric, density.Value.Coverage),
            _ => throw new ArgumentException($"there is no metric '{metric}'"),
        };
    }
}
