using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>
/// The scalars of stats.jsonl as TensorBoard reads them: records of tensorflow.Event in the framing of TFRecord. The file is derived from the lines
/// and made anew from them at each start of the log, with their times, so that it has neither gap nor double.
/// </summary>
internal sealed class TensorBoardFile : IDisposable
{
    private const string Name = "events.out.tfevents.pggan";

    private static readonly HashSet<string> NoScalars = ["time", "images", "tick"];

    private readonly FileStream _stream;

    private TensorBoardFile(FileStream stream) => _stream = stream;

    /// <summary>Makes the file of a run from the lines so far, replacing the one that is there.</summary>
    public static TensorBoardFile Create(string folder, IEnumerable<JsonObject> lines)
    {
        var path = Path.Combine(folder, Name);
        using (var content = new MemoryStream())
        {
            var first = lines.FirstOrDefault()?["time"]?.GetValue<double>() ?? 0;
            Write(content, Event(first, 0, [.. Bytes(3, "brain.Event:2"u8)]));
            foreach (var line in lines)
                Write(content, Event(line));
            Durable.Replace(path, content.ToArray());
        }

        return new TensorBoardFile(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0));
    }

    /// <summary>Adds the numbers of one line. When it throws, half a record may be in the file, which has to be made anew.</summary>
    public void Append(JsonObject line) => Write(_stream, Event(line));

    public void Dispose() => _stream.Dispose();

    private static byte[] Event(JsonObject line)
    {
        List<byte> summary = [];
        foreach (var (name, value) in line)
        {
            if (value?.GetValueKind() == JsonValueKind.Number && !NoScalars.Contains(name))
                summary.AddRange(Bytes(1, [.. Bytes(1, Encoding.UTF8.GetBytes(name)), .. Fixed32(2, (float)value.AsValue().ToDouble())]));
        }

        return Event(line["time"]!.AsValue().ToDouble(), (long)line["images"]!.AsValue().ToDouble(), [.. Bytes(5, [.. summary])]);
    }

    private static byte[] Event(double time, long step, byte[] what)
    {
        var wall = new byte[9];
        wall[0] = (1 << 3) | 1;
        BinaryPrimitives.WriteDoubleLittleEndian(wall.AsSpan(1), time);
        return [.. wall, 2 << 3, .. Varint((ulong)step), .. what];
    }

    private static byte[] Bytes(int field, ReadOnlySpan<byte> content) => [(byte)((field << 3) | 2), .. Varint((ulong)content.Length), .. content];

    private static byte[] Fixed32(int field, float value)
    {
        var bytes = new byte[5];
        bytes[0] = (byte)((field << 3) | 5);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    private static byte[] Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        return [.. bytes, (byte)value];
    }

    private static void Write(Stream stream, byte[] record)
    {
        // uint64 length, its masked CRC-32C, the record, its masked CRC-32C.
        var framed = new byte[12 + record.Length + 4];
        BinaryPrimitives.WriteInt64LittleEndian(framed, record.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(framed.AsSpan(8), MaskedCrc.Of(framed.AsSpan(0, 8)));
        record.CopyTo(framed, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(framed.AsSpan(12 + record.Length), MaskedCrc.Of(record));
        stream.Write(framed);
    }
}
