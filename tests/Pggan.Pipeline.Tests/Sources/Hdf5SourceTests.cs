using System.Buffers.Binary;

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
        Assert.Contains("bytes follow", Error(), StringComparison.Ordinal);
        temp.Write("hdf5/second.h5", [1]);
        Assert.Contains("has 2 HDF5 files", Error(), StringComparison.Ordinal);

        string Error() => Assert.Throws<DatasetUnusableException>(() => ImageSources.Open(folder)).Message;
    }
}
