using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Pggan.Pipeline;

/// <summary>A walk over the arrays of numbers in a .mat file of MATLAB's version 5 (save -v6, -v7), compressed or not.</summary>
internal static class MatFile
{
    private const int HeaderBytes = 128;
    private const int MostDimensions = 32;
    private const uint Matrix = 14;
    private const uint Compressed = 15;

    /// <summary>Called for each array.</summary>
    /// <param name="name">Of the array.</param>
    /// <param name="shape">Its dimensions; the first changes fastest.</param>
    /// <param name="type">Of the stored elements: 1 to 7 or 9, as MATLAB counts them.</param>
    /// <param name="length">Bytes of the elements.</param>
    /// <param name="elements">Are read from here, as many as are wanted; valid during the call.</param>
    /// <param name="offset">Where they are in the file; null where they are compressed.</param>
    public delegate void Visitor(string name, int[] shape, int type, long length, Stream elements, long? offset);

    /// <summary>Whether a file begins so.</summary>
    public static bool IsMat(ReadOnlySpan<byte> head) => head.StartsWith("MATLAB 5.0 MAT-file"u8) && head.Length >= HeaderBytes;

    /// <summary>Visits the arrays.</summary>
    /// <exception cref="InvalidDataException">Damaged or cut off.</exception>
    public static void Walk(SourceFile file, Visitor visit)
    {
        var header = new byte[HeaderBytes];
        if (file.Read(header, 0) != HeaderBytes || !IsMat(header) || header[126] != (byte)'I' || header[127] != (byte)'M')
            throw new InvalidDataException("it does not begin as a little-endian .mat file of version 5");
        Span<byte> tag = stackalloc byte[8];
        for (long at = HeaderBytes; at < file.Length;)
        {
            if (file.Read(tag, at) != 8)
                throw new InvalidDataException($"the array at byte {at} is cut off");
            var (type, length) = (BinaryPrimitives.ReadUInt32LittleEndian(tag), BinaryPrimitives.ReadUInt32LittleEndian(tag[4..]));
            if (length > file.Length - at - 8)
                throw new InvalidDataException($"the array at byte {at} announces {length} bytes, {file.Length - at - 8} follow");
            if (type == Matrix)
            {
                var stream = new SourceStream(file) { Position = at + 8 };
                ReadArray(stream, visit, () => stream.Position);
            }
            else if (type == Compressed)
            {
                using var unpacked = new ZLibStream(new SourceStream(file) { Position = at + 8 }, CompressionMode.Decompress, leaveOpen: true);
                if (Tag(unpacked).Type != Matrix)
                    throw new InvalidDataException($"what is packed at byte {at} is no array");
                ReadArray(unpacked, visit, () => null);
                unpacked.CopyTo(Stream.Null); // zlib compares its checksum at the end
            }

            at += 8 + length;
        }
    }

    private static void ReadArray(Stream stream, Visitor visit, Func<long?> position)
    {
        // Flags, dimensions, name, elements; other parts belong to structures and objects, and these are passed by.
        var flags = Part(stream, 8);
        if (flags.Length < 8 || flags[0] is < 6 or > 15 || (flags[1] & 0x08) != 0)
            return;
        var dimensions = Part(stream, 4 * MostDimensions);
        var name = Encoding.Latin1.GetString(Part(stream, 256));
        var shape = new int[dimensions.Length / 4];
        for (var i = 0; i < shape.Length; i++)
            shape[i] = BinaryPrimitives.ReadInt32LittleEndian(dimensions.AsSpan(4 * i));
        var (type, length, small) = Tag(stream);
        visit(name, shape, (int)type, length, small is null ? stream : new MemoryStream(small), small is null ? position() : null);
    }

    private static byte[] Part(Stream stream, int most)
    {
        var (_, length, small) = Tag(stream);
        if (small is not null)
            return small[..(int)length];
        if (length > most)
            throw new InvalidDataException($"a part of an array announces {length} bytes");
        var part = new byte[(length + 7) / 8 * 8];
        Fill(stream, part);
        return part[..(int)length];
    }

    /// <summary>Type and length; and up to four bytes that take the place of the length.</summary>
    private static (uint Type, uint Length, byte[]? Small) Tag(Stream stream)
    {
        var tag = new byte[8];
        Fill(stream, tag);
        var (type, length) = (BinaryPrimitives.ReadUInt32LittleEndian(tag), BinaryPrimitives.ReadUInt32LittleEndian(tag.AsSpan(4)));
        if (type >> 16 == 0)
            return (type, length, null);
        return type >> 16 <= 4 ? (type & 0xFFFF, type >> 16, tag[4..]) : throw new InvalidDataException("a part of an array announces more bytes than it has");
    }

    private static void Fill(Stream stream, byte[] target)
    {
        if (stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) != target.Length)
            throw new InvalidDataException("an array is cut off");
    }
}
