using System.Text;
using System.Text.Json;

namespace Pggan.Pipeline;

/// <summary>
/// The images of a tar, or of WebDataset's shards: a folder of .tar files or a list in braces. One pass over the headers tells where each image
/// is; nothing is unpacked. Labels are what stands beside an image under the same key: "x.cls" or "x.json" or "x.txt" for "x.jpg"; else each
/// folder is a class if all images are in folders.
/// </summary>
public sealed class TarSource : IImageSource
{
    private const int MostLabelBytes = 1 << 20;

    private static readonly string[] LabelEndings = ["cls", "json", "txt"];

    private readonly string[] _shards;
    private readonly ImageIndex _images;
    private readonly SourceLabels _labels;
    private readonly Lazy<string> _digest;

    /// <summary>Indexes the images of a tar, of a folder of tars, or of those that a list in braces names.</summary>
    /// <exception cref="DatasetUnusableException">No such file, one that is compressed or damaged, no image, or labels for some images only.</exception>
    public TarSource(string path, DecodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        Description = $"tar {DisplayName.Of(Path.GetFullPath(path))}";
        var shards = ShardList.Of(path, ".tar");
        _shards = shards.Length == 1 ? [""] : Array.ConvertAll(shards, shard => Path.GetFileName(shard) + "/");
        _images = new ImageIndex(options);
        try
        {
            TextLabels[] texts = [.. LabelEndings.Select(_ => new TextLabels())];
            foreach (var shard in shards)
                Index(shard, texts);
            if (_images.Count == 0)
                throw new DatasetUnusableException($"{Description} has no PNG, JPEG, WebP, GIF, TIFF or BMP file");
            _labels = FindLabels(texts);
        }
        catch
        {
            _images.Dispose();
            throw;
        }

        _digest = new Lazy<string>(() => SourceDigest.Of("tar", Count, NameOf, _images.LengthOf, _labels));
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public int Count => _images.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => _labels.Names;

    /// <inheritdoc/>
    public int LabelSize => _labels.Size;

    /// <inheritdoc/>
    public string Digest => _digest.Value;

    /// <inheritdoc/>
    public string Stamp => _images.Stamp;

    /// <inheritdoc/>
    public string NameOf(int index) => DisplayName.Of(_shards[_images.FileOf(index)] + _images.NameOf(index));

    /// <inheritdoc/>
    public void CopyLabel(int index, Span<float> label) => _labels.Copy(index, label);

    /// <inheritdoc/>
    public ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_images.Read(index));
    }

    /// <inheritdoc/>
    public byte[]? ReadFile(int index) => _images.ReadFile(index);

    /// <summary>Closes the files.</summary>
    public void Dispose() => _images.Dispose();

    private void Index(string shard, TextLabels[] texts)
    {
        try
        {
            var file = new SourceFile(shard);
            _images.Add(file);
            RefuseCompressed(file, shard);

            // The files of a sample stand side by side.
            var key = "";
            var sample = new List<(string Ending, TarEntries.Entry Entry)>();
            foreach (var entry in TarEntries.Of(file))
            {
                var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
                if (ZipGuard.LeadsOut(name))
                    throw new InvalidDataException($"the name '{DisplayName.Of(name)}' leads out of it; pack the images again, with names below one folder");
                var dot = name.IndexOf('.', name.LastIndexOf('/') + 1);
                if (dot < 0)
                    continue;
                if (!name.AsSpan(0, dot).SequenceEqual(key))
                {
                    AddSample(file, sample, texts);
                    key = name[..dot];
                }

                sample.Add((name[(dot + 1)..], entry with { Name = name }));
            }

            AddSample(file, sample, texts);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new DatasetUnusableException($"tar {DisplayName.Of(Path.GetFullPath(shard))} cannot be read: {error.Message}", error);
        }
    }

    private void AddSample(SourceFile file, List<(string Ending, TarEntries.Entry Entry)> sample, TextLabels[] texts)
    {
        // "x.seg.png" beside "x.jpg" belongs to it, and is no image of its own.
        var images = sample.FindAll(part => ImageFiles.IsImage(part.Entry.Name));
        if (images.Exists(image => !image.Ending.Contains('.', StringComparison.Ordinal)))
            images.RemoveAll(image => image.Ending.Contains('.', StringComparison.Ordinal));
        if (images.Count > 0)
        {
            string?[] found = [.. LabelEndings.Select(ending => TextOf(file, sample, ending))];
            foreach (var (_, entry) in images)
            {
                _images.Add(entry.Offset, entry.Length, Encoding.UTF8.GetBytes(entry.Name));
                for (var i = 0; i < texts.Length; i++)
                    texts[i].Add(found[i]);
            }
        }

        sample.Clear();
    }

    private static string? TextOf(SourceFile file, List<(string Ending, TarEntries.Entry Entry)> sample, string ending)
    {
        var (found, entry) = sample.Find(part => part.Ending.Equals(ending, StringComparison.OrdinalIgnoreCase));
        if (found is null || entry.Length > MostLabelBytes)
            return null;
        var bytes = new byte[entry.Length];
        if (file.Read(bytes, entry.Offset) != bytes.Length)
            throw new InvalidDataException($"{DisplayName.Of(entry.Name)} is cut off");
        return ending == "json" ? LabelOf(bytes) : Encoding.UTF8.GetString(bytes);
    }

    /// <summary>A number or text that is the whole of it, or called "label", "cls" or "class"; null where there is none.</summary>
    private static string? LabelOf(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var value = document.RootElement;
            if (value.ValueKind == JsonValueKind.Object && !value.TryGetProperty("label", out value)
                && !document.RootElement.TryGetProperty("cls", out value) && !document.RootElement.TryGetProperty("class", out value))
                return null;
            return value.ValueKind is JsonValueKind.Number or JsonValueKind.String ? value.ToString() : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private SourceLabels FindLabels(TextLabels[] texts)
    {
        for (var i = 0; i < LabelEndings.Length; i++)
        {
            var ending = LabelEndings[i];
            var labels = texts[i].ToLabels(index => new DatasetUnusableException(
                $"{Description}: {NameOf(index)} has no label in a .{ending} beside it, as others have; the files of a sample must follow each other (tar --sort=name)"));
            if (labels.Size > 0)
                return labels;
        }

        return SourceLabels.OfFolders([.. Enumerable.Range(0, Count).Select(_images.NameOf)]);
    }

    /// <summary>What unpacks a file that begins so; null where it is not compressed.</summary>
    internal static string? UnpackerOf(ReadOnlySpan<byte> head) => head switch
    {
        [0x1F, 0x8B, ..] => "gunzip",
        [0x28, 0xB5, 0x2F, 0xFD, ..] => "unzstd",
        [(byte)'B', (byte)'Z', (byte)'h', ..] => "bunzip2",
        [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, ..] => "unxz",
        _ => null,
    };

    private static void RefuseCompressed(SourceFile file, string shard)
    {
        Span<byte> head = stackalloc byte[6];
        if (UnpackerOf(head[..file.Read(head, 0)]) is { } tool)
            throw new InvalidDataException($"it is compressed, and images are read in any order; unpack it once: {tool} '{DisplayName.Of(Path.GetFileName(shard))}'");
    }
}
