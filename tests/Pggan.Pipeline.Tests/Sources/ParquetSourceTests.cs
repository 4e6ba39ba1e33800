namespace Pggan.Pipeline.Tests;

public sealed class ParquetSourceTests
{
    [Fact]
    public async Task Hugging_faces_shards_are_one_dataset_with_named_classes()
    {
        using var source = ImageSources.Open(Fixtures.Path("parquet/data"));
        Assert.Equal(["cat", "dog", "owl"], source.ClassNames);
        Assert.Equal([0, 1, 0, 1, 0, 1], Fixtures.Classes(source));
        Assert.Equal("train-00001-of-00002.parquet#2", source.NameOf(5));
        Assert.Equal(("train-00000-of-00002.parquet#0", "train-00001-of-00002.parquet#0"), (source.NameOf(0), source.NameOf(3)));
        foreach (var i in new[] { 5, 0, 1, 2, 3 })
            await Fixtures.AssertPixelsAsync(source, i, i, 16);
        Assert.Equal("the row has no bytes", (await Assert.ThrowsAsync<BadImageException>(
            async () => await source.ReadAsync(4, TestContext.Current.CancellationToken))).Message);
        using var test = ImageSources.Open(Fixtures.Path("parquet/data/test-00000-of-00001.parquet"));
        await Fixtures.AssertPixelsAsync(test, 0, 9, 16);
    }

