using System.Text;

namespace Pggan.Host;

/// <summary>
/// Logs as JSON. The lines go out as they are, and as they are read, so that a long log takes neither memory nor time; damaged ones are left out.
/// </summary>
internal static class LineAnswers
{
    /// <summary>Most lines of an answer: some megabytes.</summary>
    public const int MostLines = 20_000;

    /// <summary>Most events of an answer to whoever does not say since when.</summary>
    public const int NewestEvents = 5_000;

    private const int BufferBytes = 1 << 16;

    /// <summary>Ticks above a number, the oldest first.</summary>
    public static IResult Ticks(string run, long since) => Answer(async body =>
    {
        await WriteAsync(body, "{\"ticks\":");
        await WriteArrayAsync(body, RunFile.Lines(run, RunFile.Stats).Select(line => line.Line).Where(line => LogLine.Number(line.Span, "tick"u8) > since));
        await WriteAsync(body, "}");
    });

    /// <summary>Events from a line number on, or the newest ones, and the number to go on from.</summary>
    public static IResult Events(string run, long? since) => Answer(async body =>
    {
        (long number, long from) = since is null ? Newest(run) : (0, 0);
        int examined = 0;
        await WriteAsync(body, "{\"events\":");
        await WriteArrayAsync(body, FromOn());
        await WriteAsync(body, $",\"next\":{number}}}");

        IEnumerable<ReadOnlyMemory<byte>> FromOn()
        {
            foreach ((ReadOnlyMemory<byte> line, _) in RunFile.Lines(run, RunFile.Events, from))
            {
                if (number++ < since)
                    continue;
                yield return line;
                if (++examined == MostLines)
                    break;
            }
        }
    });

    /// <summary>Evaluations by metric, from metric-NAME.jsonl.</summary>
    public static IResult Metrics(string run) => Answer(async body =>
    {
        string separator = "{\"metrics\":{";
        foreach (string name in MetricsOf(run))
        {
            await WriteAsync(body, $"{separator}\"{name}\":");
            await WriteArrayAsync(body, RunFile.Lines(run, $"metric-{name}.jsonl").Select(line => line.Line));
            separator = ",";
        }
        await WriteAsync(body, separator == "," ? "}}" : separator + "}}");
    });

    /// <summary>Number and offset of the first of the newest events.</summary>
    private static (long Number, long From) Newest(string run)
    {
        Queue<long> starts = new([0]);
        long number = 0;
        foreach ((_, long end) in RunFile.Lines(run, RunFile.Events))
        {
            starts.Enqueue(end);
            if (starts.Count <= NewestEvents + 1)
                continue;
            starts.Dequeue();
            number++;
        }
        return (number, starts.Peek());
    }

    /// <summary>Names as --set keep_best takes them.</summary>
    private static List<string> MetricsOf(string run)
    {
        try
        {
            return [.. Directory.EnumerateFiles(run, "metric-*.jsonl").Select(path => Path.GetFileName(path)["metric-".Length..^".jsonl".Length])
                .Where(name => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static IResult Answer(Func<Stream, Task> write) => Results.Stream(
        async body =>
        {
            BufferedStream buffered = new(body, BufferBytes); // the body is the server's to close
            await write(buffered);
            await buffered.FlushAsync();
        },
        "application/json");

    private static ValueTask WriteAsync(Stream body, string text) => body.WriteAsync(Encoding.UTF8.GetBytes(text));

    private static async Task WriteArrayAsync(Stream body, IEnumerable<ReadOnlyMemory<byte>> lines)
    {
        string separator = "[";
        foreach (ReadOnlyMemory<byte> line in lines.Where(line => LogLine.IsObject(line.Span)).Take(MostLines))
        {
            await WriteAsync(body, separator);
            await body.WriteAsync(line);
            separator = ",";
        }
        await WriteAsync(body, separator == "[" ? "[]" : "]");
    }
}
