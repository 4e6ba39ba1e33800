using System.Text.Json.Nodes;
using Pggan.Actors;

namespace Pggan.Host;

/// <summary>What happens in a training as lines of JSON: those of stats.jsonl and events.jsonl as they come.</summary>
internal sealed class EventLines(TextWriter output)
{
    private static double Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>The first line: where the run's files are, its endpoint.json among them.</summary>
    public void WriteRun(string folder) => Write(new JsonObject { ["time"] = Now, ["event"] = "run", ["run"] = Path.GetFullPath(folder) });

    /// <summary>All that is to be said of a run that was complete before.</summary>
    public void WriteCompleted(string folder, long images)
    {
        WriteRun(folder);
        Write(new TrainingCompleted(images));
    }

    /// <summary>One event; progress within a tick is none.</summary>
    /// <exception cref="IOException">Nobody reads any more.</exception>
    public void Write(ITrainingEvent happened)
    {
        if (happened is not TrainingProgressed)
            Write(happened is TickCompleted tick ? EventJson.Of(tick.Summary, Now) : EventJson.Of(happened, Now));
    }

    private void Write(JsonObject line) => output.WriteLine(line.ToJsonString());
}
