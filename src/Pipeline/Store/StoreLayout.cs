using System.Buffers.Binary;
using System.Numerics;

namespace Pggan.Pipeline;

/// <summary>
/// Where everything is in a store's file. All follows from the header's numbers, so that there are no offsets that could lie. Little-endian:
/// header, what it tells of its origin, an entry for each image (4 bytes, 0 = not there), the labels, the records; each section on a page of its own.
/// </summary>
/// <remarks>
/// A record is its checksums and the levels from the smallest on. The first checksum is that of the label, the k-th that of all levels up to the
/// k-th: who needs a level reads from the record's beginning to its end. The entry is the checksum of the image's number and of the checksums.
/// </remarks>
internal sealed record StoreLayout(BaseSize Base, int Resolution, int Channels, StoreLabels Labels, int LabelSize, int Capacity, int Count, int AboutBytes, uint AboutSum)
{
    public const int HeaderBytes = 64;

    public const int EntryBytes = 4;

    public const int MostResolution = 1024;
    private const int MostLabelSize = 65536;
    private const int SumAt = HeaderBytes - 4;

    // What knows of squares alone must not take other images for such.
    private const uint SquareVersion = 1;
    private const uint BaseVersion = 2;
    private const int Page = 4096;

    /// <summary>How a store begins.</summary>
    public static ReadOnlySpan<byte> Magic => "PGGANPYR"u8;

    /// <summary>Bytes of a record's checksums, in whole eights.</summary>
    public int SumsBytes => (4 * (Levels + 1) + 7) / 8 * 8;

    /// <summary>Bytes of a record.</summary>
    public int RecordBytes => SumsBytes + ImagePyramid.LengthOf(Resolution, Channels, Base);

    /// <summary>Bytes of a label.</summary>
    public int LabelBytes => Labels switch
    {
        StoreLabels.Class => 4,
        StoreLabels.Vector => 4 * LabelSize,
        _ => 0,
    };

    /// <summary>Bytes of a whole store.</summary>
    public long FileBytes => RecordsOffset + (long)Count * RecordBytes;

    public long EntriesOffset => ToPage(HeaderBytes + AboutBytes);

    public long LabelsOffset => ToPage(EntriesOffset + (long)Capacity * EntryBytes);

    public long RecordsOffset => ToPage(LabelsOffset + (long)Capacity * LabelBytes);

    private int Levels => NumberOf(Resolution);

    private uint Version => Base.IsDefault ? SquareVersion : BaseVersion;

    /// <summary>The number of a level, from 1.</summary>
    public static int NumberOf(int resolution) => BitOperations.Log2((uint)resolution) - 1;

    public long EntryOffset(int index) => EntriesOffset + (long)index * EntryBytes;

    public long LabelOffset(int index) => LabelsOffset + (long)index * LabelBytes;

    public long RecordOffset(int index) => RecordsOffset + (long)index * RecordBytes;

    /// <summary>The header's bytes.</summary>
    public byte[] Print()
    {
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        var (width, height) = Base.IsDefault ? (0, 0) : (Base.Width, Base.Height);
        uint[] numbers =
        [
            Version, (uint)Resolution, (uint)Channels, (uint)Labels, (uint)LabelSize, (uint)Capacity, (uint)Count, (uint)AboutBytes, AboutSum,
            (uint)width, (uint)height,
        ];
        for (var i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(Magic.Length + 4 * i), numbers[i]);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(SumAt), Crc32C.Of(header.AsSpan(0, SumAt)));
        return header;
    }

    /// <summary>Reads a header, and checks that a file of such a length can be what it says.</summary>
    /// <exception cref="InvalidDataException">It is none, of another version, damaged, or lies.</exception>
    public static StoreLayout Parse(ReadOnlySpan<byte> header, long fileBytes)
    {
        if (header.Length < HeaderBytes || !header.StartsWith(Magic))
            throw new InvalidDataException("it is no pyramid store");
        if (Number(header, 0) is not (SquareVersion or BaseVersion))
            throw new InvalidDataException($"it is of version {Number(header, 0)}, and {SquareVersion} and {BaseVersion} are read");
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[SumAt..]) != Crc32C.Of(header[..SumAt]))
            throw new InvalidDataException("the header's checksum is wrong");

        var (resolution, channels, labels, labelSize) = (Number(header, 1), Number(header, 2), Number(header, 3), Number(header, 4));
        var (capacity, count, about) = (Number(header, 5), Number(header, 6), Number(header, 7));
        if (!BitOperations.IsPow2(resolution) || resolution is < ImagePyramid.SmallestResolution or > MostResolution || channels is not (1 or 3 or 4))
            throw new InvalidDataException($"images of {channels} channels and {resolution} pixels");
        if (labels > (uint)StoreLabels.Vector || labelSize > MostLabelSize || (labels == (uint)StoreLabels.None) != (labelSize == 0))
            throw new InvalidDataException($"labels of kind {labels} with {labelSize} elements");
        if (capacity is 0 or > int.MaxValue || count == 0 || count > capacity || about > StoreAbout.MostBytes)
            throw new InvalidDataException($"{count} of {capacity} images, and {about} bytes of origin");

        var layout = new StoreLayout(BaseOf(header), (int)resolution, (int)channels, (StoreLabels)labels, (int)labelSize, (int)capacity, (int)count, (int)about, Number(header, 8));
        if (fileBytes != layout.FileBytes)
            throw new InvalidDataException($"it has {fileBytes} bytes, and its header says {layout.FileBytes}");
        return layout;
    }

    /// <summary>The label's bytes.</summary>
    /// <exception cref="ArgumentException">Another size, or a label without exactly one class where the classes are kept.</exception>
    public void Encode(ReadOnlySpan<float> label, Span<byte> target)
    {
        if (label.Length != LabelSize)
            throw new ArgumentException($"{label.Length} elements for a label of {LabelSize}", nameof(label));
        if (Labels == StoreLabels.Class)
        {
            if (!IsOneClass(label))
                throw new ArgumentException("a label that is no single class", nameof(label));
            BinaryPrimitives.WriteInt32LittleEndian(target, label.IndexOf(1));
        }

        for (var i = 0; Labels == StoreLabels.Vector && i < label.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(target[(4 * i)..], label[i]);
    }

    /// <summary>Whether one element is 1 and all others are 0.</summary>
    public static bool IsOneClass(ReadOnlySpan<float> label) => label.Count(0f) == label.Length - 1 && label.Contains(1f);

    /// <summary>Two zeros are 4×4, in the version of squares; any other base is in the other version.</summary>
    private static BaseSize BaseOf(ReadOnlySpan<byte> header)
    {
        var (width, height) = (Number(header, 9), Number(header, 10));
        var square = (width, height) == (0, 0);
        if (square != (Number(header, 0) == SquareVersion) || (!square && !BaseSize.IsBase(width, height)))
            throw new InvalidDataException($"a base of {width}×{height} in version {Number(header, 0)}");
        return square ? BaseSize.Square : new BaseSize((int)width, (int)height);
    }

    private static uint Number(ReadOnlySpan<byte> header, int place) => BinaryPrimitives.ReadUInt32LittleEndian(header[(Magic.Length + 4 * place)..]);

    private static long ToPage(long offset) => (offset + Page - 1) / Page * Page;
}
