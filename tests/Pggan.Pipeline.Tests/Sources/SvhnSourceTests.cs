using System.IO.Compression;

namespace Pggan.Pipeline.Tests;

public sealed class SvhnSourceTests
{
    [Theory]
    [InlineData(1 << 20)]
    [InlineData(0)]
    public async Task Compressed_images_are_unpacked_into_memory_or_a_nameless_file(long memory)
    {
        var before = Left();
        using (var source = new SvhnSource(Fixtures.Path("svhn"), memory))
        {
            Assert.Equal([1, 0, 5, 9], Fixtures.Classes(source));
            Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], source.ClassNames);
            foreach (var i in new[] { 3, 0, 2, 1 })
                await Fixtures.AssertPixelsAsync(source, i, i, 32);
        }

        Assert.Equal(before, Left());

        static int Left() => Directory.GetFiles(Path.GetTempPath(), "pggan-*.bytes").Length;
    }

    [Fact]
    public async Task Uncompressed_images_stay_in_the_file()
    {
        using var source = ImageSources.Open(Fixtures.Path("svhn/test_32x32.mat"));
        Assert.Equal([1], Fixtures.Classes(source));
        await Fixtures.AssertPixelsAsync(source, 0, 0, 32);
    }

    [Fact]
    public void What_is_spilled_is_read_across_blocks()
    {
        using var bytes = new SpilledBytes(9 << 20, 9 << 20);
        var some = new byte[3 << 20];
        for (var i = 0; i < 3; i++)
        {
            some.AsSpan().Fill((byte)i);
            bytes.Append(some);
        }

        bytes.Read(some, (4 << 20) - 3);
        Assert.Equal((1, 1, 2, 2), (some[0], some[(2 << 20) + 2], some[(2 << 20) + 3], some[^1]));
    }

    [Fact]
    public void Damage_is_a_clear_error()
    {
        using var temp = new TempFolder();
        var packed = File.ReadAllBytes(Fixtures.Path("svhn/train_32x32.mat"));
        Assert.Contains("announces", Error(packed[..^1]), StringComparison.Ordinal);
        new SvhnSource(temp.Write("x.mat", OfOddSize(packed[..128]))).Dispose();
        var checksum = OfOddSize(packed[..128]);
        checksum[^1] ^= 1; // of X, behind all that is read of it
        Error(checksum);
        packed[200] ^= 0xFF;
        Error(packed);
        Assert.Contains("does not begin as", Error(packed[..126].Concat("MI"u8.ToArray()).Concat(packed[128..]).ToArray()), StringComparison.Ordinal);
        Assert.Contains("version 7.3", Error([.. "MATLAB 7.3 MAT-file"u8, .. new byte[500]]), StringComparison.Ordinal);

        // One image of 3 pixels: its 27 bytes are filled up to 32.
        static byte[] OfOddSize(byte[] header)
        {
            using var array = new MemoryStream();
            foreach (var number in new[] { 14, 16 + 24 + 8 + 40, 6, 8, 9, 0, 5, 16, 3, 3, 3, 1, 1 | 1 << 16, 'X', 2, 27 })
                array.Write(BitConverter.GetBytes(number));
            array.Write(new byte[32]);
            using var file = new MemoryStream();
            using (var packing = new ZLibStream(file, CompressionLevel.Optimal, leaveOpen: true))
                packing.Write(array.ToArray());
            return [.. header, .. BitConverter.GetBytes(15), .. BitConverter.GetBytes((int)file.Length), .. file.ToArray()];
        }

        string Error(byte[] bytes) => Assert.Throws<DatasetUnusableException>(() => ImageSources.Open(temp.Write("x.mat", bytes))).Message;
    }
}
