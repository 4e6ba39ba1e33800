using System.Text.Json.Nodes;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>Evaluations of a run: RUN/metric-NAME.jsonl, each line an object with <c>images</c> and the metric under its own name.</summary>
internal static class MetricScores
{
    /// <summary>
    /// Scores by images seen, turned so that less is better: a similarity is good when it is that of the reals. Lines that are none are passed over, and
    /// those of another feature network than the last line's; without a file there are no scores.
    /// </summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyDictionary<long, double> Read(string run, string metric)
    {
        var path = Path.Combine(run, $"metric-{metric}.jsonl");
        if (!File.Exists(path))
            return new Dictionary<long, double>();
        Dictionary<long, double> scores = [];
        string? network = null;
        foreach (var line in JsonLines.Read(path))
        {
            if (line["images"] is not JsonValue images || line[metric] is not JsonValue score)
                continue;
            var value = score.ToDouble();
            if (!double.IsFinite(value))
                continue;
            var used = line["features"]?.ToString();
            if (used != network)
                scores.Clear();
            network = used;
            var reals = metric == "msssim" && line["msssim_reals"] is JsonValue known ? known.ToDouble() : 0;
            scores[(long)images.ToDouble()] = MetricPlan.IsMoreBetter(metric) ? -value : Math.Abs(value - reals);
        }

        return scores;
    }
}
