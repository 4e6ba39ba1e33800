using System.Globalization;

namespace Pggan.Pipeline;

/// <summary>
/// Images in a column of Parquet files, as Hugging Face keeps datasets: a structure "image" with "bytes", or a column of bytes. Labels are a
/// column "label" of integers or texts. An image can't be had without the others of its row group, so groups that were read last are kept.
/// </summary>
public sealed class ParquetSource : IImageSource
{
    /// <summary>Of row groups that are kept; the newest is, whatever its size.</summary>
    private const long CacheBytes = 256 << 20;

    private readonly Lock _gate = new();
    private readonly DecodeOptions _options;
    private readonly List<(ParquetFile File, ParquetFeatures Features, string Name, int Start)> _files = [];
    private readonly List<(int File, int Group, int Start, long Bytes)> _groups = [];
    private readonly LinkedList<(int Group, byte[]?[] Rows, long Bytes)> _kept = [];
    private readonly SourceLabels _labels;
    private readonly Lazy<string> _digest;
    private bool _disposed;

    /// <summary>Reads the footers and labels of a file, of a folder's files (those called "train…" where there are others), or of a list in braces.</summary>
    /// <exception cref="DatasetUnusableException">No such file, another format, no column of images, or broken labels.</exception>
    public ParquetSource(string path, DecodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        Description = $"Parquet {DisplayName.Of(Path.GetFullPath(path))}";
        var at = "";
        try
        {
            var texts = new TextLabels();
            foreach (var file in ShardList.Of(path, ".parquet"))
            {
                at = $"{DisplayName.Of(Path.GetFileName(file))}: ";
                Add(file, texts);
            }

            at = "";
            if (Count == 0)
                throw new InvalidDataException("it has no rows");
            _labels = Named(texts.ToLabels(index => new InvalidDataException($"{NameOf(index)} has no label, and others have")));
        }
        catch (Exception error)
        {
            Dispose();
            if (error is IOException or UnauthorizedAccessException or InvalidDataException)
                throw new DatasetUnusableException($"{Description} cannot be read: {at}{error.Message}", error);
            throw;
        }

        _digest = new Lazy<string>(() => SourceDigest.Of("parquet", Count, NameOf, index => _groups[GroupOf(index)].Bytes, _labels));
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => _labels.Names;

    /// <inheritdoc/>
    public int LabelSize => _labels.Size;

    /// <inheritdoc/>
    public string Digest => _digest.Value;

    /// <inheritdoc/>
    public string Stamp => SourceDigest.Of([.. _files.Select(file => file.File.File.Time)]);

    /// <inheritdoc/>
    public string NameOf(int index)
    {
        var file = _files[_groups[GroupOf(index)].File];
        return $"{file.Name}#{index - file.Start}";
    }

    /// <inheritdoc/>
    public void CopyLabel(int index, Span<float> label) => _labels.Copy(index, label);

    /// <inheritdoc/>
    public ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_files[_groups[GroupOf(index)].File].File.File.Read(() => ImageCodec.Decode(BytesOf(index), _options)));
    }

    /// <inheritdoc/>
    public byte[]? ReadFile(int index) => BytesOf(index);

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _kept.Clear();
            foreach (var (file, _, _, _) in _files)
                file.Dispose();
        }
    }

    private void Add(string path, TextLabels texts)
    {
        var file = new ParquetFile(path);
        var features = ParquetFeatures.Of(file.Columns, file.NoteOf("huggingface"));
        _files.Add((file, features, DisplayName.Of(Path.GetFileName(path)), Count));
        for (var group = 0; group < file.Groups; group++)
        {
            _groups.Add((_files.Count - 1, group, Count, file.BytesOf(group, features.Image)));
            Count = checked(Count + file.RowsOf(group));
            foreach (var text in TextsOf(file, features, group))
                texts.Add(text);
        }
    }

    private static IEnumerable<string?> TextsOf(ParquetFile file, ParquetFeatures features, int group)
    {
        if (features.Label is not { } label)
            return Enumerable.Repeat<string?>(null, file.RowsOf(group));
        if (label.ClrType == typeof(ReadOnlyMemory<char>))
            return file.ReadTexts(group, label);
        var numbers = label.ClrType == typeof(long) ? file.ReadNumbers<long>(group, label)
            : label.ClrType == typeof(int) ? file.ReadNumbers<int>(group, label)
            : label.ClrType == typeof(short) ? file.ReadNumbers<short>(group, label)
            : label.ClrType == typeof(sbyte) ? file.ReadNumbers<sbyte>(group, label)
            : label.ClrType == typeof(byte) ? file.ReadNumbers<byte>(group, label)
            : file.ReadNumbers<ushort>(group, label);

        // -1 is Hugging Face's word for no label.
        return numbers.Select(number => number is null or -1 ? null : number.Value.ToString(CultureInfo.InvariantCulture));
    }

    private SourceLabels Named(SourceLabels labels)
    {
        var names = _files[0].Features.ClassNames;
        if (labels.Size == 0 || names.Length < labels.Size || names.Length > SourceLabels.MostClasses || _files[0].Features.Label!.ClrType == typeof(ReadOnlyMemory<char>))
            return labels;
        return labels.WithNames(names);
    }

    private int GroupOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var (low, high) = (0, _groups.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _groups[middle].Start <= index ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private byte[] BytesOf(int index)
    {
        var group = GroupOf(index);
        return RowsOf(group)[index - _groups[group].Start] ?? throw new BadImageException("the row has no bytes");
    }

    private byte[]?[] RowsOf(int group)
    {
        // One at a time: a group may take much memory.
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var found = _kept.First;
            while (found is not null && found.Value.Group != group)
                found = found.Next;
            if (found is not null)
            {
                _kept.Remove(found);
            }
            else
            {
                var (file, number, _, _) = _groups[group];
                try
                {
                    var rows = _files[file].File.ReadBytes(number, _files[file].Features.Image);
                    found = new((group, rows, rows.Sum(row => row?.LongLength ?? 0)));
                }
                catch (InvalidDataException error)
                {
                    throw new BadImageException($"its row group can't be read: {error.Message}", error);
                }
            }

            _kept.AddFirst(found);
            while (_kept.Count > 1 && _kept.Sum(kept => kept.Bytes) > CacheBytes)
                _kept.RemoveLast();
            return found.Value.Rows;
        }
    }
}
