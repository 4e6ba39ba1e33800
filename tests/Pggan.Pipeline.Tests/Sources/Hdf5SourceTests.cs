using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pggan.Pipeline.Tests;

public sealed class Hdf5SourceTests
{
    [Fact]
    public async Task The_largest_level_is_read_with_the_labels_beside_it()
    {
        using var source = ImageSources.Open(Fixtures.Path("hdf5"));
        Assert.Equal([0, 1, 2, 1, 0], Fixtures.Classes(source));
        foreach (var i in new[] { 4, 0, 2, 1, 3 })
            await Fixtures.AssertPixelsAsync(source, i, i, 16);
        Assert.Equal("tiny.h5#4", source.NameOf(4));
    }

    [Fact]
    public async Task An_image_among_several_in_a_chunk_is_found()
    {
        // The 4 by 4 level has three images a chunk.
        using var temp = new TempFolder();
        var bytes = await File.ReadAllBytesAsync(Fixtures.Path("hdf5/tiny.h5"), TestContext.Current.CancellationToken);
        foreach (var name in new[] { "data16x16", "data8x8" })
            bytes.AsSpan(bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(name + "\0")), 4).Fill((byte)'d');
        using var source = new Hdf5Source(temp.Write("x.h5", bytes), new DecodeOptions());
        using var whole = ImageSources.Open(Fixtures.Path("hdf5"));
        for (var i = 0; i < source.Count; i++)
        {
            using var image = await source.ReadAsync(i, TestContext.Current.CancellationToken);
            using var large = await whole.ReadAsync(i, TestContext.Current.CancellationToken);
            Assert.Equal((4, 4), (image.Width, image.Height));
            for (var at = 0; at < image.Pixels.Length; at++)
            {
                var (channel, y, x) = (at / 16, at / 4 % 4, at % 4);
                var mean = Enumerable.Range(0, 16).Average(k => (double)large.Plane(channel)[(4 * y + k / 4) * 16 + 4 * x + k % 4]);
                Assert.Equal(Math.Round(mean), image.Pixels[at]);
            }
        }
    }

    [Fact]
    public async Task FashionGens_pictures_are_read_with_their_categories_in_sorted_order()
    {
        using var source = ImageSources.Open(Fixtures.Path("fashiongen"));
        Assert.Equal(["JEANS", "SUITS & BLAZERS", "TOPS"], source.ClassNames);
        Assert.Equal([2, 0, 1, 2, 0, 2], Fixtures.Classes(source));
        foreach (var i in new[] { 5, 0, 3 })
            await Fixtures.AssertPixelsAsync(source, i, i, 16);
    }

    [Fact]
    public async Task Several_pictures_in_a_packed_chunk_and_no_squares_are_the_same_pictures()
    {
        using var source = ImageSources.Open(Fixtures.Path("fashiongen-packed.h5"));
        Assert.Equal([2, 0, 1, 2, 0, 2], Fixtures.Classes(source));
        foreach (var i in new[] { 5, 3, 0, 4 })
        {
            using var image = await source.ReadAsync(i, TestContext.Current.CancellationToken);
            Assert.Equal((16, 8, 3), (image.Width, image.Height, image.Channels));
            for (var channel = 0; channel < 3; channel++)
                Assert.Equal(Fixtures.Pixels(i, 16)[(channel * 256)..(channel * 256 + 128)], image.Plane(channel).ToArray());
        }
    }

    [Fact]
    public void Categories_of_another_kind_and_none_at_all_are_no_labels_and_a_file_beside_goes_before()
    {
        using var captions = ImageSources.Open(Fixtures.Path("fashiongen-captions.h5"));
        Assert.Equal((2, 0), (captions.Count, captions.LabelSize));
        using var temp = new TempFolder();
        var bytes = File.ReadAllBytes(Fixtures.Path("fashiongen-packed.h5"));
        var path = temp.Write("x.h5", bytes);
        temp.Write("x-labels.npy", File.ReadAllBytes(Fixtures.Path("hdf5/tiny-labels.npy")));
        Assert.Contains("x-labels.npy has 5 labels for 6 images", Error(path), StringComparison.Ordinal);
        bytes[bytes.AsSpan().IndexOf("input_category\0"u8)] = (byte)'o';
        using var bare = ImageSources.Open(temp.Write("y.h5", bytes));
        Assert.Equal((6, 0), (bare.Count, bare.LabelSize));
        bytes[bytes.AsSpan().IndexOf("input_image\0"u8)] = (byte)'o';
        Assert.Contains("none called input_image", Error(temp.Write("z.h5", bytes)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new long[] { 6, 16 }, 6000L, "input_image lies outside of the file")]
    [InlineData(new long[] { 6, 16 }, 1L << 40, "[N, H, W, C] is read")]
    [InlineData(new long[] { 6, 1 }, 5L, "input_category has 5 texts for 6 images")]
    public void Lying_shapes_of_arrays_in_one_piece_are_clear_errors(long[] shape, long count, string told)
    {
        using var temp = new TempFolder();
        var bytes = File.ReadAllBytes(Fixtures.Path("fashiongen/tiny.h5"));
        var at = bytes.AsSpan().IndexOf(MemoryMarshal.AsBytes(shape.AsSpan()));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), count);
        Assert.Contains(told, Error(temp.Write("x.h5", bytes)), StringComparison.Ordinal);
    }

    [Fact]
    public void Newer_layouts_and_links_are_refused_in_words()
    {
        using var temp = new TempFolder();
        var bytes = File.ReadAllBytes(Fixtures.Path("hdf5/tiny.h5"));
        bytes[8] = 2;
        Assert.Contains("newer layout", Assert.Throws<DatasetUnusableException>(
            () => ImageSources.Open(temp.Write("x.h5", bytes))).Message, StringComparison.Ordinal);
        Assert.Contains("newer layout", Assert.Throws<DatasetUnusableException>(
            () => ImageSources.Open(Fixtures.Path("hdf5-links.h5"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tree_that_leads_to_one_leaf_again_and_again_is_damaged()
    {
        // That of the largest level: a node above it with many ways to a leaf with many ways to the first chunk.
        const int TreeAt = 1400, LayoutAt = 984 + 3, ChildBytes = 56, Many = 3000;
        using var temp = new TempFolder();
        var whole = File.ReadAllBytes(Fixtures.Path("hdf5/tiny.h5"));
        var bytes = new byte[whole.Length + 2 * (24 + Many * ChildBytes)];
        whole.CopyTo(bytes, 0);
        var (leaf, root) = (whole.Length, whole.Length + 24 + Many * ChildBytes);
        foreach (var node in new[] { leaf, root })
        {
            whole.AsSpan(TreeAt, 24).CopyTo(bytes.AsSpan(node));
            bytes[node + 5] = (byte)(node == leaf ? 0 : 1);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(node + 6), Many);
            for (var i = 0; i < Many; i++)
            {
                var child = bytes.AsSpan(node + 24 + i * ChildBytes, ChildBytes);
                whole.AsSpan(TreeAt + 24, ChildBytes).CopyTo(child);
                if (node == root)
                    BinaryPrimitives.WriteInt64LittleEndian(child[48..], leaf);
            }
        }

        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(LayoutAt), root);
        Assert.Contains($"the tree at byte {leaf} is damaged", Assert.Throws<DatasetUnusableException>(
            () => ImageSources.Open(temp.Write("x.h5", bytes))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_is_a_clear_error()
    {
        using var temp = new TempFolder();
        Fixtures.Copy("hdf5", temp);
        var folder = Path.Combine(temp.Root, "hdf5");
        temp.Write("hdf5/tiny-labels.npy", File.ReadAllBytes(Fixtures.Path("hdf5/tiny-labels.npy"))[..^12]);
        Assert.Contains("bytes follow", Error(folder), StringComparison.Ordinal);
        temp.Write("hdf5/second.h5", [1]);
        Assert.Contains("has 2 HDF5 files", Error(folder), StringComparison.Ordinal);
    }

    private static string Error(string path) => Assert.Throws<DatasetUnusableException>(() => ImageSources.Open(path)).Message;
}
