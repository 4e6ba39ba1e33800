using System.Globalization;
using System.Text.Json.Nodes;
using Pggan.Model;

namespace Pggan.Host;

/// <summary>Scores in words and for programs.</summary>
internal static class EvaluationTable
{
    private const int ColumnWidth = 10;

    /// <summary>The names over the numbers: what was measured, then each score and its parts.</summary>
    public static string Head(Evaluated first) => Row("kimg", "size", Columns(first).Select(column => column.Name));

    /// <summary>The numbers of one set of fakes.</summary>
    public static string Line(Evaluated evaluated) => Row(
        evaluated.TrainedImages is { } images ? (images / 1000.0).ToString("0.0", CultureInfo.InvariantCulture) : "-",
        evaluated.Size,
        Columns(evaluated).Select(column => Number(column.Value)));

    /// <summary>What reals get against other reals.</summary>
    public static string Floors(Evaluated first) => Row(
        "reals", "", first.Scores.SelectMany(score => (string[])[score.Floor is { } floor ? Number(floor) : "-", .. score.Parts.Select(_ => "")]));

    /// <summary>For programs.</summary>
    public static JsonObject Json(Evaluated evaluated)
    {
        JsonObject scores = [];
        foreach (MetricScore score in evaluated.Scores)
        {
            JsonObject parts = [];
            foreach ((string name, double value) in score.Parts)
                parts[name] = Finite(value);
            scores[score.Metric] = new JsonObject { ["value"] = Finite(score.Value), ["reals"] = score.Floor is { } floor ? Finite(floor) : null, ["parts"] = parts };
        }
        return new JsonObject
        {
            ["name"] = evaluated.Name,
            ["trained_images"] = evaluated.TrainedImages,
            ["resolution"] = evaluated.Resolution,
            ["size"] = evaluated.Size,
            ["reals"] = evaluated.Reals,
            ["fakes"] = evaluated.Fakes,
            ["seconds"] = Math.Round(evaluated.Seconds, 2),
            ["metrics"] = scores,
        };
    }

    private static JsonValue? Finite(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    private static IEnumerable<(string Name, double Value)> Columns(Evaluated evaluated) =>
        evaluated.Scores.SelectMany(score => ((string, double)[])[(score.Metric, score.Value), .. score.Parts.Select(part => (part.Key, part.Value))]);

    private static string Row(string kimg, string size, IEnumerable<string> numbers) =>
        kimg.PadLeft(ColumnWidth - 2) + size.PadLeft(9) + string.Concat(numbers.Select(number => "  " + number.PadLeft(ColumnWidth)));

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "0.0" : Math.Abs(value) >= 1 ? "0.00" : "0.0000", CultureInfo.InvariantCulture);
}
