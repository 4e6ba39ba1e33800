using System.Buffers.Binary;
using System.Text;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

/// <summary>TFRecords of images as the reference writes them, or nearly.</summary>
internal static class TfRecords
{
    /// <summary>A file of so many images of 3×8×8 pixels.</summary>
    /// <param name="count">Records.</param>
    /// <param name="side">Height and width that each record claims.</param>
    /// <param name="pixels">Bytes of pixels in each.</param>
    /// <param name="announced">Length that each record claims; null = the true one.</param>
    /// <param name="damaged">Wrong checksums of the payloads.</param>
    public static byte[] File(int count, long side = 8, int pixels = 192, ulong? announced = null, bool damaged = false) =>
        Of(Enumerable.Range(0, count).Select(_ => Example([3, side, side], new byte[pixels])), announced, damaged);

    /// <summary>A file of such payloads.</summary>
    public static byte[] Of(IEnumerable<byte[]> payloads, ulong? announced = null, bool damaged = false) => [.. payloads.SelectMany(p => Record(p, announced, damaged))];

    private static byte[] Record(byte[] payload, ulong? announced, bool damaged)
    {
        byte[] header = new byte[12], footer = new byte[4];
        BinaryPrimitives.WriteUInt64LittleEndian(header, announced ?? (ulong)payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), MaskedCrc.Of(header.AsSpan(0, 8)));
        BinaryPrimitives.WriteUInt32LittleEndian(footer, MaskedCrc.Of(payload) ^ (damaged ? 1u : 0));
        return [.. header, .. payload, .. footer];
    }

    /// <summary>A tf.train.Example of features shape and data.</summary>
    public static byte[] Example(long[] shape, byte[] data)
    {
        byte[] numbers = [.. shape.SelectMany(value => Varint(unchecked((ulong)value)))];
        return Field(1, [.. Entry("data", Field(1, Field(1, data))), .. Entry("shape", Field(3, Field(1, numbers)))]);
    }

    private static byte[] Entry(string key, byte[] feature) => Field(1, [.. Field(1, Encoding.ASCII.GetBytes(key)), .. Field(2, feature)]);

    private static byte[] Field(int number, byte[] content) => [(byte)(number << 3 | 2), .. Varint((ulong)content.Length), .. content];

    private static IEnumerable<byte> Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            yield return (byte)(value | 0x80);
        yield return (byte)value;
    }
}
