namespace Pggan.Actors.Tests;

/// <summary>Messages as anybody reads them, without their definitions.</summary>
internal static class Protobuf
{
    /// <summary>Fields of a message: a number of seven bits a byte, eight bytes, or a length and so many bytes.</summary>
    public static List<(int Number, long Value, byte[]? Content)> Fields(byte[] message)
    {
        List<(int, long, byte[]?)> fields = [];
        using var reader = new BinaryReader(new MemoryStream(message));
        while (reader.BaseStream.Position < message.Length)
        {
            var key = reader.Read7BitEncodedInt();
            fields.Add((key & 7) switch
            {
                0 => (key >> 3, reader.Read7BitEncodedInt64(), null),
                1 => (key >> 3, 0, reader.ReadBytes(8)),
                2 => (key >> 3, 0, reader.ReadBytes(reader.Read7BitEncodedInt())),
                var type => throw new InvalidDataException($"a field of type {type}"),
            });
        }

        return fields;
    }
}
