using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;

namespace Pggan.Pipeline;

/// <summary>
/// The HDF5 files of the official Theano branch: arrays "data1024x1024" to "data1x1" of bytes [N, C, R, R], of which the largest is read and the
/// levels below are computed. Labels are "x-labels.npy" beside "x.h5".
/// </summary>
public sealed partial class Hdf5Source : IImageSource
{
    private readonly SourceFile _file;
    private readonly DecodeOptions _options;
    private readonly (long Offset, int Length, bool IsPacked)[] _chunks;
    private readonly int _imagesInChunk;
    private readonly string _name;
    private readonly int _channels;
    private readonly int _side;
    private readonly SourceLabels _labels;
    private readonly Lazy<string> _digest;

    /// <summary>Indexes a file, or the only one of a folder.</summary>
    /// <exception cref="DatasetUnusableException">No such file, another layout, or broken labels.</exception>
    public Hdf5Source(string path, DecodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        var file = Directory.Exists(path) && FilesOf(path) is [var only, ..] ? only : path;
        Description = $"HDF5 {DisplayName.Of(Path.GetFullPath(file))}";
        _name = DisplayName.Of(Path.GetFileName(file));
        try
        {
            _file = new SourceFile(file);
            var array = Hdf5Array.Open(_file, names => names.Where(name => LevelName().IsMatch(name)).MaxBy(name => int.Parse(LevelName().Match(name).Groups[1].Value, CultureInfo.InvariantCulture)));
            if (array.Shape is not [> 0 and <= int.MaxValue, 1 or 3, > 0 and <= 4096, _] || array.Shape[2] != array.Shape[3])
                throw new InvalidDataException($"{array.Name} is [{string.Join(", ", array.Shape)}]; [N, C, R, R] is read");
            (Count, _channels, _side) = ((int)array.Shape[0], (int)array.Shape[1], (int)array.Shape[2]);
            if (array.Chunk[0] is < 1 or > 4096 || !array.Chunk.AsSpan(1).SequenceEqual(array.Shape.AsSpan(1)))
                throw new InvalidDataException($"{array.Name} has chunks of [{string.Join(", ", array.Chunk)}]; whole images are read, chunks of [1, {_channels}, {_side}, {_side}]");
            _imagesInChunk = (int)array.Chunk[0];
            _chunks = Index(array);
            _labels = ReadLabels(file);
        }
        catch (Exception error)
        {
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
    public string Stamp => SourceDigest.Of([_file.Time]);

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
    public void Dispose() => _file.Dispose();

    /// <summary>A folder's files of HDF5.</summary>
    internal static string[] FilesOf(string folder) =>
        [.. Directory.EnumerateFiles(folder).Where(file => Path.GetExtension(file).ToLowerInvariant() is ".h5" or ".hdf5").Order(StringComparer.Ordinal)];

    private (long Offset, int Length, bool IsPacked)[] Index(Hdf5Array array)
    {
        // The tree has more bytes for a chunk than the index.
        var count = (Count + _imagesInChunk - 1L) / _imagesInChunk;
        if (count > _file.Length / 16)
            throw new InvalidDataException($"{array.Name} announces {Count} images in {_file.Length} bytes");
        var chunks = new (long Offset, int Length, bool IsPacked)[count];
        array.Walk((corner, offset, length, isPacked) =>
        {
            var number = Math.DivRem(corner[0], _imagesInChunk, out var rest);
            if (rest != 0 || number < 0 || number >= count || corner[1..].ContainsAnyExcept(0L) || length > int.MaxValue)
                throw new InvalidDataException($"a chunk of {array.Name} lies outside of it");
            chunks[number] = (offset, (int)length, isPacked);
        });
        return chunks;
    }

    private PixelBuffer Read(int index)
    {
        ImageCodec.CheckSize(_side, _side, _options);
        var (offset, length, isPacked) = _chunks[index / _imagesInChunk];
        if (offset == 0)
            throw new BadImageException("it was never written");
        if (length > _options.MaxBytes)
            throw new BadImageException($"{length} bytes are more than the limit of {_options.MaxBytes}");
        var image = PixelBuffer.Rent(_side, _side, _channels);
        var stored = ArrayPool<byte>.Shared.Rent(Math.Max(1, length));
        try
        {
            if (_file.Read(stored.AsSpan(0, length), offset) != length)
                throw new BadImageException("the file is cut off");
            Unpack(stored, length, isPacked, index % _imagesInChunk, image.Pixels);
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(stored);
        }
    }

    private static void Unpack(byte[] stored, int length, bool isPacked, int place, Span<byte> pixels)
    {
        try
        {
            using var bytes = new MemoryStream(stored, 0, length, writable: false);
            using Stream stream = isPacked ? new ZLibStream(bytes, CompressionMode.Decompress) : bytes;

            // Those before it in its chunk, which are few and small, come first.
            for (; place >= 0; place--)
            {
                if (stream.ReadAtLeast(pixels, pixels.Length, throwOnEndOfStream: false) != pixels.Length)
                    throw new BadImageException("its chunk is too short");
            }

            // zlib compares its checksum at the end, which is here where a chunk is an image.
            _ = stream.ReadByte();
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw new BadImageException($"its chunk is damaged: {error.Message}", error);
        }
    }

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

    [GeneratedRegex("^data([0-9]{1,4})x\\1$")]
    private static partial Regex LevelName();
}