    [Fact]
    public async Task A_column_of_bytes_in_several_row_groups_is_read_in_any_order()
    {
        using var source = ImageSources.Open(Fixtures.Path("parquet/plain.parquet"));
        Assert.Equal(["left", "right"], source.ClassNames);
        Assert.Equal([0, 1, 0, 1, 0], Fixtures.Classes(source));
        foreach (var i in new[] { 4, 0, 3, 1, 2, 4 })
            await Fixtures.AssertPixelsAsync(source, i, i, 16);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], source.ReadFile(2)![..4]);
    }

    [Fact]
    public void Damage_is_a_clear_error()
    {
        using var temp = new TempFolder();
        var whole = File.ReadAllBytes(Fixtures.Path("parquet/plain.parquet"));
        Assert.Contains("does not end as a Parquet file", Error(whole[..^1]), StringComparison.Ordinal);
        Assert.Contains("does not end as a Parquet file", Error([.. "PAR1"u8]), StringComparison.Ordinal);
        var lying = whole.ToArray();
        lying[^5] = 0x7F;
        Assert.Contains("does not end as a Parquet file", Error(lying), StringComparison.Ordinal);
        lying = whole.ToArray();
        for (var i = 0; i < lying.Length - 2; i++)
        {
            // The rows of the groups, 2, 2 and 1: now 63 each.
            if (lying[i..(i + 3)] is [0x16, 0x02 or 0x04, 0x36])
                lying[i + 1] = 0x7E;
        }

        Assert.Contains("announces 189 rows in 3323 bytes", Error(lying), StringComparison.Ordinal);
        lying = whole.ToArray();
        lying.AsSpan(whole.Length - 200, 100).Fill(0xFF);
        Assert.Contains("damaged", Error(lying), StringComparison.Ordinal);

        string Error(byte[] bytes) => Assert.Throws<DatasetUnusableException>(() => ImageSources.Open(temp.Write("x.parquet", bytes))).Message;
    }

    /// <summary>Footers that the library would believe, and what is said of them.</summary>
    private static readonly Dictionary<string, (byte[] Footer, string Says)> Hostile = new()
    {
        ["two thousand million columns"] = ([0x15, 0x02, 0x19, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x00], "a list is longer than what is left"),
        ["a name beyond the file"] = ([0x15, 0x02, 0x19, 0x1C, 0x48, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x00, 0x00], "a text is longer than what is left"),
        ["a number in place of a name"] = ([0x15, 0x02, 0x19, 0x1C, 0x46, 0xFE, 0xFF, 0xFF, 0xFF, 0x07, 0x00, 0x00], "field 4 of a SchemaElement is of another kind"),
        ["a number in place of the columns"] = ([0x15, 0x02, 0x15, 0xFC, 0xFF, 0xFF, 0xFF, 0x07, 0x00], "field 2 of a FileMetaData is of another kind"),
        ["numbers in place of columns"] = ([0x15, 0x02, 0x19, 0x25, 0x48, 0x48, 0x00], "elements are of another kind"),
        ["a field 65538, which 16 bits take for 2"] = ([0x15, 0x02, 0x06, 0x84, 0x80, 0x08, 0xFC, 0x00], "it has a field 65538"),
        ["a list of flags, which the library does not read over"] = ([0x15, 0x02, 0x09, 0xC8, 0x01, 0x11, 0x19, 0x00], "a value of type 1"),
        ["structures deep in each other"] = ([0x15, 0x02, 0x0C, 0xC8, 0x01, .. Enumerable.Repeat((byte)0x1C, 100_000)], "deeper than 16"),
        ["columns deep in each other"] = ([0x15, 0x02, 0x19, 0xFC, 0xA0, 0x8D, 0x06, .. Node(2), .. Enumerable.Repeat(Node(1), 99_999).SelectMany(node => node), 0x00], "100000 columns"),
        ["fewer columns deep in each other"] = ([0x15, 0x02, 0x19, 0xFC, 0xE8, 0x07, .. Node(2), .. Enumerable.Repeat(Node(1), 999).SelectMany(node => node), 0x00], "deeper than 32 in each other"),
        ["a million row groups"] = ([0x15, 0x02, 0x39, 0xFC, 0x80, 0x80, 0x80, 0x01, .. new byte[1 << 21], 0x00], "more than 1048576 parts"),
        ["a footer that is cut off"] = ([0x15, 0x02], "it is cut off"),
    };

    public static TheoryData<string> HostileFooters => [.. Hostile.Keys];

    /// <summary>A SchemaElement "a" with so many children.</summary>
    private static byte[] Node(byte children) => [0x48, 0x01, (byte)'a', 0x15, (byte)(2 * children), 0x00];

    [Theory]
    [MemberData(nameof(HostileFooters))]
    public void A_footer_that_lies_is_refused_before_anything_is_made_of_it(string what)
    {
        var (footer, says) = Hostile[what];
        using var temp = new TempFolder();
        var path = temp.Write("x.parquet", [.. "PAR1"u8, .. footer, .. BitConverter.GetBytes(footer.Length), .. "PAR1"u8]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var message = Assert.Throws<DatasetUnusableException>(() => ImageSources.Open(path)).Message;
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, footer.Length + (1 << 20));
    }

    [Fact]
    public void A_sound_footer_is_walked_over_to_its_end() =>
        Assert.Equal(8 + 4 * 6 + 1, CompactThrift.Walk(
            [0x15, 0x02, 0x19, 0x4C, .. Node(1), .. Node(2), .. Node(0), .. Node(0), 0x16, 0x00, 0x19, 0x0C, 0x00], [], ParquetStructures.File));

    [Theory]
    [InlineData(new byte[] { 0x15, 0x02, 0x15, 0xC8, 0x01, 0x00, 0xFF }, 6)]
    [InlineData(new byte[] { 0x19, 0x25, 0x02, 0x04, 0x15, 0x10, 0x00 }, 7)]
    [InlineData(new byte[] { 0x1B, 0x01, 0x88, 0x01, (byte)'k', 0x00, 0x00 }, 7)]
    public void A_description_is_walked_over_to_its_end(byte[] bytes, int length) => Assert.Equal(length, CompactThrift.Walk(bytes, new long[3]));

    [Theory]
    [InlineData(new byte[] { 0x19, 0xF5, 0xFF, 0xFF, 0xFF, 0x07 })]
    [InlineData(new byte[] { 0x18, 0x7F, 0x00 })]
    [InlineData(new byte[] { 0x15, 0x80 })]
    [InlineData(new byte[] { 0x1D, 0x00 })]
    [InlineData(new byte[] { 0x1C, 0x1C, 0x1C, 0x1C, 0x1C, 0x1C, 0x1C, 0x1C, 0x1C, 0x1C, 0x1C, 0x1C, 0x1C, 0x1C, 0x1C, 0x1C, 0x1C, 0x1C, 0x1C })]
    public void A_description_that_lies_is_refused(byte[] bytes) => Assert.Throws<InvalidDataException>(() => CompactThrift.Walk(bytes, []));
}
