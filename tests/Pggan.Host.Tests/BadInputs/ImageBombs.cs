using System.Buffers.Binary;
using System.IO.Compression;

namespace Pggan.Host.Tests;

/// <summary>Image files of a few bytes that announce more pixels than a machine has memory for.</summary>
internal static class ImageBombs
{
    public static byte[] Png(int width, int height)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8; // bits; 0 = grey
        using MemoryStream pixels = new();
        using (ZLibStream zipped = new(pixels, CompressionLevel.SmallestSize, leaveOpen: true))
            zipped.Write(new byte[1 << 16]);
        return [0x89, .. "PNG\r\n\u001a\n"u8, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, pixels.ToArray()), .. Chunk("IEND"u8, [])];
    }

    public static byte[] Bmp(int width, int height)
    {
        byte[] file = new byte[64];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), 54);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), 24);
        return file;
    }

    public static byte[] Gif(ushort width, ushort height)
    {
        byte[] file = [.. "GIF89a"u8, 0, 0, 0, 0, 0, 0, 0, 0x2C, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0x3B];
        foreach (int at in (int[])[6, 18])
        {
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), width);
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at + 2), height);
        }
        return file;
    }

    private static byte[] Chunk(ReadOnlySpan<byte> name, byte[] data)
    {
        byte[] length = new byte[4], sum = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        byte[] summed = [.. name, .. data];
        BinaryPrimitives.WriteUInt32BigEndian(sum, Crc(summed));
        return [.. length, .. summed, .. sum];
    }

    private static uint Crc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }
        return ~crc;
    }
}
