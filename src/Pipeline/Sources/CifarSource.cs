using System.Globalization;

namespace Pggan.Pipeline;

/// <summary>
/// CIFAR-10 and CIFAR-100 in their binary version: of a folder the training images (data_batch_*.bin or train.bin), or one file alone, such as
/// test_batch.bin. The names of the classes are those of batches.meta.txt or fine_label_names.txt beside them, else numbers; CIFAR-100's coarse
/// classes are passed by.
/// </summary>
public sealed class CifarSource : IImageSource
{
    private const int Side = 32;
    private const int PixelBytes = 3 * Side * Side;
    private const int MostNameBytes = 1 << 16;

    private readonly SourceFile[] _files;
    private readonly string[] _names;
    private readonly int[] _starts;
    private readonly int _labelBytes;
    private readonly SourceLabels _labels;
    private readonly Lazy<string> _digest;

    /// <summary>Reads the labels of a folder's training images, or of one file.</summary>
    /// <exception cref="DatasetUnusableException">No such file, or its length or labels are not CIFAR's.</exception>
    public CifarSource(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var paths = FilesOf(path);
        if (paths.Length == 0)
            throw new DatasetUnusableException($"there is no data_batch_*.bin or train.bin in {DisplayName.Of(path)}");
        _files = new SourceFile[paths.Length];
        _names = Array.ConvertAll(paths, file => DisplayName.Of(Path.GetFileName(file)));
        _starts = new int[paths.Length + 1];
        Description = $"CIFAR {DisplayName.Of(Path.GetFullPath(path))}";
        try
        {
            for (var i = 0; i < paths.Length; i++)
            {
                _files[i] = new SourceFile(paths[i]);
                var labelBytes = LabelBytesOf(_files[i].Length, _names[i]);
                if (labelBytes == 0 || (i > 0 && labelBytes != _labelBytes))
                    throw new InvalidDataException($"{_names[i]} has {_files[i].Length} bytes, which are no images of 3073 (CIFAR-10) or 3074 (CIFAR-100)");
                _labelBytes = labelBytes;
                _starts[i + 1] = checked(_starts[i] + (int)(_files[i].Length / (labelBytes + PixelBytes)));
            }

            var kind = _labelBytes == 1 ? "CIFAR-10" : "CIFAR-100";
            Description = $"{kind} {DisplayName.Of(Path.GetFullPath(path))}";
            _labels = ReadLabels(Path.GetDirectoryName(Path.GetFullPath(paths[0]))!);
            _digest = new Lazy<string>(() => SourceDigest.Of(kind, Count, NameOf, _ => PixelBytes, _labels));
        }
        catch (Exception error)
        {
            Dispose();
            if (error is IOException or UnauthorizedAccessException or InvalidDataException or OverflowException)
                throw new DatasetUnusableException($"{Description} cannot be read: {error.Message}", error);
            throw;
        }
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public int Count => _starts[^1];

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => _labels.Names;

    /// <inheritdoc/>
    public int LabelSize => _labels.Size;

    /// <inheritdoc/>
    public string Digest => _digest.Value;

    /// <inheritdoc/>
    public bool IsEncoded => false;

    /// <inheritdoc/>
    public string NameOf(int index)
    {
        var file = FileOf(index);
        return $"{_names[file]}#{index - _starts[file]}";
    }

    /// <inheritdoc/>
    public void CopyLabel(int index, Span<float> label) => _labels.Copy(index, label);

    /// <inheritdoc/>
    public ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var file = FileOf(index);
        var offset = (index - _starts[file]) * (long)(_labelBytes + PixelBytes) + _labelBytes;
        return ValueTask.FromResult(_files[file].Read(() =>
        {
            var image = PixelBuffer.Rent(Side, Side, 3);
            if (_files[file].Read(image.Pixels, offset) == PixelBytes)
                return image;
            image.Dispose();
            throw new BadImageException("the file is cut off");
        }));
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (var file in _files)
            file?.Dispose();
    }

    /// <summary>The file itself, or those of a folder's training images: none where it is not CIFAR's.</summary>
    internal static string[] FilesOf(string path)
    {
        if (!Directory.Exists(path))
            return [path];
        var batches = Directory.GetFiles(path, "data_batch_*.bin").Order(StringComparer.Ordinal).ToArray();
        var train = Path.Combine(path, "train.bin");
        return batches.Length > 0 ? batches : File.Exists(train) ? [train] : [];
    }

    /// <summary>Bytes of the label before an image, or 0 where a length is not that of such a file.</summary>
    internal static int LabelBytesOf(long length, string name)
    {
        var (isTen, isHundred) = (length % (1 + PixelBytes) == 0, length % (2 + PixelBytes) == 0);
        if (isTen && isHundred)
            return name is "train.bin" or "test.bin" ? 2 : 1;
        return isTen ? 1 : isHundred ? 2 : 0;
    }

    private int FileOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var file = 0;
        while (index >= _starts[file + 1])
            file++;
        return file;
    }

    private SourceLabels ReadLabels(string folder)
    {
        const int RecordsAtOnce = 256;
        var recordBytes = _labelBytes + PixelBytes;
        var classCount = _labelBytes == 1 ? 10 : 100;
        var classes = new int[Count];
        var records = new byte[RecordsAtOnce * recordBytes];
        for (var i = 0; i < _files.Length; i++)
        {
            for (var first = _starts[i]; first < _starts[i + 1]; first += RecordsAtOnce)
            {
                var count = Math.Min(RecordsAtOnce, _starts[i + 1] - first);
                if (_files[i].Read(records.AsSpan(0, count * recordBytes), (first - _starts[i]) * (long)recordBytes) != count * recordBytes)
                    throw new InvalidDataException($"{_names[i]} is cut off");
                for (var j = 0; j < count; j++)
                {
                    // The fine label is the last one.
                    classes[first + j] = records[j * recordBytes + _labelBytes - 1];
                    if (classes[first + j] >= classCount)
                        throw new InvalidDataException($"{NameOf(first + j)} has the class {classes[first + j]}, and there are {classCount}; it is no CIFAR-{classCount}, or damaged");
                }
            }
        }

        return SourceLabels.OfClasses(classes, NamesIn(folder, classCount));
    }

    private static string[] NamesIn(string folder, int count)
    {
        var path = Path.Combine(folder, count == 10 ? "batches.meta.txt" : "fine_label_names.txt");
        if (!File.Exists(path))
            return [.. Enumerable.Range(0, count).Select(number => number.ToString(CultureInfo.InvariantCulture))];
        using var file = OrdinaryFile.Open(path);
        if (file.Length > MostNameBytes)
            throw new InvalidDataException($"{Path.GetFileName(path)} has {file.Length} bytes");
        var names = new StreamReader(file).ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return names.Length == count ? names : throw new InvalidDataException($"{Path.GetFileName(path)} has {names.Length} names for {count} classes");
    }
}
