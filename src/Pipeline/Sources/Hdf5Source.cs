using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Pggan.Pipeline;

/// <summary>
/// HDF5 files of two layouts. The official Theano branch's have arrays "data1024x1024" to "data1x1" of bytes [N, C, R, R], of which the largest is read
/// and the levels below are computed; FashionGen's have "input_image" [N, H, W, C]. Labels are "x-labels.npy" beside "x.h5", else FashionGen's categories.
/// </summary>
public sealed partial class Hdf5Source : IImageSource
{
    private const string PixelsName = "input_image";
    private const int MostInChunk = 4096;
    private const int LongestSide = 4096;

    private readonly SourceFile _file;
    private readonly DecodeOptions _options;
    private readonly Hdf5Rows _rows;
    private readonly string _name;
    private readonly bool _isPlanar;
    private readonly int _channels;
    private readonly int _height;
    private readonly int _width;
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
            var array = Hdf5Array.Open(_file, Choose) ?? throw new InvalidDataException($"it has no array called data{{R}}x{{R}}, such as data1024x1024, and none called {PixelsName}");
            if (!array.IsBytes)
                throw new InvalidDataException($"{array.Name} is no array of bytes");
            _isPlanar = array.Name != PixelsName;
            (Count, _channels, _height, _width) = SizesOf(array, _isPlanar);
            _rows = new Hdf5Rows(_file, array, MostInChunk, options.MaxBytes);
            _labels = ReadLabels(file) ?? (_isPlanar ? SourceLabels.None : Hdf5Categories.Read(_file, Count));
        }
        catch (Exception error)
        {
            _file?.Dispose();
            if (error is IOException or UnauthorizedAccessException or InvalidDataException)
                throw new DatasetUnusableException($"{Description} cannot be read: {error.Message}", error);
            throw;
        }

        _digest = new Lazy<string>(() => SourceDigest.Of("hdf5", Count, NameOf, _ => (long)_channels * _height * _width, _labels));
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

    private static string? Choose(IReadOnlyList<string> names) =>
        names.Where(name => LevelName().IsMatch(name)).MaxBy(name => int.Parse(LevelName().Match(name).Groups[1].Value, CultureInfo.InvariantCulture))
        ?? names.FirstOrDefault(name => name == PixelsName);

    private static (int Count, int Channels, int Height, int Width) SizesOf(Hdf5Array array, bool isPlanar)
    {
        if (array.Shape is [> 0 and <= int.MaxValue, var first, var second, var third])
        {
            var (channels, height, width) = isPlanar ? (first, second, third) : (third, first, second);
            if (channels is 1 or 3 && height is > 0 and <= LongestSide && width is > 0 and <= LongestSide && (height == width || !isPlanar))
                return ((int)array.Shape[0], (int)channels, (int)height, (int)width);
        }

        throw new InvalidDataException($"{array.Name} is [{string.Join(", ", array.Shape)}]; [N, {(isPlanar ? "C, R, R" : "H, W, C")}] is read");
    }

    private PixelBuffer Read(int index)
    {
        ImageCodec.CheckSize(_width, _height, _options);
        var image = PixelBuffer.Rent(_width, _height, _channels);
        try
        {
            if (_isPlanar)
                _rows.Read(index, image.Pixels);
            else
                ReadInterleaved(index, image);
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    private void ReadInterleaved(int index, PixelBuffer image)
    {
        var pixels = ArrayPool<byte>.Shared.Rent(image.Pixels.Length);
        try
        {
            _rows.Read(index, pixels.AsSpan(0, image.Pixels.Length));
            ImageCodec.Deinterleave(pixels, image);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    /// <summary>Those of the file beside it; null where there is none.</summary>
    private SourceLabels? ReadLabels(string file)
    {
        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, Path.GetFileNameWithoutExtension(file) + "-labels.npy");
        if (!File.Exists(path))
            return null;
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
