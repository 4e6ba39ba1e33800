using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>
/// The scalars of stats.jsonl, and before them the networks, as TensorBoard reads them. The file is derived from the lines and made anew from them at each start of the log, with
/// their times, so that it has neither gap nor double.
/// </summary>
internal sealed class TensorBoardFile : IDisposable
{
    /// <summary>What TensorBoard knows a file of events by.</summary>
    public const string Name = "events.out.tfevents.pggan";

    private static readonly HashSet<string> NoScalars = ["time", "images", "tick"];

    private readonly FileStream _stream;

    private TensorBoardFile(FileStream stream) => _stream = stream;

    /// <summary>Makes the file of a run from the lines so far, replacing the one that is there.</summary>
    /// <param name="folder">Of the run.</param>
    /// <param name="lines">Numbers with their time and images.</param>
    /// <param name="networks">Their layers; none = no picture of them.</param>
    public static TensorBoardFile Create(string folder, IEnumerable<JsonObject> lines, IReadOnlyList<NetworkLayer> networks)
    {
        var path = Path.Combine(folder, Name);
        using (var content = new MemoryStream())
        {
            var first = lines.FirstOrDefault()?["time"]?.GetValue<double>() ?? 0;
            EventRecord.Write(content, EventRecord.Version(first));
            if (networks.Count > 0)
                EventRecord.Write(content, EventRecord.Graph(first, GraphRecord.Of(networks)));
            foreach (var line in lines)
                EventRecord.Write(content, Event(line));
            Durable.Replace(path, content.ToArray());
        }

        return new TensorBoardFile(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0));
    }

    /// <summary>Adds the numbers of one line. When it throws, half a record may be in the file, which has to be made anew.</summary>
    public void Append(JsonObject line) => EventRecord.Write(_stream, Event(line));

    public void Dispose() => _stream.Dispose();

    private static byte[] Event(JsonObject line)
    {
        List<byte> summary = [];
        foreach (var (name, value) in line)
        {
            if (value?.GetValueKind() == JsonValueKind.Number && !NoScalars.Contains(name))
                summary.AddRange(EventRecord.Bytes(1, [.. EventRecord.Bytes(1, Encoding.UTF8.GetBytes(name)), .. EventRecord.Single(2, (float)value.AsValue().ToDouble())]));
        }

        return EventRecord.Summary(line["time"]!.AsValue().ToDouble(), (long)line["images"]!.AsValue().ToDouble(), [.. summary]);
    }
}
