using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;

namespace Pggan.Pipeline;

/// <summary>
/// The cropped digits of SVHN in MATLAB's format: of a folder train_32x32.mat, or one file. Arrays X [H, W, 3, N] of bytes and y [N, 1], whose 10 is
/// the digit 0. A compressed X has no random access, so it is unpacked at the start: into memory, or where it is large into a nameless temporary file.
/// </summary>
public sealed class SvhnSource : IImageSource
{
    private const long MemoryBytes = 256 << 20;
    private const int MostLabelBytes = 64 << 20;

    private static readonly string[] FileNames = ["train_32x32.mat", "extra_32x32.mat", "test_32x32.mat"];

    private readonly SourceFile _file;
    private readonly string _name;
    private readonly long? _offset;
    private readonly SpilledBytes? _unpacked;
    private readonly int _height;
    private readonly int _width;
    private readonly SourceLabels _labels;
    private readonly Lazy<string> _digest;

    /// <summary>Reads the labels, and unpacks the images if they are compressed.</summary>
    /// <exception cref="DatasetUnusableException">No such file, another layout, or damaged.</exception>
    public SvhnSource(string path)
        : this(path, MemoryBytes)
    {
    }

    /// <summary>The same, with other bounds.</summary>
    internal SvhnSource(string path, long memoryBytes)
    {
        ArgumentNullException.ThrowIfNull(path);
        var file = Directory.Exists(path) ? FileIn(path)! : path;
        Description = $"SVHN {DisplayName.Of(Path.GetFullPath(file))}";
        _name = DisplayName.Of(Path.GetFileName(file));
        try
        {
            _file = new SourceFile(file);
            int[]? shape = null;
            float[]? digits = null;
            long? offset = null;
            SpilledBytes? unpacked = null;
            try
            {
                MatFile.Walk(_file, (name, dimensions, type, length, elements, at) =>
                {
                    if (name == "X" && shape is null)
                    {
                        CheckShape(dimensions, type, length);
                        (shape, offset) = (dimensions, at);
                        if (at is null)
                            Unpack(elements, length, unpacked = new SpilledBytes(length, memoryBytes));
                        else if (length > _file.Length - at)
                            throw new InvalidDataException("X is cut off");
                    }
                    else if (name == "y")
                    {
                        digits = ReadNumbers(type, length, elements);
                    }
                });
            }
            finally
            {
                _unpacked = unpacked;
            }

            if (shape is null)
                throw new InvalidDataException("it has no array X of images");
            (_height, _width, Count, _offset) = (shape[0], shape[1], shape[3], offset);
            _labels = digits is null ? SourceLabels.None : SourceLabels.OfClasses(ClassesOf(digits), [.. Enumerable.Range(0, 10).Select(digit => digit.ToString(CultureInfo.InvariantCulture))]);
        }
        catch (Exception error)
        {
            Dispose();
            if (error is IOException or UnauthorizedAccessException or InvalidDataException)
                throw new DatasetUnusableException($"{Description} cannot be read: {error.Message}", error);
            throw;
        }

        _digest = new Lazy<string>(() => SourceDigest.Of("svhn", Count, NameOf, _ => 3L * _height * _width, _labels));
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
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return ValueTask.FromResult(_file.Read(() => Read(index)));
    }

    /// <summary>Closes the file, and deletes what was unpacked.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        _unpacked?.Dispose();
    }

    /// <summary>The file of a folder: that of the training set first; null where there is none.</summary>
    internal static string? FileIn(string folder) =>
        FileNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private PixelBuffer Read(int index)
    {
        var length = 3 * _height * _width;
        var columns = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var bytes = columns.AsSpan(0, length);
            if (_unpacked is not null)
                _unpacked.Read(bytes, (long)index * length);
            else if (_file.Read(bytes, _offset!.Value + (long)index * length) != length)
                throw new BadImageException("the file is cut off");

            // MATLAB's columns become rows.
            var image = PixelBuffer.Rent(_width, _height, 3);
            for (var channel = 0; channel < 3; channel++)
            {
                var from = bytes.Slice(channel * _height * _width, _height * _width);
                var to = image.Plane(channel);
                for (var y = 0; y < _height; y++)
                {
                    for (var x = 0; x < _width; x++)
                        to[y * _width + x] = from[x * _height + y];
                }
            }

            return image;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(columns);
        }
    }

    private static void CheckShape(int[] shape, int type, long length)
    {
        if (shape is not [> 0 and <= 4096, > 0 and <= 4096, 3, > 0] || type != 2 || length != 3L * shape[0] * shape[1] * shape[3])
            throw new InvalidDataException($"X has [{string.Join(", ", shape)}] elements in {length} bytes; [H, W, 3, N] of one byte are read");
    }

    private static void Unpack(Stream elements, long length, SpilledBytes to)
    {
        var some = new byte[1 << 16];
        for (int read; length > 0; length -= read)
        {
            read = elements.Read(some, 0, (int)Math.Min(some.Length, length));
            if (read == 0)
                throw new InvalidDataException($"X is cut off, {length} bytes are missing");
            to.Append(some.AsSpan(0, read));
        }
    }

    private static float[] ReadNumbers(int type, long length, Stream elements)
    {
        var width = type switch { 1 or 2 => 1, 3 or 4 => 2, 5 or 6 or 7 => 4, 9 => 8, _ => throw new InvalidDataException($"y has elements of type {type}") };
        if (length > MostLabelBytes)
            throw new InvalidDataException($"y has {length} bytes");
        using var memory = new MemoryStream();
        var some = new byte[1 << 16];
        for (int read; memory.Length < length; memory.Write(some, 0, read))
        {
            read = elements.Read(some, 0, (int)Math.Min(some.Length, length - memory.Length));
            if (read == 0)
                throw new InvalidDataException("y is cut off");
        }

        var bytes = memory.ToArray();
        var numbers = new float[bytes.Length / width];
        for (var i = 0; i < numbers.Length; i++)
        {
            var number = bytes.AsSpan(i * width, width);
            numbers[i] = type switch
            {
                1 => (sbyte)number[0],
                2 => number[0],
                3 => BinaryPrimitives.ReadInt16LittleEndian(number),
                4 => BinaryPrimitives.ReadUInt16LittleEndian(number),
                5 => BinaryPrimitives.ReadInt32LittleEndian(number),
                6 => BinaryPrimitives.ReadUInt32LittleEndian(number),
                7 => BinaryPrimitives.ReadSingleLittleEndian(number),
                _ => (float)BinaryPrimitives.ReadDoubleLittleEndian(number),
            };
        }

        return numbers;
    }

    private int[] ClassesOf(float[] digits)
    {
        if (digits.Length != Count)
            throw new InvalidDataException($"y has {digits.Length} labels for {Count} images");
        return Array.ConvertAll(digits, digit => digit is >= 0 and <= 10 && digit == MathF.Floor(digit)
            ? (int)digit % 10 : throw new InvalidDataException($"y holds {digit}; digits are 1 to 9, and 10 for 0"));
    }
}
