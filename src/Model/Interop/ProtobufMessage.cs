using System.Buffers.Binary;
using System.Text;

namespace Pggan.Model;

/// <summary>
/// A message in protobuf's wire format. Its size is known before it is written, as the format wants it, and what is large is made when its turn
/// to be written comes.
/// </summary>
/// <remarks>A field is a number times 8 plus the kind of its value; a number is written in groups of 7 bits, the lowest first.</remarks>
internal sealed class ProtobufMessage
{
    private const int Number = 0;
    private const int Block = 2;
    private const int Single = 5;

    private readonly List<Action<Stream>> parts = [];

    /// <summary>Bytes.</summary>
    public long Size { get; private set; }

    /// <summary>A whole number or an enumeration.</summary>
    public ProtobufMessage Add(int field, long value) => Add([.. Varint((ulong)(field << 3 | Number)), .. Varint((ulong)value)]);

    /// <summary>A float.</summary>
    public ProtobufMessage Add(int field, float value)
    {
        byte[] bytes = new byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return Add([.. Varint((ulong)(field << 3 | Single)), .. bytes]);
    }

    /// <summary>A text, or bytes that are one.</summary>
    public ProtobufMessage Add(int field, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Add(field, bytes.Length, stream => stream.Write(bytes));
    }

    /// <summary>Another message, which is complete.</summary>
    public ProtobufMessage Add(int field, ProtobufMessage message) => Add(field, message.Size, message.WriteTo);

    /// <summary>So many bytes, written when their turn comes.</summary>
    public ProtobufMessage Add(int field, long size, Action<Stream> write)
    {
        Add([.. Varint((ulong)(field << 3 | Block)), .. Varint((ulong)size)]);
        parts.Add(write);
        Size += size;
        return this;
    }

    /// <summary>Writes all fields in the order in which they were added.</summary>
    public void WriteTo(Stream stream)
    {
        foreach (Action<Stream> part in parts)
            part(stream);
    }

    private ProtobufMessage Add(byte[] bytes)
    {
        parts.Add(stream => stream.Write(bytes));
        Size += bytes.Length;
        return this;
    }

    private static IEnumerable<byte> Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            yield return (byte)(value | 0x80);
        yield return (byte)value;
    }
}
