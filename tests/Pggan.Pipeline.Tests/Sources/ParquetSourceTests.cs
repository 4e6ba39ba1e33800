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
