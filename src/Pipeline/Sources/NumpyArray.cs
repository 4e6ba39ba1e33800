using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Pggan.Pipeline;

/// <summary>Reads the matrices of NumPy's .npy format that labels are kept in, and writes the header of one.</summary>
internal static partial class NumpyArray
{
    private const int MaxHeader = 1 << 16;

    /// <summary>A matrix of float32, float64, or integers, [rows, columns].</summary>
    /// <exception cref="InvalidDataException">Another format, or a length that the file does not have.</exception>
    public static (float[] Values, int Rows, int Columns) ReadMatrix(string path)
    {
        using var file = OrdinaryFile.Open(path);
        Span<byte> prefix = stackalloc byte[12];
        if (file.ReadAtLeast(prefix, 12, throwOnEndOfStream: false) < 12 || !prefix[..6].SequenceEqual(Magic))
            throw new InvalidDataException("not an .npy file");

        // Version 1 has two bytes of header length, later ones four.
        var isShort = prefix[6] == 1;
        long headerLength = isShort ? BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(prefix[8..]);
        if (headerLength > MaxHeader)
            throw new InvalidDataException($"a header of {headerLength} bytes");
        file.Position = isShort ? 10 : 12;
        var header = new byte[headerLength];
        file.ReadExactly(header);
        var text = Encoding.Latin1.GetString(header);

        var type = Value(TypePattern(), text);
        if (Value(OrderPattern(), text) != "False")
            throw new InvalidDataException("columns first");
        var shape = Value(ShapePattern(), text).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (shape.Length != 2 || !int.TryParse(shape[0], NumberStyles.None, CultureInfo.InvariantCulture, out var rows)
            || !int.TryParse(shape[1], NumberStyles.None, CultureInfo.InvariantCulture, out var columns))
            throw new InvalidDataException("not a matrix");

        var width = type switch
        {
            "<f4" or "<i4" => 4,
            "<f8" or "<i8" => 8,
            "|u1" or "|b1" => 1,
            _ => throw new InvalidDataException($"elements of type {type}"),
        };
        var count = (long)rows * columns;
        if (count > Array.MaxLength / width || count * width != file.Length - file.Position)
            throw new InvalidDataException($"[{rows}, {columns}] elements of {width} bytes, but {file.Length - file.Position} bytes follow");

        var bytes = new byte[count * width];
        file.ReadExactly(bytes);
        return (Convert(bytes, type), rows, columns);
    }

    /// <summary>What stands before the float32 of a matrix in format 1.0, with which they begin at a multiple of 64 bytes.</summary>
    public static byte[] HeaderOfFloats(int rows, int columns)
    {
        var text = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}";
        var length = (10 + text.Length + 1 + 63) / 64 * 64;
        var header = new byte[length];
        Magic.CopyTo(header);
        header[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)(length - 10));
        Encoding.ASCII.GetBytes(text.PadRight(length - 11) + "\n", header.AsSpan(10));
        return header;
    }

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    private static float[] Convert(byte[] bytes, string type) => type switch
    {
        "<f4" => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
        "<f8" => Array.ConvertAll(MemoryMarshal.Cast<byte, double>(bytes).ToArray(), value => (float)value),
        "<i4" => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(bytes).ToArray(), value => (float)value),
        "<i8" => Array.ConvertAll(MemoryMarshal.Cast<byte, long>(bytes).ToArray(), value => (float)value),
        _ => Array.ConvertAll(bytes, value => (float)value),
    };

    private static string Value(Regex pattern, string text) =>
        pattern.Match(text) is { Success: true } match ? match.Groups[1].Value : throw new InvalidDataException("an .npy header without all its keys");

    [GeneratedRegex("'descr':\\s*'([^']*)'")]
    private static partial Regex TypePattern();

    [GeneratedRegex("'fortran_order':\\s*(True|False)")]
    private static partial Regex OrderPattern();

    [GeneratedRegex("'shape':\\s*\\(([^)]*)\\)")]
    private static partial Regex ShapePattern();
}
