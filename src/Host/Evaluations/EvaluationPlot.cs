using System.Text;
using Pggan.Model;
using ScottPlot;

namespace Pggan.Host;

/// <summary>A metric of a run's checkpoints over its images, with its parts as curves and what reals get as a line.</summary>
internal static class EvaluationPlot
{
    private const int Width = 900;
    private const int Height = 500;

    /// <summary>Whether a file's ending is known.</summary>
    public static bool Knows(string path) => path.EndsWith(".png", StringComparison.OrdinalIgnoreCase) || IsVector(path);

    /// <summary>Writes a picture a metric, each whole or not at all; of several, the metric's name goes into the file's.</summary>
    /// <param name="path">A .png or .svg.</param>
    /// <param name="evaluated">Of the checkpoints, in the order of their images.</param>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> Write(string path, IReadOnlyList<Evaluated> evaluated)
    {
        List<string> files = [];
        int metrics = evaluated[0].Scores.Count;
        for (int i = 0; i < metrics; i++)
        {
            Plot plot = Draw([.. evaluated.Select(e => (e.TrainedImages ?? 0) / 1000.0)], [.. evaluated.Select(e => e.Scores[i])]);
            byte[] picture = IsVector(path) ? Encoding.UTF8.GetBytes(plot.GetSvgXml(Width, Height)) : plot.GetImageBytes(Width, Height, ImageFormat.Png);
            files.Add(metrics == 1 ? path : Path.ChangeExtension(path, null) + $"-{evaluated[0].Scores[i].Metric}" + Path.GetExtension(path));
            Durable.Replace(files[^1], picture);
        }
        return files;
    }

    private static Plot Draw(double[] kimg, MetricScore[] scores)
    {
        Plot plot = new();
        plot.Add.Scatter(kimg, scores.Select(score => score.Value).ToArray()).LegendText = scores[0].Metric;
        foreach (string part in scores[0].Parts.Keys)
            plot.Add.Scatter(kimg, scores.Select(score => score.Parts[part]).ToArray()).LegendText = part;
        if (scores[0].Floor is { } floor)
            plot.Add.HorizontalLine(floor, pattern: LinePattern.Dashed).LegendText = "reals";
        plot.Axes.AutoScale();
        plot.Axes.SetLimitsY(0, plot.Axes.GetLimits().Top);
        plot.XLabel("kimg");
        plot.YLabel(scores[0].Metric);
        plot.ShowLegend(Alignment.UpperRight);
        return plot;
    }

    private static bool IsVector(string path) => path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase);
}
