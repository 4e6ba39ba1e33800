using System.Buffers.Binary;

namespace Pggan.Pipeline.Tests;

public sealed class LmdbSourceTests
{
    [Fact]
    public async Task All_values_are_read_in_the_order_of_keys()
    {
        using var source = ImageSources.Open(Fixtures.Path("lsun_lmdb"));
        var numbers = Enumerable.Range(0, 120).OrderBy(i => i * 17 % 120).ToArray();
        for (var i = 0; i < source.Count; i++)
        {
            Assert.Equal($"{i:000}{string.Concat(Enumerable.Repeat("f00d", 9))}{numbers[i]:000}", source.NameOf(i));
            await Fixtures.AssertPixelsAsync(source, i, numbers[i], numbers[i] == 7 ? 48 : 16);
        }

        Assert.Equal("RIFF"u8, source.ReadFile(0)!.AsSpan(0, 4));
    }

    [Fact]
    public void The_newer_of_two_headers_counts()
    {
        using var temp = new TempFolder();
        var bytes = File.ReadAllBytes(Fixtures.Path("lsun_lmdb/data.mdb"));
        Assert.True(BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(4096 + 144)) > BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(144)));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(4096 + 144), 0);
        Assert.Contains("it is empty", Error(temp, bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_is_a_clear_error_and_no_circle_is_walked_for_ever()
    {
        using var temp = new TempFolder();
        var whole = File.ReadAllBytes(Fixtures.Path("lsun_lmdb/data.mdb"));
        var root = BinaryPrimitives.ReadInt64LittleEndian(whole.AsSpan(4096 + 128));
        var bytes = whole.ToArray();
        int node = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan((int)root * 4096 + 16));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan((int)root * 4096 + node), root);
        Assert.Contains("damaged", Error(temp, bytes), StringComparison.Ordinal);
        bytes = whole.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(4096 + 120), 121);
        Assert.Contains("announces 121 records and has 120", Error(temp, bytes), StringComparison.Ordinal);
        bytes = whole.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(40), 3);
        Assert.Contains("pages of 3 bytes", Error(temp, bytes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one node", "page 2 is damaged")]
    [InlineData("few announced", "announces 32 records and has more")]
    [InlineData("long key", "page 2 is damaged")]
    public void A_small_file_makes_no_more_records_than_it_has_room_for(string lie, string told)
    {
        const int Leaf = 2 * 4096;
        using var temp = new TempFolder();
        var bytes = File.ReadAllBytes(Fixtures.Path("lsun_lmdb/data.mdb"));
        ushort[] nodes = [.. Enumerable.Range(0, 32).Select(i => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(Leaf + 16 + 2 * i)))];
        if (lie == "one node")
        {
            // As many pointers to the page's last node as have room before it.
            var room = (nodes.Max() - 16) / 2;
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(Leaf + 12), (ushort)(16 + 2 * room));
            for (var i = 0; i < room; i++)
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(Leaf + 16 + 2 * i), nodes.Max());
        }
        else if (lie == "long key")
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(Leaf + nodes.Min()), 0);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(Leaf + nodes.Min() + 6), 600);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(4096 + 120), lie == "few announced" ? 32 : ulong.MaxValue);
        Assert.Contains(told, Error(temp, bytes), StringComparison.Ordinal);
    }

    private static string Error(TempFolder temp, byte[] bytes) =>
        Assert.Throws<DatasetUnusableException>(() => ImageSources.Open(temp.Write("data.mdb", bytes))).Message;
}
