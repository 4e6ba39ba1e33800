using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>A file of one JSON object a line. Each line is on its way to disk when <see cref="Append"/> returns; a torn last line is dropped.</summary>
internal sealed class JsonLines : IDisposable
{
    private readonly string _path;
    private FileStream _stream;

    private JsonLines(string path, FileStream stream)
    {
        _path = path;
        _stream = stream;
    }

    /// <summary>Opens or makes the file. What a killed process left behind its last line end is cut off.</summary>
    public static JsonLines Open(string path)
    {
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var end = stream.Length;
        for (; end > 0; end--)
        {
            stream.Position = end - 1;
            if (stream.ReadByte() == '\n')
                break;
        }

        stream.SetLength(end);
        stream.Position = end;
        return new JsonLines(path, stream);
    }

    /// <summary>The objects of a file, beside whoever writes it; lines that are no JSON object are passed over.</summary>
    public static IEnumerable<JsonObject> Read(string path) => Lines(path).Select(Parse).OfType<JsonObject>();

    /// <summary>Adds one object.</summary>
    public void Append(JsonObject line)
    {
        _stream.Write(Encoding.UTF8.GetBytes(line.ToJsonString() + "\n"));
        _stream.Flush();
    }

    /// <summary>Keeps the lines that <paramref name="keep"/> says, by writing them aside and renaming, and returns them. Lines that are no JSON go.</summary>
    public IReadOnlyList<JsonObject> Retain(Predicate<JsonObject> keep)
    {
        List<JsonObject> kept = [];
        var dropped = false;
        foreach (var line in Lines(_path))
        {
            if (Parse(line) is { } parsed && keep(parsed))
                kept.Add(parsed);
            else
                dropped = true;
        }

        if (dropped)
        {
            _stream.Dispose();
            Durable.Replace(_path, Encoding.UTF8.GetBytes(string.Concat(kept.Select(line => line.ToJsonString() + "\n"))));
            _stream = Open(_path)._stream;
        }

        return kept;
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>Beside the open writer, which a reader must let write on some systems.</summary>
    private static IEnumerable<string> Lines(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    private static JsonObject? Parse(string line)
    {
        try
        {
            return JsonNode.Parse(line) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
