using System.Text.Json.Nodes;

namespace Pggan.Host;

/// <summary>How long a run had trained when it had seen so many images, by its stats.jsonl.</summary>
internal sealed class TrainingTime
{
    private readonly SortedList<double, double> _seconds = new() { [0] = 0 };

    /// <summary>Reads the log of a run.</summary>
    public static TrainingTime Of(string run)
    {
        TrainingTime time = new();
        foreach ((ReadOnlyMemory<byte> line, long _) in RunFile.Lines(run, RunFile.Stats))
        {
            JsonObject? tick = LogLine.Parse(line.Span);
            if (tick.Number("images") is > 0 and var images && tick.Number("elapsed") is >= 0 and var seconds)
                time._seconds[images] = seconds;
        }
        return time;
    }

    /// <summary>Seconds, between two ticks by the images; null where the log says nothing. A log that ends before has its last time.</summary>
    public double? At(long images)
    {
        if (_seconds.Count == 1)
            return null;
        for (int i = 1; i < _seconds.Count; i++)
        {
            (double before, double after) = (_seconds.Keys[i - 1], _seconds.Keys[i]);
            if (images <= after)
                return _seconds.Values[i - 1] + (images - before) / (after - before) * (_seconds.Values[i] - _seconds.Values[i - 1]);
        }
        return _seconds.Values[^1];
    }
}
