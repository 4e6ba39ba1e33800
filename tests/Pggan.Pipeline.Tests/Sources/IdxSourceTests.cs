using System.Buffers.Binary;
using System.IO.Compression;

namespace Pggan.Pipeline.Tests;

public sealed class IdxSourceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Images_are_padded_to_32_and_labels_found_by_name(bool zipped)
    {
        using var temp = new TempFolder();
        Write(temp, "t10k-images-idx3-ubyte", Images(1, 28, 28), zipped);
        Write(temp, "train-images-idx3-ubyte", Images(3, 28, 28), zipped);
        Write(temp, "train-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 3, 4, 0, 9], zipped);
        using var source = ImageSources.Open(temp.Root);
        Assert.Equal((3, 10), (source.Count, source.LabelSize));
        Assert.Equal(1, Labels.Of(source, 2)[9]);
        Assert.Equal(1, Labels.Of(source, 2).Sum());
        using var image = await source.ReadAsync(1, TestContext.Current.CancellationToken);
        Assert.Equal((32, 32, 1), (image.Width, image.Height, image.Channels));
        Assert.Equal([0, 0, 1, 1], image.Pixels[(2 * 32)..(2 * 32 + 4)].ToArray());
        Assert.All(image.Pixels[..64].ToArray(), value => Assert.Equal(0, value));
        using var alone = ImageSources.Open(Path.Combine(temp.Root, zipped ? "t10k-images-idx3-ubyte.gz" : "t10k-images-idx3-ubyte"));
        Assert.Equal((1, 0), (alone.Count, alone.LabelSize));
    }

    [Fact]
    public async Task Another_writers_digits_are_these_within_a_black_frame()
    {
        using var source = ImageSources.Open(Fixtures.Path("mnist"));
        Assert.Equal([3, 1, 4, 1, 5], Fixtures.Classes(source));
        for (var i = 0; i < source.Count; i++)
        {
            using var image = await source.ReadAsync(i, TestContext.Current.CancellationToken);
            Assert.Equal((32, 32, 1), (image.Width, image.Height, image.Channels));
            for (var at = 0; at < image.Pixels.Length; at++)
            {
                var (y, x) = (at / 32 - 2, at % 32 - 2);
                Assert.Equal(y is >= 0 and < 28 && x is >= 0 and < 28 ? (byte)(37 * i + 3 * y + 5 * x) : 0, image.Pixels[at]);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Lying_lengths_are_clear_errors_and_cost_no_memory(bool zipped)
    {
        using var temp = new TempFolder();
        foreach (var (count, side) in new[] { (1_000_000u, 28u), (uint.MaxValue, uint.MaxValue), (2u, 28u), (0u, 28u), (1u, 0u) })
        {
            var images = Images(3, 28, 28);
            BinaryPrimitives.WriteUInt32BigEndian(images.AsSpan(4), count);
            BinaryPrimitives.WriteUInt32BigEndian(images.AsSpan(8), side);
            var path = Write(temp, "x-images-idx3-ubyte", images, zipped);
            var before = GC.GetTotalAllocatedBytes();
            Assert.Throws<DatasetUnusableException>(() => new IdxSource(path));
            Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 3 << 20);
        }
    }

    [Fact]
    public void Another_number_of_labels_is_a_clear_error()
    {
        using var temp = new TempFolder();
        var path = temp.Write("x-images-idx3-ubyte", Images(3, 4, 4));
        temp.Write("x-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 4, 0]);
        Assert.Contains("2 labels for 3 images", Assert.Throws<DatasetUnusableException>(() => new IdxSource(path)).Message, StringComparison.Ordinal);
    }

    private static byte[] Images(int count, int height, int width)
    {
        var file = new byte[16 + count * height * width];
        file[2] = 8;
        file[3] = 3;
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4), count);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(8), height);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(12), width);
        for (var i = 0; i < count; i++)
            file.AsSpan(16 + i * height * width, height * width).Fill((byte)i);
        return file;
    }

    private static string Write(TempFolder temp, string name, byte[] bytes, bool zipped)
    {
        if (!zipped)
            return temp.Write(name, bytes);
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionMode.Compress))
            gzip.Write(bytes);
        return temp.Write(name + ".gz", memory.ToArray());
    }
}
