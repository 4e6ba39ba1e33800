using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;
using PureHDF;
using PureHDF.Selections;
using PureHDF.VOL.Native;

namespace Pggan.Pipeline;

/// <summary>
/// The HDF5 files of the official Theano branch: arrays "data1024x1024" to "data1x1" of bytes [N, C, R, R], of which the largest is read and the
/// levels below are computed. Labels are "x-labels.npy" beside "x.h5".
/// </summary>
public sealed partial class Hdf5Source : IImageSource
{
    /// <summary>A chunk is unpacked as a whole; the branch's have some images at most.</summary>
    private const ulong MostChunkBytes = 256 << 20;

    private readonly Lock _gate = new();
    private readonly SourceFile _file;
    private readonly DecodeOptions _options;
    private readonly NativeFile _archive;
    private readonly NativeDataset _images;
    private readonly string _name;
    private readonly int _channels;
    private readonly int _side;
    private readonly SourceLabels _labels;
    private readonly Lazy<string> _digest;
    private bool _disposed;

    /// <summary>Opens a file, or the only one of a folder.</summary>
    /// <exception cref="DatasetUnusableException">No such file, another layout, or broken labels.</exception>
    public Hdf5Source(string path, DecodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        var file = Directory.Exists(path) ? FilesOf(path)[0] : path;
        Description = $"HDF5 {DisplayName.Of(Path.GetFullPath(file))}";
        _name = DisplayName.Of(Path.GetFileName(file));
        try
        {
            _file = new SourceFile(file);
            CheckLength();
            (_archive, _images) = Library(() => Open(new SourceStream(_file)));
            var shape = _images.Space.Dimensions;
            (Count, _channels, _side) = (checked((int)shape[0]), (int)shape[1], (int)shape[2]);
            _labels = ReadLabels(file);
        }
        catch (Exception error)
        {
            _archive?.Dispose();
            _file?.Dispose();
            if (error is IOException or UnauthorizedAccessException or InvalidDataException)
                throw new DatasetUnusableException($"{Description} cannot be read: {error.Message}", error);
            throw;
        }

        _digest = new Lazy<string>(() => SourceDigest.Of("hdf5", Count, NameOf, _ => (long)_channels * _side * _side, _labels));
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => _labels.Names;

    /// <inheritdoc/>
    public int LabelSize => _labels.Size;

    /// <inheritdoc/>
    public string Digest => _digest.Value;

    /// <inheritdoc/>
    public string NameOf(int index) => $"{_name}#{index.ToString(CultureInfo.InvariantCulture)}";

    /// <inheritdoc/>
    public void CopyLabel(int index, Span<float> label) => _labels.Copy(index, label);

    /// <inheritdoc/>
    public ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return ValueTask.FromResult(_file.Read(() => Read(index)));
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _archive.Dispose();
            _file.Dispose();
        }
    }

    /// <summary>A folder's files of HDF5.</summary>
    internal static string[] FilesOf(string folder) =>
        [.. Directory.EnumerateFiles(folder).Where(file => Path.GetExtension(file).ToLowerInvariant() is ".h5" or ".hdf5").Order(StringComparer.Ordinal)];

    private PixelBuffer Read(int index)
    {
        ImageCodec.CheckSize(_side, _side, _options);
        var image = PixelBuffer.Rent(_side, _side, _channels);
        try
        {
            // The library's stream has one place.
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                Library(() =>
                {
                    _images.Read(image.Pixels, new HyperslabSelection(4, [(ulong)index, 0, 0, 0], [1, (ulong)_channels, (ulong)_side, (ulong)_side]));
                    return true;
                });
            }

            return image;
        }
        catch (Exception error)
        {
            image.Dispose();
            if (error is InvalidDataException)
                throw new BadImageException($"cannot be read: {error.Message}", error);
            throw;
        }
    }

    /// <summary>The file's own word for its length: the library would miss the end of one that is cut off only when it gets there.</summary>
    private void CheckLength()
    {
        Span<byte> head = stackalloc byte[52];
        if (_file.Read(head, 0) != head.Length)
            throw new InvalidDataException("it is cut off");
        var at = head[8] switch { 0 => 40, 1 => 44, _ => 28 };
        if (BinaryPrimitives.ReadUInt64LittleEndian(head[at..]) is var length && length > (ulong)_file.Length)
            throw new InvalidDataException($"it is cut off: it announces {length} bytes and has {_file.Length}");
    }

    private static (NativeFile, NativeDataset) Open(SourceStream stream)
    {
        var file = H5File.Open(stream, leaveOpen: true);
        try
        {
            var largest = file.Children().OfType<NativeDataset>().Where(data => LevelName().IsMatch(data.Name))
                .MaxBy(data => int.Parse(LevelName().Match(data.Name).Groups[1].Value, CultureInfo.InvariantCulture))
                ?? throw new InvalidDataException("it has no array called data{R}x{R}, such as data1024x1024");
            var shape = largest.Space.Dimensions;
            if (shape.Length != 4 || shape[0] is 0 or > int.MaxValue || shape[1] is not (1 or 3) || shape[2] is 0 or > 4096 || shape[3] != shape[2]
                || largest.Type.Class != H5DataTypeClass.FixedPoint || largest.Type.Size != 1)
                throw new InvalidDataException($"{largest.Name} is [{string.Join(", ", shape)}] of {largest.Type.Size} bytes; [N, C, R, R] of one byte are read");
            if (largest.Layout is { Class: H5DataLayoutClass.Chunked, Chunks: var chunk } && Product(chunk) > MostChunkBytes)
                throw new InvalidDataException($"{largest.Name} has chunks of [{string.Join(", ", chunk)}] bytes, which are too large");
            return (file, largest);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static ulong Product(ulong[] sides) => sides.Aggregate(1ul, (product, side) => side == 0 || product > MostChunkBytes ? product : product * Math.Min(side, MostChunkBytes));

    private SourceLabels ReadLabels(string file)
    {
        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, Path.GetFileNameWithoutExtension(file) + "-labels.npy");
        if (!File.Exists(path))
            return SourceLabels.None;
        var (values, rows, columns) = NumpyArray.ReadMatrix(path);
        if (rows < Count)
            throw new InvalidDataException($"{DisplayName.Of(path)} has {rows} labels for {Count} images");
        if (Array.FindIndex(values, value => !float.IsFinite(value)) is >= 0 and var wrong)
            throw new InvalidDataException($"{DisplayName.Of(path)}: label {wrong / columns} holds {values[wrong]}; labels must be finite");
        return columns == 0 ? SourceLabels.None : SourceLabels.OfVectors(values, columns);
    }

    /// <summary>Of a damaged file the library throws anything.</summary>
    private static T Library<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is not (IOException or InvalidDataException or ObjectDisposedException or OutOfMemoryException))
        {
            throw new InvalidDataException($"it is damaged or of an unknown kind ({error.GetType().Name}: {DisplayName.Of(error.Message)})", error);
        }
    }

    [GeneratedRegex("^data([0-9]{1,4})x\\1$")]
    private static partial Regex LevelName();
}
