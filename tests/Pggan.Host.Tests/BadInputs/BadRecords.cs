using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Pggan.Host.Tests;

/// <summary>TFRecords and IDX files that lie.</summary>
internal static class BadRecords
{
    public static IEnumerable<BadInput> All { get; } =
    [
        Records("records of a huge length", ["x.tfrecords: record 0, at byte 0", "more than the limit"], _ => TfRecords.File(4, announced: 1UL << 40)),
        Records("records of a negative length", ["x.tfrecords: record 0", "more than the limit"], _ => TfRecords.File(4, announced: unchecked((ulong)-1L))),
        Records("records of a length beyond the file", ["x.tfrecords: record 0", "is cut off"], _ => TfRecords.File(4, announced: 1 << 20)),
        Records("records whose length has a wrong checksum", ["x.tfrecords: record 0", "checksum is wrong"], good => [(byte)(good[0] ^ 1), .. good[1..]]),
        Records("records that are cut off", ["x.tfrecords: record 3", "is cut off"], good => good[..^10]),
        Records("records of no bytes", ["x.tfrecords", "empty"], _ => []),
        Records("records whose payload has a wrong checksum", ["none of 4 images", "x.tfrecords#0", "checksum is wrong"], _ => TfRecords.File(4, damaged: true)),
        Records("records of a lying shape", ["none of 4 images", "bytes are not 3×8×8 pixels"], _ => TfRecords.File(4, pixels: 7)),
        Records("records of a huge shape", ["none of 4 images", "limit"], _ => TfRecords.File(4, side: 40_000)),
        Records("records of a negative shape", ["none of 4 images", "are no image"], _ => TfRecords.File(4, side: -8)),
        Records("records that are no example", ["none of 4 images", "x.tfrecords#0", "record"], _ => TfRecords.Of(Enumerable.Repeat(new byte[] { 0x0F, 0xFF }, 4))),
        BadDatasets.Unusable("a folder of records without the wanted level", ["8×8 pixels are smaller than 64×64", "--resolution"], f => Put(f, "x-r03.tfrecords", TfRecords.File(20)), "--resolution", "64"),
        BadDatasets.Unusable("records with labels for fewer", ["x.labels has 3 labels for 20 images"], f => WithLabels(f, "(3, 2)", 24)),
        BadDatasets.Unusable("records with labels that lie about their number", ["x.labels cannot be read", "bytes follow"], f => WithLabels(f, "(20, 2000000000)", 160)),
        BadDatasets.Unusable("records with labels that are no array", ["x.labels cannot be read", "not an .npy file"], f =>
        {
            f.Write("records/x.labels", "labels");
            return Put(f, "x.tfrecords", TfRecords.File(20));
        }),
        BadDatasets.Unusable("records with labels that are no numbers", ["x.labels cannot be read", "finite"], f => WithLabels(f, "(20, 1)", 80, 0xFF)),
        BadDatasets.Fine("a damaged record among good ones", ["5 read, 4 usable", "x.tfrecords#4: "], f => Put(f, "x.tfrecords", [.. TfRecords.File(4), .. TfRecords.File(1, damaged: true)])),

        Idx("an IDX file of another kind", ["data-images-idx3-ubyte is no dataset"], [0, 0, 9, 3, .. new byte[100]]),
        Idx("an IDX file of labels", ["data-images-idx3-ubyte is no dataset"], [0, 0, 8, 1, 0, 0, 0, 2, 0, 0]),
        Idx("an IDX file that is cut off", ["data-images-idx3-ubyte cannot be read", "announced"], Numbers(20, 8, 8, 1000)),
        Idx("an IDX file that goes on", ["data-images-idx3-ubyte cannot be read", "announced"], Numbers(20, 8, 8, 2000)),
        Idx("an IDX file of huge images", ["data-images-idx3-ubyte cannot be read", "4294967295"], Numbers(20, uint.MaxValue, 8, 1280)),
        Idx("an IDX file of huge numbers", ["data-images-idx3-ubyte cannot be read", "4294967295 images"], Numbers(uint.MaxValue, 8, 8, 1280)),
        Idx("an IDX file of no images", ["data-images-idx3-ubyte cannot be read", "0 images"], Numbers(0, 8, 8, 0)),
        Idx("an IDX file of a header alone", ["data-images-idx3-ubyte cannot be read"], [0, 0, 8, 3, 0, 0]),
        Idx("a zipped IDX file that unpacks to more", ["data-images-idx3-ubyte cannot be read", "more than"], Zipped(Numbers(20, 8, 8, 1 << 20))),
        Idx("a zipped IDX file that is cut off", ["data-images-idx3-ubyte cannot be read"], Zipped(Numbers(20, 8, 8, 1280))[..^12]),
        Idx("an IDX file with labels for fewer", ["data-labels-idx1-ubyte has 7 labels for 20 images"], Numbers(20, 8, 8, 1280), [0, 0, 8, 1, 0, 0, 0, 7, .. new byte[7]]),
        Idx("an IDX file with labels that are none", ["data-labels-idx1-ubyte is not an IDX file of labels"], Numbers(20, 8, 8, 1280), [.. "labels of the images"u8]),
        Idx("an IDX file with labels that are cut off", ["announced"], Numbers(20, 8, 8, 1280), [0, 0, 8, 1, 0, 0, 0, 20, .. new byte[7]]),
    ];

    private static BadInput Records(string name, string[] says, Func<byte[], byte[]> bytes) =>
        BadDatasets.Unusable(name, says, f => Put(f, "x.tfrecords", bytes(TfRecords.File(4))));

    private static string Put(InputFolder folder, string name, byte[] bytes) => Path.GetDirectoryName(folder.Write($"records/{name}", bytes))!;

    private static string WithLabels(InputFolder folder, string shape, int bytes, byte fill = 0)
    {
        byte[] header = Encoding.ASCII.GetBytes($"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
        folder.Write("records/x.labels", [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. Enumerable.Repeat(fill, bytes)]);
        return Put(folder, "x.tfrecords", TfRecords.File(20));
    }

    private static BadInput Idx(string name, string[] says, byte[] images, byte[]? labels = null) => BadDatasets.Unusable(name, says, f =>
    {
        if (labels is not null)
            f.Write("idx/data-labels-idx1-ubyte", labels);
        return f.Write("idx/data-images-idx3-ubyte", images);
    });

    private static byte[] Numbers(uint count, uint height, uint width, int bytes)
    {
        byte[] file = new byte[16 + bytes];
        BinaryPrimitives.WriteUInt32BigEndian(file, 0x0803);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(4), count);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(8), height);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(12), width);
        return file;
    }

    private static byte[] Zipped(byte[] bytes)
    {
        using MemoryStream zipped = new();
        using (GZipStream zip = new(zipped, CompressionLevel.Optimal, leaveOpen: true))
            zip.Write(bytes);
        return zipped.ToArray();
    }
}
