using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
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
        // Without a buffer, a write that fails is not tried again at closing.
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
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
    public static IEnumerable<JsonObject> Read(string path) => FileLines.Read(path).Select(line => Parse(line.Line.Span)).OfType<JsonObject>();

    /// <summary>Adds one object. When it throws, the file is as before.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Append(JsonObject line)
    {
        var end = _stream.Position;
        try
        {
            _stream.Write(Encoding.UTF8.GetBytes(line.ToJsonString() + "\n"));
        }
        catch (IOException)
        {
            // A disk that filled up in the middle has the beginning of the line.
            _stream.SetLength(end);
            throw;
        }
    }

    /// <summary>
    /// Keeps the lines that <paramref name="keep"/> says and returns them. Lines that are no JSON go. Where the others are the last ones, which a
    /// killed process leaves, the file is only cut off: that succeeds on a full disk, too.
    /// </summary>
    public IReadOnlyList<JsonObject> Retain(Predicate<JsonObject> keep)
    {
        List<JsonObject> kept = [];
        var (prefix, dropped, isPrefix) = (0L, false, true);
        foreach (var (bytes, end) in FileLines.Read(_path))
        {
            if (Parse(bytes.Span) is not { } parsed || !keep(parsed))
            {
                dropped = true;
                continue;
            }

            isPrefix &= !dropped;
            prefix = end;
            kept.Add(parsed);
        }

        if (dropped && isPrefix)
            _stream.SetLength(prefix);
        else if (dropped)
            Rewrite(kept);
        _stream.Seek(0, SeekOrigin.End);
        return kept;
    }

    /// <summary>Flushes to the disk.</summary>
    public void Sync() => _stream.Flush(flushToDisk: true);

    public void Dispose() => _stream.Dispose();

    /// <summary>Writes aside and renames.</summary>
    private void Rewrite(List<JsonObject> lines)
    {
        _stream.Dispose();
        try
        {
            Durable.Replace(_path, Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line.ToJsonString() + "\n"))));
        }
        finally
        {
            _stream = Open(_path)._stream;
        }
    }

    private static JsonObject? Parse(ReadOnlySpan<byte> line)
    {
        if (!Utf8.IsValid(line))
            return null;
        try
        {
            return JsonNode.Parse(line, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
