using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;

namespace Pggan.Pipeline;

/// <summary>
/// Images of the MNIST family, gzipped or not, kept in memory; labels from the file beside them that has "labels-idx1" for "images-idx3".
/// Sides that are no power of two are padded with black to the next one: 28 becomes 32.
/// </summary>
public sealed class IdxSource : IImageSource
{
    private const uint ImagesMagic = 0x0000_0803;
    private const uint LabelsMagic = 0x0000_0801;

    /// <summary>The most bytes of unpacked images; the largest of the family has 560 MB.</summary>
    private const long MaxBytes = 1L << 30;

    private readonly byte[] _pixels;
    private readonly int _height;
    private readonly int _width;
    private readonly string _name;
    private readonly SourceLabels _labels;
    private readonly Lazy<string> _digest;

    /// <summary>Reads the file of images, and that of labels if there is one.</summary>
    /// <exception cref="DatasetUnusableException">No such file, another format, or lengths that the file does not have.</exception>
    public IdxSource(string imagesPath)
    {
        ArgumentNullException.ThrowIfNull(imagesPath);
        Description = $"IDX {DisplayName.Of(Path.GetFullPath(imagesPath))}";
        _name = DisplayName.Of(Path.GetFileName(imagesPath));
        try
        {
            using (var images = Open(imagesPath))
            {
                Span<byte> header = stackalloc byte[16];
                if (images.ReadAtLeast(header, 16, throwOnEndOfStream: false) < 16 || BinaryPrimitives.ReadUInt32BigEndian(header) != ImagesMagic)
                    throw new InvalidDataException("not an IDX file of images");
                var count = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
                var height = BinaryPrimitives.ReadUInt32BigEndian(header[8..]);
                var width = BinaryPrimitives.ReadUInt32BigEndian(header[12..]);
                if (count == 0 || height is 0 or > 4096 || width is 0 or > 4096 || count > MaxBytes / ((long)height * width))
                    throw new InvalidDataException($"{count} images of {width}×{height} pixels");
                (Count, _height, _width) = ((int)count, (int)height, (int)width);
                _pixels = ReadExactly(images, count * (long)height * width);
            }

            _labels = ReadLabels(imagesPath);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new DatasetUnusableException($"{Description} cannot be read: {error.Message}", error);
        }

        _digest = new Lazy<string>(() => SourceDigest.Of("idx", Count, NameOf, _ => (long)_width * _height, _labels));
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
    public bool IsEncoded => false;

    /// <inheritdoc/>
    public string NameOf(int index) => $"{_name}#{index}";

    /// <inheritdoc/>
    public void CopyLabel(int index, Span<float> label) => _labels.Copy(index, label);

    /// <inheritdoc/>
    public ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var image = _pixels.AsSpan(index * _height * _width, _height * _width);
        var side = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(_height, _width));
        var buffer = PixelBuffer.Rent(side, side, 1);
        buffer.Pixels.Clear();
        var (left, top) = ((side - _width) / 2, (side - _height) / 2);
        for (var y = 0; y < _height; y++)
            image.Slice(y * _width, _width).CopyTo(buffer.Pixels[((top + y) * side + left)..]);
        return ValueTask.FromResult(buffer);
    }

    /// <summary>Nothing is held open.</summary>
    public void Dispose()
    {
    }

    /// <summary>The file of images in a folder, that of the training set first; or null.</summary>
    internal static string? FindImages(string folder) =>
        Directory.EnumerateFiles(folder, "*images*idx3*")
            .OrderByDescending(path => Path.GetFileName(path).Contains("train", StringComparison.OrdinalIgnoreCase))
            .ThenBy(path => path, StringComparer.Ordinal)
            .FirstOrDefault(IsImages);

    /// <summary>Whether a file begins as an IDX file of images.</summary>
    internal static bool IsImages(string path)
    {
        try
        {
            using var stream = Open(path);
            Span<byte> magic = stackalloc byte[4];
            return stream.ReadAtLeast(magic, 4, throwOnEndOfStream: false) == 4 && BinaryPrimitives.ReadUInt32BigEndian(magic) == ImagesMagic;
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The file's bytes, unpacked if they are gzipped.</summary>
    private static Stream Open(string path)
    {
        var file = OrdinaryFile.Open(path);
        try
        {
            var zipped = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            return zipped ? new GZipStream(file, CompressionMode.Decompress) : file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static byte[] ReadExactly(Stream stream, long length)
    {
        if (stream is FileStream file && file.Length - file.Position != length)
            throw new InvalidDataException($"{length} bytes are announced, {file.Length - file.Position} follow");

        // The length of unpacked data is known only at its end, so memory grows with what really comes.
        var bytes = new byte[Math.Min(length, 1 << 20)];
        var filled = 0;
        while (true)
        {
            filled += stream.ReadAtLeast(bytes.AsSpan(filled), bytes.Length - filled, throwOnEndOfStream: false);
            if (filled < bytes.Length)
                throw new InvalidDataException($"{length} bytes are announced, {filled} follow");
            if (filled == length)
                break;
            Array.Resize(ref bytes, (int)Math.Min(length, bytes.LongLength * 2));
        }

        if (stream.ReadByte() >= 0)
            throw new InvalidDataException($"more than the {length} bytes that are announced follow");
        return bytes;
    }

    private SourceLabels ReadLabels(string imagesPath)
    {
        var name = Path.GetFileName(imagesPath);
        var labels = name.Replace("images-idx3", "labels-idx1", StringComparison.Ordinal).Replace("images.idx3", "labels.idx1", StringComparison.Ordinal);
        if (labels == name)
            return SourceLabels.None;

        var folder = Path.GetDirectoryName(Path.GetFullPath(imagesPath))!;
        var bare = labels.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? labels[..^3] : labels;
        var path = new[] { labels, bare, bare + ".gz" }.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
        if (path is null)
            return SourceLabels.None;

        using var stream = Open(path);
        Span<byte> header = stackalloc byte[8];
        if (stream.ReadAtLeast(header, 8, throwOnEndOfStream: false) < 8 || BinaryPrimitives.ReadUInt32BigEndian(header) != LabelsMagic)
            throw new InvalidDataException($"{path} is not an IDX file of labels");
        var count = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        if (count != Count)
            throw new InvalidDataException($"{path} has {count} labels for {Count} images");
        return SourceLabels.OfClasses(Array.ConvertAll(ReadExactly(stream, count), label => (int)label));
    }
}
