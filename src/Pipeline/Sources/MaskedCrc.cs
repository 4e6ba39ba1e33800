using System.Buffers.Binary;
using System.Numerics;

namespace Pggan.Pipeline;

/// <summary>CRC-32C as TensorFlow's record files keep it, TFRecords and TensorBoard events alike: rotated and offset.</summary>
public static class MaskedCrc
{
    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        while (data.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[8..];
        }

        foreach (var value in data)
            crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }
}
