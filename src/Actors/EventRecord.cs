using System.Buffers.Binary;
using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>Records of tensorflow.Event in the framing of TFRecord, which TensorBoard reads: length, its checksum, the event, its checksum.</summary>
internal static class EventRecord
{
    /// <summary>Bytes before and after an event.</summary>
    private const int HeadBytes = 12;
    private const int TailBytes = 4;

    /// <summary>Where an event of ours has its step: behind the time.</summary>
    private const int StepAt = 9;
    private const byte StepKey = 2 << 3;

    /// <summary>The first event of a file.</summary>
    public static byte[] Version(double time) => Event(time, 0, Bytes(3, "brain.Event:2"u8));

    /// <summary>An event with numbers.</summary>
    /// <param name="time">Unix time in seconds.</param>
    /// <param name="step">Images seen.</param>
    /// <param name="summary">Its values.</param>
    public static byte[] Summary(double time, long step, ReadOnlySpan<byte> summary) => Event(time, step, Bytes(5, summary));

    /// <summary>An event with the picture of the networks.</summary>
    /// <param name="time">Unix time in seconds.</param>
    /// <param name="graph">Its nodes.</param>
    public static byte[] Graph(double time, ReadOnlySpan<byte> graph) => Event(time, 0, Bytes(4, graph));

    /// <summary>A field of a whole number.</summary>
    public static byte[] Number(int field, long value) => [(byte)(field << 3), .. Varint((ulong)value)];

    /// <summary>A field of bytes, a text or a message.</summary>
    public static byte[] Bytes(int field, ReadOnlySpan<byte> content) => [(byte)((field << 3) | 2), .. Varint((ulong)content.Length), .. content];

    /// <summary>A field of a float.</summary>
    public static byte[] Single(int field, float value)
    {
        var bytes = new byte[5];
        bytes[0] = (byte)((field << 3) | 5);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    /// <summary>A field of a double.</summary>
    public static byte[] Double(int field, double value)
    {
        var bytes = new byte[9];
        bytes[0] = (byte)((field << 3) | 1);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    /// <summary>A field of doubles.</summary>
    public static byte[] Doubles(int field, IReadOnlyList<double> values)
    {
        var bytes = new byte[sizeof(double) * values.Count];
        for (var i = 0; i < values.Count; i++)
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(sizeof(double) * i), values[i]);
        return Bytes(field, bytes);
    }

    /// <summary>Writes an event with its frame, at once.</summary>
    public static void Write(Stream stream, byte[] what)
    {
        var framed = new byte[HeadBytes + what.Length + TailBytes];
        BinaryPrimitives.WriteInt64LittleEndian(framed, what.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(framed.AsSpan(8), MaskedCrc.Of(framed.AsSpan(0, 8)));
        what.CopyTo(framed, HeadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(framed.AsSpan(HeadBytes + what.Length), MaskedCrc.Of(what));
        stream.Write(framed);
    }

    /// <summary>The step of the event that a stream stands at, which is read over; null at the end, and at what is torn, damaged or no event of ours.</summary>
    public static long? ReadStep(Stream stream)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        if (stream.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false) < HeadBytes || BinaryPrimitives.ReadUInt32LittleEndian(head[8..]) != MaskedCrc.Of(head[..8]))
            return null;
        var length = BinaryPrimitives.ReadInt64LittleEndian(head);
        if (length <= StepAt + 1 || length > Math.Min(stream.Length - stream.Position - TailBytes, Array.MaxLength))
            return null;
        var what = new byte[length];
        stream.ReadExactly(what);
        stream.ReadExactly(head[..TailBytes]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(head) != MaskedCrc.Of(what) || what[StepAt] != StepKey)
            return null;
        using var step = new BinaryReader(new MemoryStream(what, StepAt + 1, what.Length - StepAt - 1));
        return step.Read7BitEncodedInt64();
    }

    private static byte[] Event(double time, long step, byte[] what) => [.. Double(1, time), StepKey, .. Varint((ulong)step), .. what];

    private static byte[] Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        return [.. bytes, (byte)value];
    }
}
