using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pggan.Pipeline;

/// <summary>
/// What became of each image so far, so that an ingest that was interrupted or killed goes on. A first line says what is made of what; what stands
/// behind the last "committed" is not known to be in the files, and is done again.
/// </summary>
internal sealed class IngestJournal : IDisposable
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly FileStream _file;
    private int _lines;

    private IngestJournal(FileStream file, IReadOnlyList<Entry> entries)
    {
        _file = file;
        _lines = entries.Count;
        Entries = entries;
    }

    /// <summary>What an earlier ingest committed, in order.</summary>
    public IReadOnlyList<Entry> Entries { get; private set; }

    /// <summary>Opens the journal of a file, or begins one.</summary>
    /// <param name="file">At its beginning; closed with the journal, or when this fails.</param>
    /// <param name="about">What is made of what: names of arguments and their values.</param>
    /// <exception cref="ArgumentException">It is about something else.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static IngestJournal Open(FileStream file, IReadOnlyDictionary<string, string> about)
    {
        try
        {
            var (entries, end) = Read(file, file.Name, about);
            file.SetLength(end);
            file.Position = end;
            var journal = new IngestJournal(file, entries);
            if (end == 0)
            {
                journal.Write(about);
                file.Flush(flushToDisk: true);
            }

            return journal;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Tells of the next image.</summary>
    public void Add(Entry entry)
    {
        Write(new Line(entry.Image, entry.Hash?.ToString("x32", CultureInfo.InvariantCulture), entry.Refused, null));
        _lines++;
    }

    /// <summary>Says that the files hold all that was told of.</summary>
    public void Commit()
    {
        Write(new Line(null, null, null, _lines));
        _file.Flush(flushToDisk: true);
    }

    /// <summary>Forgets what was read at the start.</summary>
    public void ForgetEntries() => Entries = [];

    public void Dispose() => _file.Dispose();

    private void Write<T>(T line)
    {
        _file.Write(JsonSerializer.SerializeToUtf8Bytes(line, Json));
        _file.WriteByte((byte)'\n');
    }

    private static (List<Entry> Entries, long End) Read(FileStream file, string path, IReadOnlyDictionary<string, string> about)
    {
        var (entries, end, committed, at) = (new List<Entry>(), 0L, 0, 0L);
        using var reader = new StreamReader(file, Encoding.UTF8, false, 1 << 16, leaveOpen: true);
        while (reader.ReadLine() is { } text)
        {
            // The last line may be torn: it ends without a line feed.
            at += Encoding.UTF8.GetByteCount(text) + 1;
            if (at > file.Length)
                break;
            try
            {
                if (end == 0)
                {
                    RequireSame(JsonSerializer.Deserialize<Dictionary<string, string>>(text) ?? [], about, path);
                    end = at;
                }
                else if (JsonSerializer.Deserialize<Line>(text, Json) is { Committed: { } lines })
                {
                    if (lines != entries.Count)
                        throw new InvalidDataException($"it counts {lines} images and tells of {entries.Count}");
                    (end, committed) = (at, lines);
                }
                else
                {
                    var line = JsonSerializer.Deserialize<Line>(text, Json);
                    entries.Add(new Entry(line?.Image ?? throw new InvalidDataException("a line of no image"), HashOf(line.Hash), line.Refused));
                }
            }
            catch (Exception error) when (error is JsonException or InvalidDataException)
            {
                // After a failure of the machine, what was not committed may hold anything.
                if (end > 0 && !reader.ReadToEnd().Contains("\"committed\"", StringComparison.Ordinal))
                    break;
                throw new InvalidDataException($"{DisplayName.Of(path)} is damaged ({DisplayName.Of(error.Message)})", error);
            }
        }

        entries.RemoveRange(committed, entries.Count - committed);
        return (entries, end);
    }

    private static UInt128? HashOf(string? text) =>
        text is null ? null
        : text.Length == 32 && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hash) ? hash
        : throw new InvalidDataException($"'{text}' is no hash");

    private static void RequireSame(Dictionary<string, string> before, IReadOnlyDictionary<string, string> now, string path)
    {
        foreach (var key in now.Keys.Concat(before.Keys).Distinct())
        {
            var (was, isNow) = (before.GetValueOrDefault(key, "not said"), now.GetValueOrDefault(key, "not said"));
            if (was != isNow)
            {
                throw new ArgumentException(
                    $"{DisplayName.Of(Path.GetDirectoryName(path)!)} was begun with another {key} ({DisplayName.Of(was)}, now {DisplayName.Of(isNow)}); say the same again, or take it away to begin anew");
            }
        }
    }

    /// <summary>What became of an image.</summary>
    /// <param name="Image">Its number in the source.</param>
    /// <param name="Hash">Of its pixels; null when it was refused.</param>
    /// <param name="Refused">Why.</param>
    public readonly record struct Entry(int Image, UInt128? Hash, string? Refused);

    private sealed record Line(int? Image, string? Hash, string? Refused, int? Committed);
}
