using System.Text.Json;
using System.Text.Json.Nodes;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>The files metric-NAME.jsonl of a run, a line an evaluation. Outlives a restart of its actor.</summary>
internal sealed class MetricLog(string folder)
{
    private readonly Dictionary<string, LogFile> _files = [];

    /// <summary>True when lines wait to be written.</summary>
    public bool HasWaiting => _files.Values.Any(file => file.HasWaiting);

    /// <summary>Adds a line to the file of each score, and returns them.</summary>
    /// <exception cref="IOException">One could not be written; it waits.</exception>
    public IReadOnlyList<JsonObject> Append(CheckpointEvaluated evaluated, double time)
    {
        List<JsonObject> lines = [];
        foreach (var score in evaluated.Scores)
        {
            lines.Add(Line(evaluated.Images, score, time));
            FileOf(score.Metric).Enqueue(lines[^1]);
        }

        Flush();
        return lines;
    }

    /// <summary>
    /// Forgets what was measured of images that are trained again, and returns the rest. What lies in a folder before the first image is not of this run.
    /// </summary>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public IReadOnlyList<JsonObject> Retain(long images)
    {
        List<JsonObject> kept = [];
        foreach (var path in Directory.GetFiles(folder, "metric-*.jsonl").Order(StringComparer.Ordinal))
            kept.AddRange(FileOf(Path.GetFileName(path)["metric-".Length..^".jsonl".Length]).Retain(line => images == 0 || ImagesOf(line) <= images));
        return [.. kept.Where(line => IsNumber(line["images"]) && IsNumber(line["time"]))];
    }

    /// <summary>Writes what waits.</summary>
    /// <exception cref="IOException">Some could not be written; they wait on.</exception>
    public void Flush()
    {
        foreach (var file in _files.Values)
            file.Flush();
    }

    public void Close()
    {
        foreach (var file in _files.Values)
            file.Close();
    }

    private LogFile FileOf(string metric) => _files.TryGetValue(metric, out var file)
        ? file
        : _files[metric] = new LogFile(Path.Combine(folder, $"metric-{metric}.jsonl"));

    private static bool IsNumber(JsonNode? value) => value?.GetValueKind() == JsonValueKind.Number;

    private static double ImagesOf(JsonObject line) => line["images"] is JsonValue value ? value.ToDouble() : 0;

    private static JsonObject Line(long images, MetricScore score, double time)
    {
        var line = new JsonObject { ["time"] = time, ["images"] = images, [score.Metric] = JsonNumbers.OrNull(score.Value) };
        foreach (var (name, value) in score.Parts)
            line[name] = JsonNumbers.OrNull(value);
        if (score.Floor is { } floor)
            line[$"{score.Metric}_reals"] = JsonNumbers.OrNull(floor);
        if (score.Network is { } network)
            line["features"] = network;
        return line;
    }
}
