using System.Buffers.Binary;
using System.Text;
using CsCheck;

namespace Pggan.Model.Tests;

public sealed class SafetensorsTests
{
    public static TheoryData<string> Files => OracleFiles.Matching("*.safetensors");

    [Theory]
    [MemberData(nameof(Files))]
    public void Files_of_other_writers_are_read_whole(string name)
    {
        using SafetensorsFile file = Safetensors.Open(OracleFiles.PathOf(name));
        Assert.NotEmpty(file.Tensors);
        foreach (SafetensorsTensor tensor in file.Tensors)
            Assert.Equal(tensor.Shape.Aggregate(1L, (a, b) => a * b), file.Read(tensor.Name).Data.Length);
    }

    [Fact]
    public void What_is_written_is_read_to_the_bit()
    {
        Dictionary<string, HostTensor> tensors = new()
        {
            ["größe"] = new HostTensor([2, 3], [1, -0f, float.NaN, float.Epsilon, float.PositiveInfinity, 1e-45f]),
            ["scalar"] = new HostTensor([], [7]),
            ["empty"] = new HostTensor([0, 5], []),
        };
        using MemoryStream stream = new();
        Safetensors.Write(stream, tensors, new Dictionary<string, string> { ["key"] = "a \"quoted\" value" });
        using SafetensorsFile file = Safetensors.Open(stream);
        Assert.Equal("a \"quoted\" value", file.Metadata["key"]);
        Assert.Equal(0, (stream.Length - 8 - (7 * sizeof(float))) % 8);
        foreach ((string name, HostTensor tensor) in tensors)
        {
            Assert.Equal(tensor.Shape, file.Read(name).Shape);
            Assert.Equal(tensor.Data.Select(BitConverter.SingleToInt32Bits), file.Read(name).Data.Select(BitConverter.SingleToInt32Bits));
        }
    }

    [Fact]
    public void Every_number_format_becomes_floats()
    {
        Assert.Equal([1.5f, -2], Numbers("F16", [0x00, 0x3E, 0x00, 0xC0]));
        Assert.Equal([1.5f, -2], Numbers("BF16", [0xC0, 0x3F, 0x00, 0xC0]));
        Assert.Equal([0.5f, 3], Numbers("F64", [.. BitConverter.GetBytes(0.5), .. BitConverter.GetBytes(3.0)]));
        Assert.Equal([-1f, 9], Numbers("I64", [.. BitConverter.GetBytes(-1L), .. BitConverter.GetBytes(9L)]));
        Assert.Equal([-1f, 9], Numbers("I32", [.. BitConverter.GetBytes(-1), .. BitConverter.GetBytes(9)]));
        Assert.Equal([0f, 255], Numbers("U8", [0, 255]));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", "has 8 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "ends at byte 12")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "4 bytes of no tensor before a")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "4 bytes of no tensor at the end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", "has 8 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "whole numbers")]
    [InlineData("""{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}""", "unknown dtype C64")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "no range")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", "no dtype")]
    [InlineData("""{"a":3}""", "no JSON object")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999]}}""", "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "no range")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "no valid JSON")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "no valid JSON")]
    [InlineData("""{"__metadata__":{"a":3}}""", "metadata a is no text")]
    [InlineData("""{"__metadata__":[]}""", "metadata is no JSON object")]
    [InlineData("""{"a":""", "no valid JSON")]
    [InlineData("""[]""", "no JSON object")]
    public void A_header_that_lies_is_refused_with_the_lie_named(string header, string named)
    {
        InvalidDataException refused = Assert.Throws<InvalidDataException>(() => Open(header, new byte[8]));
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_length_beyond_the_file_is_refused_before_anything_is_allocated()
    {
        byte[] file = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(file, long.MaxValue);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => Safetensors.Open(new MemoryStream(file)));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
    }

    [Fact]
    public void No_mutation_of_a_file_gives_anything_but_tensors_or_a_refusal()
    {
        using MemoryStream stream = new();
        Safetensors.Write(stream, new Dictionary<string, HostTensor> { ["a"] = new HostTensor([2, 2], [1, 2, 3, 4]), ["b"] = new HostTensor([1], [5]) }, null);
        byte[] whole = stream.ToArray();
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length]).Sample((i, x, j, y, length) =>
        {
            byte[] mutated = [.. whole];
            mutated[i] = x;
            mutated[j] = y;
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using SafetensorsFile file = Safetensors.Open(new MemoryStream(length % 3 == 0 ? mutated[..length] : mutated));
                foreach (SafetensorsTensor tensor in file.Tensors)
                    Assert.True(file.Read(tensor.Name).Data.Length <= whole.Length);
            }
            catch (InvalidDataException)
            {
                // The refusal.
            }
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
        }, iter: 5000);
    }

    [Fact]
    public void What_no_reader_would_accept_is_not_written()
    {
        HostTensor number = new([1], [1]);
        Assert.Throws<ArgumentException>(() => Safetensors.Write(Stream.Null, [new("a", number), new("a", number)], null));
        Assert.Throws<ArgumentException>(() => Safetensors.Write(Stream.Null, [new("__metadata__", number)], null));
        Assert.Throws<ArgumentException>(() => Safetensors.Write(Stream.Null, [new("a", new HostTensor([2], [1]))], null));
    }

    [Fact]
    public void Raw_bytes_are_those_of_the_file_and_an_unknown_name_is_refused()
    {
        using SafetensorsFile file = Open("""{"b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]},"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}""",
            [1, 2, 3, 4, 5, 6, 7]);
        Assert.Equal(["a", "b"], file.Tensors.Select(t => t.Name));
        Assert.Equal([5, 6, 7], file.ReadBytes("b"));
        Assert.Equal([1, 2, 3, 4], file.ReadBytes("a"));
        Assert.False(file.Contains("c"));
        Assert.Contains("no tensor c", Assert.Throws<InvalidDataException>(() => file.Read("c")).Message, StringComparison.Ordinal);
    }

    private static float[] Numbers(string type, byte[] bytes)
    {
        using SafetensorsFile file = Open($$$"""{"a":{"dtype":"{{{type}}}","shape":[2],"data_offsets":[0,{{{bytes.Length}}}]}}""", bytes);
        return file.Read("a").Data;
    }

    private static SafetensorsFile Open(string header, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        return Safetensors.Open(new MemoryStream([.. BitConverter.GetBytes((long)text.Length), .. text, .. data]));
    }
}
