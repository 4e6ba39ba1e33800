using System.Text.Json.Nodes;

namespace Pggan.Actors;

/// <summary>A file of JSON lines, and those that could not be written yet: they go before the next one. Outlives a restart of its actor.</summary>
internal sealed class LogFile(string path)
{
    /// <summary>Most lines that wait for a disk that takes them, some megabytes; the oldest are dropped.</summary>
    private const int MostWaiting = 10_000;

    private readonly Queue<JsonObject> _waiting = [];
    private JsonLines? _lines;

    /// <summary>True when lines wait to be written.</summary>
    public bool HasWaiting => _waiting.Count > 0;

    /// <summary>Adds a line, and says how many were written by that.</summary>
    /// <exception cref="IOException">None could be written; it waits.</exception>
    public int Append(JsonObject line)
    {
        Enqueue(line);
        return Flush();
    }

    /// <summary>Adds a line that waits to be written.</summary>
    public void Enqueue(JsonObject line)
    {
        _waiting.Enqueue(line);
        if (_waiting.Count > MostWaiting)
            _waiting.Dequeue();
    }

    /// <summary>Writes what waits, and says how many lines that were.</summary>
    /// <exception cref="IOException">Some could not be written; they wait on.</exception>
    public int Flush()
    {
        try
        {
            var written = 0;
            for (; _waiting.TryPeek(out var line); written++)
            {
                Lines().Append(line);
                _waiting.Dequeue();
            }

            return written;
        }
        catch
        {
            // Opening it anew cuts off what was written of a line.
            Close();
            throw;
        }
    }

    /// <summary>Writes what waits, to the disk itself, and says how many lines that were.</summary>
    /// <exception cref="IOException">Some could not be written; they wait on.</exception>
    public int Sync()
    {
        var written = Flush();
        _lines?.Sync();
        return written;
    }

    /// <summary>Keeps the lines that <paramref name="keep"/> says and returns them, and those that wait after them. Needs no room on the disk.</summary>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public IReadOnlyList<JsonObject> Retain(Predicate<JsonObject> keep)
    {
        for (var left = _waiting.Count; left > 0; left--)
        {
            if (_waiting.Dequeue() is var line && keep(line))
                _waiting.Enqueue(line);
        }

        return [.. Lines().Retain(keep), .. _waiting];
    }

    public void Close()
    {
        _lines?.Dispose();
        _lines = null;
    }

    private JsonLines Lines() => _lines ??= JsonLines.Open(path);
}
