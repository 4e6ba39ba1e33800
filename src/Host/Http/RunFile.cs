using System.Text.Json.Nodes;
using Pggan.Actors;

namespace Pggan.Host;

/// <summary>
/// Files of a run, read beside its training, which appends to them, cuts them off and replaces them. What can't be read counts as not there, and
/// so does what is no ordinary file: a link leads elsewhere, and a pipe has no end.
/// </summary>
internal static class RunFile
{
    /// <summary>A line a tick.</summary>
    public const string Stats = "stats.jsonl";

    /// <summary>All other events.</summary>
    public const string Events = "events.jsonl";

    private const int MostBytes = 1 << 20;

    /// <summary>Bytes from the end in which the newest lines are looked for: a hundred ticks, or hundreds of events.</summary>
    private const int TailBytes = 1 << 16;

    /// <summary>An ordinary file with something in it, or null.</summary>
    public static FileInfo? Find(string run, string name)
    {
        try
        {
            FileInfo file = new(Path.Combine(run, name));
            return file is { Exists: true, LinkTarget: null, Length: > 0 } ? file : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Opens what <see cref="Find"/> finds, or gives null. A file that is replaced or deleted meanwhile stays as it was.</summary>
    public static FileStream? Open(string run, string name)
    {
        try
        {
            return Find(run, name) is { } file
                ? new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: false)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The whole of a small file, or null where it is not there or has more than a MiB.</summary>
    public static byte[]? Read(string run, string name)
    {
        try
        {
            using FileStream? file = Open(run, name);
            if (file is null || file.Length > MostBytes)
                return null;
            byte[] content = new byte[file.Length];
            return content[..file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The lines of a log, each valid until the next is asked for, and the offset behind it; fewer where reading fails.</summary>
    public static IEnumerable<(ReadOnlyMemory<byte> Line, long End)> Lines(string run, string name, long from = 0)
    {
        if (Find(run, name) is not { } file)
            yield break;
        using IEnumerator<(ReadOnlyMemory<byte>, long)> lines = FileLines.Read(file.FullName, from).GetEnumerator();
        while (Next(lines))
            yield return lines.Current;

        static bool Next(IEnumerator<(ReadOnlyMemory<byte>, long)> lines)
        {
            try
            {
                return lines.MoveNext();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    /// <summary>The objects of the last lines of a log, the newest first.</summary>
    public static IEnumerable<JsonObject> NewestFirst(string run, string name)
    {
        long from = Math.Max((Find(run, name)?.Length ?? 0) - TailBytes, 0);
        List<byte[]> lines = [.. Lines(run, name, from).Select(line => line.Line.ToArray())];

        // The first one is cut in two, unless the file begins with it.
        return lines.Skip(from > 0 ? 1 : 0).Reverse().Select(line => LogLine.Parse(line)).OfType<JsonObject>();
    }
}
