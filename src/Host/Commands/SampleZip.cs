using System.IO.Compression;
using System.Text.Json.Nodes;

namespace Pggan.Host;

/// <summary>
/// A zip of images as StyleGAN's tools read datasets, and <see cref="Pipeline.ZipSource"/>: stored as they are, for they are compressed already,
/// with their labels in dataset.json.
/// </summary>
/// <param name="file">Is written to, and left open.</param>
internal sealed class SampleZip(Stream file) : IDisposable
{
    /// <summary>The earliest that a zip can tell: the same images make the same bytes.</summary>
    private static readonly DateTimeOffset Written = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ZipArchive _zip = new(file, ZipArchiveMode.Create, leaveOpen: true);
    private readonly JsonArray _labels = [];

    /// <summary>Adds an image.</summary>
    public void Add(string name, byte[] content, JsonNode? label)
    {
        using Stream entry = Create(name);
        entry.Write(content);
        if (label is not null)
            _labels.Add(new JsonArray(name, label));
    }

    /// <summary>Adds dataset.json, where images have labels.</summary>
    /// <param name="classes">How many components a label of the network has, of which not all need be in an image's.</param>
    /// <param name="names">Their names, which tell attributes apart; none = their numbers.</param>
    public void AddLabels(int classes, IReadOnlyList<string> names)
    {
        if (_labels.Count == 0)
            return;
        JsonObject dataset = new() { ["labels"] = _labels };
        if (names.Count > 0 || _labels[0]![1] is JsonValue)
            dataset["classes"] = new JsonArray([.. Enumerable.Range(0, classes).Select(number => (JsonNode)(names.Count > 0 ? names[number] : $"{number}"))]);
        using StreamWriter entry = new(Create("dataset.json"));
        entry.Write(dataset.ToJsonString());
    }

    /// <summary>Writes the directory of the zip.</summary>
    public void Dispose() => _zip.Dispose();

    private Stream Create(string name)
    {
        ZipArchiveEntry entry = _zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = Written;
        return entry.Open();
    }
}
