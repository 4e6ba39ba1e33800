using System.Buffers.Binary;
using System.Text;

namespace Pggan.Model.Tests;

/// <summary>What a pickle may do, and what it may not. Pickles are written by hand: an opcode is a character.</summary>
public sealed class PickleReaderTests
{
    private static readonly HashSet<string> Allowed = ["safe.Thing"];

    [Fact]
    public void Values_are_read_as_they_are()
    {
        PickleSequence read = Assert.IsType<PickleSequence>(Read("(NJ\u00fe\u00ff\u00ff\u00ffK\u0007M\u0001\u0001\u008a\u0002\u0000\u0080G?\u00e0\u0000\u0000\u0000\u0000\u0000\u0000X\u0002\u0000\u0000\u0000\u00c3\u00a9\u0088\u0089t"));
        Assert.Equal([null, -2L, 7L, 257L, -32768L, 0.5, "é", true, false], read.Items);
    }

    [Fact]
    public void Nothing_is_called_and_what_would_be_is_described()
    {
        PickleCall call = Assert.IsType<PickleCall>(Read("csafe\nThing\nK\u0001\u0085R}(U\u0001aK\u0002ubU\u0001bK\u0003s"));
        Assert.Equal(("safe.Thing", 1L), (call.Maker, call.Arguments.Single()));
        Assert.True(Assert.IsType<PickleDictionary>(call.State).TryGet("a", out object? two));
        Assert.True(call.Items.TryGet("b", out object? three));
        Assert.Equal((2L, 3L), (two, three));
    }

    [Fact]
    public void What_is_remembered_is_one_value()
    {
        PickleSequence read = Assert.IsType<PickleSequence>(Read("]q\u0005h\u0005\u0086"));
        Assert.Same(read.Items[0], read.Items[1]);
    }

    [Theory]
    [InlineData("cos\nsystem\nU\u0004true\u0085R", "names os.system")]
    [InlineData("U\u0002osU\u0006system\u0093", "names os.system")]
    [InlineData("cbuiltins\neval\n", "names builtins.eval")]
    [InlineData("K\u0001)R", "something else than a global")]
    [InlineData("csafe\nThing\nK\u0001R", "something else than a global")]
    [InlineData("X\u00ff\u00ff\u00ff\u00ffabc", "4294967295 bytes are announced")]
    [InlineData("\u008e\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007fabc", "9223372036854775807 bytes are announced")]
    [InlineData("\u0095\u00ff\u0000\u0000\u0000\u0000\u0000\u0000\u0000N", "a frame claims 255 bytes")]
    [InlineData("X\u0001\u0000\u0000\u0000\u00ff", "no UTF-8")]
    [InlineData("t", "no beginning")]
    [InlineData("\u0085", "a value is missing")]
    [InlineData("(\u0085", "a value is missing")]
    [InlineData("h\u0001", "referred to that is not there")]
    [InlineData("}(NNNu", "a key has no value")]
    [InlineData("](NNu", "no dictionary")]
    [InlineData("}Na", "no list")]
    [InlineData("NNb", "not made")]
    [InlineData("NQ", "no tuple")]
    [InlineData("NN", "in the middle of a value")]
    [InlineData("I01\n", "byte 2 is 49")]
    [InlineData("\u0080\u0006", "protocol 6")]
    public void Damage_and_malice_are_named(string opcodes, string says) =>
        Assert.Contains(says, Assert.Throws<InvalidDataException>(() => Read(opcodes)).Message, StringComparison.Ordinal);

    [Fact]
    public void Text_that_is_no_pickle_is_refused() =>
        Assert.Throws<InvalidDataException>(() => new PickleReader("hello"u8.ToArray(), Allowed).Read());

    [Theory]
    [InlineData("(", 10_000, "nested deeper")]
    [InlineData("\u0085", 10_000, "nested deeper")]
    [InlineData("N", 20_000, "wait for their place")]
    public void Depth_and_counts_have_limits(string opcode, int times, string says) =>
        Assert.Contains(says, Assert.Throws<InvalidDataException>(() => Read("N" + string.Concat(Enumerable.Repeat(opcode, times)))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_million_values_are_the_most()
    {
        // Lists of nothing put into one list: the stack stays low, the memory would not.
        string opcodes = "]" + string.Concat(Enumerable.Repeat("]a", (1 << 20) + 1));
        Assert.Contains("more than 1048576 values", Assert.Throws<InvalidDataException>(() => Read(opcodes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_may_not_hold_itself_often()
    {
        string opcodes = "]q\u0000" + string.Concat(Enumerable.Repeat("h\u0000a", 40));
        Assert.Contains("nested deeper", Assert.Throws<InvalidDataException>(() => Read(opcodes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_is_larger_than_its_storage_is_refused()
    {
        // A view of a storage with stride 0 would be as large as it likes.
        byte[] file = File.ReadAllBytes(Path.Combine(OracleFiles.RepositoryRoot(), "tests", "networks", "zoo-legacy.pth"));
        int bias = file.AsSpan().IndexOf("decisionLayer.bias"u8), shape = file.AsSpan(bias).IndexOf((byte[])[(byte)'K', 4, 0x85]);
        Assert.True(shape > 0);
        file[bias + shape + 1] = 5;
        Assert.Contains("more than its storage", Assert.Throws<InvalidDataException>(() => ForeignNetwork.Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_storage_that_is_larger_than_the_file_is_refused()
    {
        byte[] file = File.ReadAllBytes(Path.Combine(OracleFiles.RepositoryRoot(), "tests", "networks", "zoo-legacy.pth"));
        long last = Enumerable.Range(1, 100).First(count => BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(file.Length - 8 - (4 * count))) == count);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(file.Length - 8 - (4 * (int)last)), long.MaxValue);
        Assert.Contains("a storage claims 9223372036854775807 numbers", Assert.Throws<InvalidDataException>(() => ForeignNetwork.Read(file)).Message, StringComparison.Ordinal);
    }

    /// <summary>A pickle of protocol 2 of opcodes whose characters are bytes, and its end.</summary>
    private static object? Read(string opcodes) => new PickleReader((byte[])[0x80, 2, .. Encoding.Latin1.GetBytes(opcodes), (byte)'.'], Allowed).Read();
}
