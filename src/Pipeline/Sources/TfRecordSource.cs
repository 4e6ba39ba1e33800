using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;

namespace Pggan.Pipeline;

/// <summary>
/// The official multi-resolution TFRecords: of a folder the file with the largest images is read and the levels below are computed, which
/// gives the same bytes. Labels are the folder's first *.labels file, an array of NumPy; their names, where there are any, the NAME-classes.json
/// beside NAME-rxx.labels, which other readers pass by.
/// </summary>
public sealed class TfRecordSource : IImageSource
{
    /// <summary>How the file of the labels' names ends.</summary>
    internal const string NamesSuffix = "-classes.json";

    private const long MaxNameBytes = 16 << 20;

    private const int HeaderBytes = 12;
    private const int FooterBytes = 4;

    private readonly SourceFile _file;
    private readonly string _name;
    private readonly DecodeOptions _options;
    private readonly List<(long Offset, int Length)> _records = [];
    private readonly SourceLabels _labels;
    private readonly Lazy<string> _digest;

    /// <summary>Indexes the records of a file, or of a folder's largest.</summary>
    /// <exception cref="DatasetUnusableException">No such path, no record, damaged framing, or broken labels.</exception>
    public TfRecordSource(string path, DecodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        var file = Directory.Exists(path) ? LargestOf(path) : path;
        Description = $"TFRecords {DisplayName.Of(Path.GetFullPath(file))}";
        _name = DisplayName.Of(Path.GetFileName(file));
        _file = OpenFile(file);
        try
        {
            Index();
            _labels = ReadLabels(Path.GetDirectoryName(Path.GetFullPath(file))!);
        }
        catch
        {
            _file.Dispose();
            throw;
        }

        _digest = new Lazy<string>(() => SourceDigest.Of("tfrecords", Count, NameOf, i => _records[i].Length, _labels));
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public int Count => _records.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => _labels.Names;

    /// <inheritdoc/>
    public int LabelSize => _labels.Size;

    /// <inheritdoc/>
    public string Digest => _digest.Value;

    /// <inheritdoc/>
    public bool IsEncoded => false;

    /// <inheritdoc/>
    public string NameOf(int index) => _name + "#" + index.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public void CopyLabel(int index, Span<float> label) => _labels.Copy(index, label);

    /// <inheritdoc/>
    public ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_file.Read(() => Read(_records[index])));
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private PixelBuffer Read((long Offset, int Length) place)
    {
        var (offset, length) = place;
        var record = ArrayPool<byte>.Shared.Rent(length + FooterBytes);
        try
        {
            var framed = record.AsSpan(0, length + FooterBytes);
            if (_file.Read(framed, offset) != framed.Length)
                throw new BadImageException("the record is cut off");
            var payload = framed[..length];
            if (MaskedCrc.Of(payload) != BinaryPrimitives.ReadUInt32LittleEndian(framed[length..]))
                throw new BadImageException("the record's checksum is wrong");
            return TfExample.Parse(payload).ToPixels(_options);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(record);
        }
    }

    /// <summary>The file whose first record is longest, whatever the names say.</summary>
    private static string LargestOf(string folder)
    {
        var (best, longest) = ("", -1L);
        Span<byte> header = stackalloc byte[8];
        foreach (var file in Directory.EnumerateFiles(folder, "*.tfrecords").Order(StringComparer.Ordinal))
        {
            using var candidate = OpenFile(file);
            var length = candidate.Read(header, 0) == 8 ? Math.Max(0, BinaryPrimitives.ReadInt64LittleEndian(header)) : 0;
            if (length > longest)
                (best, longest) = (file, length);
        }

        return longest >= 0 ? best : throw new DatasetUnusableException($"there is no .tfrecords file in {DisplayName.Of(folder)}");
    }

    private static SourceFile OpenFile(string path)
    {
        try
        {
            return new SourceFile(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DatasetUnusableException($"TFRecords {DisplayName.Of(path)} cannot be opened: {error.Message}", error);
        }
    }

    private void Index()
    {
        // A wrong length cannot be passed by, since it is what leads to the next record.
        Span<byte> header = stackalloc byte[HeaderBytes];
        var end = _file.Length;
        for (var at = 0L; at < end;)
        {
            if (_file.Read(header, at) != HeaderBytes)
                throw Damaged(at, "is cut off");
            if (MaskedCrc.Of(header[..8]) != BinaryPrimitives.ReadUInt32LittleEndian(header[8..]))
                throw Damaged(at, "has a length whose checksum is wrong");
            var length = BinaryPrimitives.ReadUInt64LittleEndian(header);
            if (length > (ulong)_options.MaxBytes)
                throw Damaged(at, $"has {length} bytes, more than the limit of {_options.MaxBytes}");
            if (at + HeaderBytes + (long)length + FooterBytes > end)
                throw Damaged(at, "is cut off");
            _records.Add((at + HeaderBytes, (int)length));
            at += HeaderBytes + (long)length + FooterBytes;
        }

        if (_records.Count == 0)
            throw new DatasetUnusableException($"{Description} has no record");
    }

    private DatasetUnusableException Damaged(long at, string what) => new($"{Description}: record {_records.Count}, at byte {at}, {what}");

    /// <summary>The names that <see cref="TfRecordWriter"/> leaves beside the labels; null where there are none. A file of others may be called so, and is passed by.</summary>
    private static string[]? ReadNames(string labels, int columns)
    {
        var name = labels[..^".labels".Length];
        var path = (name.EndsWith("-rxx", StringComparison.Ordinal) ? name[..^4] : name) + NamesSuffix;
        if (!File.Exists(path))
            return null;
        try
        {
            using var file = OrdinaryFile.Open(path);
            if (file.Length > MaxNameBytes)
                return null;
            using var json = JsonDocument.Parse(file);
            string[] names = [.. json.RootElement.EnumerateArray().Select(name => name.GetString() ?? "")];
            return names.Length == columns ? names : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or IOException)
        {
            return null;
        }
    }

    private SourceLabels ReadLabels(string folder)
    {
        if (Directory.EnumerateFiles(folder, "*.labels").Order(StringComparer.Ordinal).FirstOrDefault() is not { } path)
            return SourceLabels.None;
        try
        {
            var (values, rows, columns) = NumpyArray.ReadMatrix(path);
            if (rows < Count)
                throw new DatasetUnusableException($"{path} has {rows} labels for {Count} images");
            if (Array.FindIndex(values, value => !float.IsFinite(value)) is >= 0 and var wrong)
                throw new InvalidDataException($"label {wrong / columns} holds {values[wrong]}; labels must be finite");
            return columns == 0 ? SourceLabels.None
                : ReadNames(path, columns) is { } named ? SourceLabels.OfVectors(values, named)
                : SourceLabels.OfVectors(values, columns);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new DatasetUnusableException($"{path} cannot be read: {error.Message}", error);
        }
    }
}
