using System.Buffers.Binary;
using System.Text;

namespace Pggan.Pipeline;

/// <summary>What stands between the files of a zip that stores them as they are; zip64 where places or counts leave 32 and 16 bits.</summary>
internal static class ZipHeaders
{
    /// <summary>Bytes of <see cref="Local"/> before the name.</summary>
    public const int LocalBytes = 30;

    private const int CentralBytes = 46;
    private const int FarBytes = 12;
    private const int LargeBytes = 56 + 20;
    private const uint LocalSignature = 0x04034b50;
    private const ushort Version = 20;
    private const ushort Version64 = 45;

    /// <summary>The first day that a zip can tell, 1 January 1980: the same images make the same bytes.</summary>
    private const ushort Day = 0x21;

    /// <summary>What stands before a file; its name is of ASCII letters.</summary>
    public static byte[] Local(string name, uint crc, uint length)
    {
        var header = new byte[LocalBytes + name.Length];
        var to = header.AsSpan();
        BinaryPrimitives.WriteUInt32LittleEndian(to, LocalSignature);
        BinaryPrimitives.WriteUInt16LittleEndian(to[4..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(to[12..], Day);
        BinaryPrimitives.WriteUInt32LittleEndian(to[14..], crc);
        BinaryPrimitives.WriteUInt32LittleEndian(to[18..], length);
        BinaryPrimitives.WriteUInt32LittleEndian(to[22..], length);
        BinaryPrimitives.WriteUInt16LittleEndian(to[26..], (ushort)name.Length);
        Encoding.ASCII.GetBytes(name, to[LocalBytes..]);
        return header;
    }

    public static bool IsLocal(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt32LittleEndian(header) == LocalSignature;

    public static (uint Crc, uint Length) EntryOf(ReadOnlySpan<byte> local) =>
        (BinaryPrimitives.ReadUInt32LittleEndian(local[14..]), BinaryPrimitives.ReadUInt32LittleEndian(local[18..]));

    /// <summary>The line of a file in the directory.</summary>
    public static byte[] Central(string name, uint crc, uint length, long at)
    {
        var isFar = at >= uint.MaxValue;
        var header = new byte[CentralBytes + name.Length + (isFar ? FarBytes : 0)];
        var to = header.AsSpan();
        BinaryPrimitives.WriteUInt32LittleEndian(to, 0x02014b50);
        BinaryPrimitives.WriteUInt16LittleEndian(to[4..], isFar ? Version64 : Version);
        BinaryPrimitives.WriteUInt16LittleEndian(to[6..], isFar ? Version64 : Version);
        BinaryPrimitives.WriteUInt16LittleEndian(to[14..], Day);
        BinaryPrimitives.WriteUInt32LittleEndian(to[16..], crc);
        BinaryPrimitives.WriteUInt32LittleEndian(to[20..], length);
        BinaryPrimitives.WriteUInt32LittleEndian(to[24..], length);
        BinaryPrimitives.WriteUInt16LittleEndian(to[28..], (ushort)name.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(to[30..], (ushort)(isFar ? FarBytes : 0));
        BinaryPrimitives.WriteUInt32LittleEndian(to[42..], isFar ? uint.MaxValue : (uint)at);
        Encoding.ASCII.GetBytes(name, to[CentralBytes..]);
        if (isFar)
        {
            var extra = to[(CentralBytes + name.Length)..];
            BinaryPrimitives.WriteUInt16LittleEndian(extra, 1);
            BinaryPrimitives.WriteUInt16LittleEndian(extra[2..], 8);
            BinaryPrimitives.WriteInt64LittleEndian(extra[4..], at);
        }

        return header;
    }

    /// <summary>What stands behind the directory.</summary>
    /// <param name="start">Where the directory begins.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="entries">Its lines.</param>
    public static byte[] End(long start, long length, int entries)
    {
        var isLarge = entries >= ushort.MaxValue || start >= uint.MaxValue || length >= uint.MaxValue;
        var ends = new byte[(isLarge ? LargeBytes : 0) + 22];
        var end = ends.AsSpan(^22..);
        BinaryPrimitives.WriteUInt32LittleEndian(end, 0x06054b50);
        BinaryPrimitives.WriteUInt16LittleEndian(end[8..], isLarge ? ushort.MaxValue : (ushort)entries);
        BinaryPrimitives.WriteUInt16LittleEndian(end[10..], isLarge ? ushort.MaxValue : (ushort)entries);
        BinaryPrimitives.WriteUInt32LittleEndian(end[12..], isLarge ? uint.MaxValue : (uint)length);
        BinaryPrimitives.WriteUInt32LittleEndian(end[16..], isLarge ? uint.MaxValue : (uint)start);
        if (isLarge)
        {
            var large = ends.AsSpan();
            BinaryPrimitives.WriteUInt32LittleEndian(large, 0x06064b50);
            BinaryPrimitives.WriteInt64LittleEndian(large[4..], 44);
            BinaryPrimitives.WriteUInt16LittleEndian(large[12..], Version64);
            BinaryPrimitives.WriteUInt16LittleEndian(large[14..], Version64);
            BinaryPrimitives.WriteInt64LittleEndian(large[24..], entries);
            BinaryPrimitives.WriteInt64LittleEndian(large[32..], entries);
            BinaryPrimitives.WriteInt64LittleEndian(large[40..], length);
            BinaryPrimitives.WriteInt64LittleEndian(large[48..], start);
            BinaryPrimitives.WriteUInt32LittleEndian(large[56..], 0x07064b50);
            BinaryPrimitives.WriteInt64LittleEndian(large[64..], start + length);
            BinaryPrimitives.WriteInt32LittleEndian(large[72..], 1);
        }

        return ends;
    }
}
