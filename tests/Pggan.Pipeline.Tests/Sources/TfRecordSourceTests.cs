using System.Buffers.Binary;
using System.Text;

namespace Pggan.Pipeline.Tests;

public sealed class TfRecordSourceTests
{
    [Theory]
    [MemberData(nameof(Repository.TfRecordFolders), MemberType = typeof(Repository))]
    public async Task Every_file_of_a_folder_equals_a_level_of_its_largest(string folder)
    {
        using var largest = (TfRecordSource)ImageSources.Open(folder);
        var files = Directory.GetFiles(folder, "*.tfrecords");
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            using var smaller = new TfRecordSource(file, new DecodeOptions());
            Assert.Equal(largest.Count, smaller.Count);
            for (var i = 0; i < smaller.Count; i++)
            {
                using var image = await largest.ReadAsync(i, TestContext.Current.CancellationToken);
                using var pyramid = ImagePyramid.Build(image, image.Width);
                using var level = await smaller.ReadAsync(i, TestContext.Current.CancellationToken);
                Assert.Equal(level.Pixels.ToArray(), pyramid.Level(level.Width).ToArray());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Repository.TfRecordFolders), MemberType = typeof(Repository))]
    public void Labels_come_from_the_array_beside(string folder)
    {
        var oracle = Repository.Safetensors(Path.Combine(folder, "pyramid.safetensors"));
        using var source = new TfRecordSource(folder, new DecodeOptions());
        var expected = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(oracle["labels"]).ToArray();
        Assert.Equal(expected.Length / source.Count, source.LabelSize);
        Assert.Equal(expected, Enumerable.Range(0, source.Count).SelectMany(i => Labels.Of(source, i)));
    }

    [Fact]
    public async Task A_damaged_payload_is_a_bad_image_and_the_others_go_on()
    {
        using var temp = new TempFolder();
        var bytes = Record(Example([3, 4, 4], new byte[48])).Concat(Record(Example([1, 4, 4], new byte[16]))).ToArray();
        bytes[40] ^= 1;
        using var source = new TfRecordSource(temp.Write("x.tfrecords", bytes), new DecodeOptions());
        Assert.Contains("checksum", (await Assert.ThrowsAsync<BadImageException>(
            async () => await source.ReadAsync(0, TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
        using var image = await source.ReadAsync(1, TestContext.Current.CancellationToken);
        Assert.Equal((4, 4, 1), (image.Width, image.Height, image.Channels));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_file_that_is_changed_while_it_is_read_is_gone_until_it_is_back(int left)
    {
        using var temp = new TempFolder();
        var bytes = Record(Example([3, 4, 4], new byte[48])).ToArray();
        var path = temp.Write("x.tfrecords", bytes);
        using var source = new TfRecordSource(path, new DecodeOptions());
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            // As long as before, and all zero; or shorter.
            file.SetLength(Math.Max(0, left));
            file.SetLength(left < 0 ? bytes.Length : left);
        }

        var error = await Assert.ThrowsAsync<SourceGoneException>(async () => await source.ReadAsync(0, TestContext.Current.CancellationToken));
        Assert.Contains(
            left == 0 ? "is empty" : $"it had {bytes.Length} bytes, now {(left < 0 ? bytes.Length : left)}", error.Message, StringComparison.Ordinal);
        File.Delete(path);
        await Assert.ThrowsAsync<SourceGoneException>(async () => await source.ReadAsync(0, TestContext.Current.CancellationToken));
        temp.Write("x.tfrecords", bytes);
        (await source.ReadAsync(0, TestContext.Current.CancellationToken)).Dispose();
    }

    [Fact]
    public async Task Lying_shapes_and_lengths_inside_a_record_are_bad_images()
    {
        byte[][] payloads =
        [
            Example([3, 4, 4], new byte[47]),
            Example([3, 40_000, 40_000], new byte[48]),
            Example([-1, 4, 4], new byte[48]),
            Example([4, 4], new byte[16]),
            Example([3, 4, 4, 1], new byte[48]),
            [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
            [0x0A, 0x7F],
            [0xFF],
            [0x0F],
            [],
        ];
        using var temp = new TempFolder();
        using var source = new TfRecordSource(temp.Write("x.tfrecords", [.. payloads.SelectMany(Record)]), new DecodeOptions());
        var before = LiveBuffers.Count;
        for (var i = 0; i < source.Count; i++)
            await Assert.ThrowsAsync<BadImageException>(async () => await source.ReadAsync(i, TestContext.Current.CancellationToken));
        Assert.Equal(before, LiveBuffers.Count);
    }

    [Fact]
    public void Damaged_framing_is_a_clear_error()
    {
        using var temp = new TempFolder();
        var good = Record(Example([3, 4, 4], new byte[48])).ToArray();
        Assert.Contains("cut off", Error(good[..^1]), StringComparison.Ordinal);
        Assert.Contains("cut off", Error([.. good, 1, 2, 3]), StringComparison.Ordinal);
        var lying = good.ToArray();
        lying[0] ^= 1;
        Assert.Contains("checksum", Error(lying), StringComparison.Ordinal);
        BinaryPrimitives.WriteUInt64LittleEndian(lying, ulong.MaxValue);
        BinaryPrimitives.WriteUInt32LittleEndian(lying.AsSpan(8), MaskedCrc.Of(lying.AsSpan(0, 8)));
        Assert.Contains("limit", Error(lying), StringComparison.Ordinal);
        Assert.Contains("is empty", Error([]), StringComparison.Ordinal);

        string Error(byte[] bytes) =>
            Assert.Throws<DatasetUnusableException>(() => new TfRecordSource(temp.Write("x.tfrecords", bytes), new DecodeOptions())).Message;
    }

    [Theory]
    [InlineData("(1, 5)", 20, "1 labels for 2")]
    [InlineData("(2, 5)", 20, "bytes follow")]
    [InlineData("(2000000000, 2000000000)", 20, "bytes follow")]
    [InlineData("(2,)", 8, "not a matrix")]
    public void Lying_labels_are_clear_errors(string shape, int bytes, string reason)
    {
        using var temp = new TempFolder();
        temp.Write("x.tfrecords", [.. Record(Example([3, 4, 4], new byte[48])), .. Record(Example([3, 4, 4], new byte[48]))]);
        var header = Encoding.ASCII.GetBytes($"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
        temp.Write("x.labels", [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. new byte[bytes]]);
        Assert.Contains(reason, Assert.Throws<DatasetUnusableException>(() => ImageSources.Open(temp.Root)).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<byte> Record(byte[] payload)
    {
        var header = new byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(header, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), MaskedCrc.Of(header.AsSpan(0, 8)));
        var footer = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(footer, MaskedCrc.Of(payload));
        return [.. header, .. payload, .. footer];
    }

    private static byte[] Example(long[] shape, byte[] data)
    {
        var numbers = shape.SelectMany(value => Varint(unchecked((ulong)value))).ToArray();
        var shapeEntry = Entry("shape", Field(3, Field(1, numbers)));
        var dataEntry = Entry("data", Field(1, Field(1, data)));
        return Field(1, [.. dataEntry, .. shapeEntry]);

        static byte[] Entry(string key, byte[] feature) => Field(1, [.. Field(1, Encoding.ASCII.GetBytes(key)), .. Field(2, feature)]);

        static byte[] Field(int number, byte[] content) => [(byte)(number << 3 | 2), .. Varint((ulong)content.Length), .. content];

        static IEnumerable<byte> Varint(ulong value)
        {
            for (; value >= 0x80; value >>= 7)
                yield return (byte)(value | 0x80);
            yield return (byte)value;
        }
    }
}
