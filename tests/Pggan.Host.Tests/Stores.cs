using System.Buffers.Binary;
using System.Numerics;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

/// <summary>Small pyramid stores.</summary>
internal static class Stores
{
    private const int HeaderBytes = 64, OriginBytesAt = 36, OriginSumAt = 40, HeaderSumAt = 60, EntriesAt = 4096;

    /// <summary>Two images of resolution 8: grey squares unless told.</summary>
    public static byte[] File(StoreLabels labels, int channels = 1, BaseSize? proportions = null)
    {
        BaseSize shape = proportions ?? BaseSize.Square;
        using TemporaryFolder folder = new();
        string path = folder["x.store"];
        string[] classes = labels == StoreLabels.None ? [] : ["cat", "dog"];
        using (PyramidStoreWriter writer = PyramidStoreWriter.Create(path, 8, channels, 2, labels, new StoreAbout("a test", new string('a', 64), "", "", "", classes), shape))
        {
            using PixelBuffer image = PixelBuffer.Rent(shape.WidthAt(8), shape.HeightAt(8), channels);
            for (int i = 0; i < 2; i++)
            {
                image.Pixels.Fill((byte)(100 + i));
                using ImagePyramid levels = ImagePyramid.Build(image, 8, shape);
                writer.Append(i, levels, labels == StoreLabels.None ? [] : [1 - i, i]);
            }
            writer.Complete();
        }
        return System.IO.File.ReadAllBytes(path);
    }

    /// <summary>A store with room for three images, of which two are there.</summary>
    public static byte[] Partial()
    {
        byte[] file = File(StoreLabels.None);
        int recordBytes = (file.Length - 2 * EntriesAt) / 2;
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(28), 3);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(32), 3);
        return Sum([.. file, .. new byte[recordBytes]]);
    }

    /// <summary>Mends the checksums of the header and of what it tells of its origin.</summary>
    public static byte[] Sum(byte[] store)
    {
        byte[] mended = [.. store];
        if (mended.Length < HeaderBytes)
            return mended;
        uint origin = BinaryPrimitives.ReadUInt32LittleEndian(mended.AsSpan(OriginBytesAt));
        if (origin <= mended.Length - HeaderBytes)
            BinaryPrimitives.WriteUInt32LittleEndian(mended.AsSpan(OriginSumAt), Crc(mended.AsSpan(HeaderBytes, (int)origin)));
        BinaryPrimitives.WriteUInt32LittleEndian(mended.AsSpan(HeaderSumAt), Crc(mended.AsSpan(0, HeaderSumAt)));
        return mended;
    }

    private static uint Crc(ReadOnlySpan<byte> data) => BitOperations.RotateLeft(MaskedCrc.Of(data) - 0xa282ead8, 15);
}
