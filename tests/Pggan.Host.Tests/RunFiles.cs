using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Pggan.Model;

namespace Pggan.Host.Tests;

/// <summary>What a run has left on disk, as a reader that trusts nothing finds it.</summary>
internal sealed class RunFiles(string run)
{
    /// <summary>Columns of stats.jsonl that tell of the machine and not of the training.</summary>
    private static readonly string[] OfTheMachine =
        ["time", "images_per_second", "sec_per_tick", "sec_per_kimg", "loader_wait", "memory", "stale_batches", "elapsed"];

    private const uint Castagnoli = 0x82F63B78;

    public string Checkpoints => Path.Combine(run, "checkpoints");

    /// <summary>Images of the newest checkpoint, 0 without one. Whatever has the name of a checkpoint must be whole.</summary>
    public long NewestCheckpoint()
    {
        foreach (string folder in NamedCheckpoints())
            CheckpointFile.Read(folder);
        return new CheckpointDirectory(Checkpoints).Newest((path, reason) => Assert.Fail($"{path}: {reason}"))?.State.Progress.Images ?? 0;
    }

    /// <summary>Name and content of the files of the checkpoint at a count of images.</summary>
    public Dictionary<string, byte[]> CheckpointAt(long images)
    {
        string folder = NamedCheckpoints().Single(f => CheckpointFile.ReadState(f).Progress.Images == images);
        return Directory.GetFiles(folder).ToDictionary(f => Path.GetFileName(f), File.ReadAllBytes);
    }

    /// <summary>The lines of stats.jsonl or events.jsonl.</summary>
    /// <param name="name">Name of the file.</param>
    /// <param name="mayBeTorn">Its writer was killed: the last line may be half.</param>
    public List<JsonObject> Lines(string name, bool mayBeTorn = false)
    {
        string path = Path.Combine(run, name);
        string[] lines = File.Exists(path) ? File.ReadAllText(path).Split('\n') : [""];
        Assert.True(mayBeTorn || lines[^1].Length == 0, $"{name} ends in half a line");
        return [.. lines[..^1].Select(line => JsonNode.Parse(line)!.AsObject())];
    }

    /// <summary>What stats.jsonl tells of the training, line by line.</summary>
    public List<string> Training() => [.. Lines("stats.jsonl").Select(line =>
    {
        foreach (string column in OfTheMachine)
            Assert.True(line.Remove(column), $"stats.jsonl lacks {column}");
        return line.ToJsonString();
    })];

    /// <summary>The numbers of TensorBoard's file, tag by tag in the order of the file.</summary>
    public Dictionary<string, List<(long Step, float Value)>> Scalars()
    {
        byte[] file = File.ReadAllBytes(Directory.GetFiles(run, "events.out.tfevents.*").Single());
        Dictionary<string, List<(long, float)>> scalars = [];
        for (int at = 0; at < file.Length;)
        {
            int length = checked((int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(at)));
            Assert.Equal(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)), MaskedCrc(file.AsSpan(at, 8)));
            ReadOnlySpan<byte> record = file.AsSpan(at + 12, length);
            Assert.Equal(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)), MaskedCrc(record));
            AddScalars(record, scalars);
            at += length + 16;
        }
        return scalars;
    }

    /// <summary>
    /// Asserts that this run, whatever befell it, has left what an undisturbed one has: the bytes of the last checkpoint, each line of stats.jsonl
    /// once and in order, and TensorBoard's file with the same numbers.
    /// </summary>
    public void AssertSameAs(RunFiles undisturbed)
    {
        Dictionary<string, byte[]> expected = undisturbed.CheckpointAt(TinyTraining.TotalImages), actual = CheckpointAt(TinyTraining.TotalImages);
        Assert.Equal(["manifest.json", "state.safetensors"], actual.Keys.Order());
        foreach (var (name, bytes) in expected)
            Assert.True(bytes.AsSpan().SequenceEqual(actual[name]), $"{name} differs");

        Assert.Equal(undisturbed.Training(), Training());

        Dictionary<string, List<(long Step, float Value)>> scalars = Scalars(), others = undisturbed.Scalars();
        Assert.Equal(others.Keys.Order(), scalars.Keys.Order());
        List<long> steps = [.. Lines("stats.jsonl").Select(line => (long)line["images"]!)];
        foreach (var (tag, values) in scalars)
        {
            Assert.Equal(steps, values.Select(v => v.Step));
            if (!OfTheMachine.Contains(tag))
                Assert.Equal(others[tag], values);
        }

        Assert.NotEmpty(Lines("events.jsonl"));
    }

    private IEnumerable<string> NamedCheckpoints() =>
        Directory.Exists(Checkpoints) ? Directory.GetDirectories(Checkpoints).Where(f => !Path.GetFileName(f).StartsWith('.')) : [];

    /// <summary>tensorflow.Event: step is field 2, summary 5; in it each value is field 1 with tag 1 and simple_value 2.</summary>
    private static void AddScalars(ReadOnlySpan<byte> record, Dictionary<string, List<(long, float)>> scalars)
    {
        long step = 0;
        foreach (var (field, number, content) in Fields(record))
        {
            if (field == 2)
                step = number;
            if (field != 5)
                continue;
            foreach (var (_, _, value) in Fields(content))
            {
                List<(int Field, long Number, byte[] Content)> parts = Fields(value);
                string tag = Encoding.UTF8.GetString(parts.Single(p => p.Field == 1).Content);
                float scalar = BitConverter.Int32BitsToSingle((int)parts.Single(p => p.Field == 2).Number);
                if (!scalars.TryGetValue(tag, out List<(long, float)>? values))
                    scalars.Add(tag, values = []);
                values.Add((step, scalar));
            }
        }
    }

    private static List<(int Field, long Number, byte[] Content)> Fields(ReadOnlySpan<byte> message)
    {
        List<(int, long, byte[])> fields = [];
        while (message.Length > 0)
        {
            long key = Varint(ref message), number = 0;
            byte[] content = [];
            switch (key & 7)
            {
                case 0:
                    number = Varint(ref message);
                    break;
                case 1:
                    number = BinaryPrimitives.ReadInt64LittleEndian(message);
                    message = message[8..];
                    break;
                case 2:
                    int length = (int)Varint(ref message);
                    content = message[..length].ToArray();
                    message = message[length..];
                    break;
                case 5:
                    number = BinaryPrimitives.ReadInt32LittleEndian(message);
                    message = message[4..];
                    break;
                default:
                    Assert.Fail($"wire type {key & 7}");
                    break;
            }
            fields.Add(((int)(key >> 3), number, content));
        }
        return fields;
    }

    private static long Varint(ref ReadOnlySpan<byte> message)
    {
        long value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = message[0];
            message = message[1..];
            value |= (long)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }

    private static uint MaskedCrc(ReadOnlySpan<byte> bytes)
    {
        uint crc = ~0u;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * Castagnoli);
        }
        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
    }
}
