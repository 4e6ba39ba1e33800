using System.Numerics;

namespace Pggan.Pipeline;

/// <summary>CRC-32C as TensorFlow's record files keep it, TFRecords and TensorBoard events alike: rotated and offset.</summary>
public static class MaskedCrc
{
    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> data) => BitOperations.RotateRight(Crc32C.Of(data), 15) + 0xa282ead8;
}
