namespace Pggan.Pipeline;

/// <summary>
/// The part of tf.train.Example that holds an image: features "shape" [C, H, W] and "data", C·H·W bytes. Reading is a walk over the protocol buffer
/// that allocates nothing.
/// </summary>
internal readonly ref struct TfExample
{
    private const int Number = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;

    private TfExample(ReadOnlySpan<byte> data, long channels, long height, long width)
    {
        Data = data;
        Channels = channels;
        Height = height;
        Width = width;
    }

    public ReadOnlySpan<byte> Data { get; }

    public long Channels { get; }

    public long Height { get; }

    public long Width { get; }

    /// <exception cref="BadImageException">Not such an example.</exception>
    public static TfExample Parse(ReadOnlySpan<byte> example)
    {
        ReadOnlySpan<byte> data = default;
        Span<long> shape = stackalloc long[3];
        var dimensions = 0;
        while (Next(ref example, out var field, out var features))
        {
            if (field != 1)
                continue;
            while (Next(ref features, out field, out var entry))
            {
                // A map entry: key 1, value 2.
                ReadOnlySpan<byte> key = default, feature = default;
                while (Next(ref entry, out var part, out var content))
                {
                    if (part == 1)
                        key = content;
                    else if (part == 2)
                        feature = content;
                }

                if (key.SequenceEqual("data"u8))
                    data = BytesOf(feature);
                else if (key.SequenceEqual("shape"u8))
                    dimensions = NumbersOf(feature, shape);
            }
        }

        if (dimensions != 3)
            throw new BadImageException("the record has no shape of three numbers");
        return new TfExample(data, shape[0], shape[1], shape[2]);
    }

    /// <summary>A copy of the pixels.</summary>
    public PixelBuffer ToPixels(DecodeOptions options)
    {
        if (Channels is not (1 or 3))
            throw new BadImageException($"{Channels} channels");
        if (Width is <= 0 or > int.MaxValue || Height is <= 0 or > int.MaxValue)
            throw new BadImageException($"{Width}×{Height} pixels are no image");
        ImageCodec.CheckSize(Width, Height, options);
        if (Data.Length != Channels * Height * Width)
            throw new BadImageException($"{Data.Length} bytes are not {Channels}×{Height}×{Width} pixels");
        var buffer = PixelBuffer.Rent((int)Width, (int)Height, (int)Channels);
        Data.CopyTo(buffer.Pixels);
        return buffer;
    }

    /// <summary>Bytes of the example of a square image.</summary>
    public static int LengthOf(int channels, int side) => Prefix(channels, side).Length + channels * side * side;

    /// <summary>Writes the example of a square image as the official tool does: the shape, then the data.</summary>
    /// <param name="pixels">[C, side, side].</param>
    /// <param name="channels">C.</param>
    /// <param name="side">In pixels.</param>
    /// <param name="target"><see cref="LengthOf"/> bytes.</param>
    public static void Write(ReadOnlySpan<byte> pixels, int channels, int side, Span<byte> target)
    {
        var prefix = Prefix(channels, side);
        prefix.CopyTo(target);
        pixels.CopyTo(target[prefix.Length..]);
    }

    /// <summary>All that stands before the pixels, which come last.</summary>
    private static byte[] Prefix(int channels, int side)
    {
        var pixels = channels * side * side;
        byte[] shape = [.. Varint(channels), .. Varint(side), .. Varint(side)];
        byte[] shapeFeature = [0x1A, .. Field([0x0A, .. Field(shape)])];
        byte[] shapeEntry = [0x0A, .. Field([0x0A, 5, .. "shape"u8, 0x12, .. Field(shapeFeature)])];

        // From the inside out: each length is that of what it holds.
        byte[] value = [0x0A, .. Varint(pixels)];
        byte[] list = [0x0A, .. Varint(value.Length + pixels), .. value];
        byte[] entry = [0x0A, 4, .. "data"u8, 0x12, .. Varint(list.Length + pixels), .. list];
        byte[] features = [.. shapeEntry, 0x0A, .. Varint(entry.Length + pixels), .. entry];
        return [0x0A, .. Varint(features.Length + pixels), .. features];

        static byte[] Field(byte[] content) => [.. Varint(content.Length), .. content];
    }

    private static List<byte> Varint(int value)
    {
        var bytes = new List<byte>(5);
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return bytes;
    }

    private static ReadOnlySpan<byte> BytesOf(ReadOnlySpan<byte> feature)
    {
        // Feature { bytes_list = 1 } of BytesList { value = 1 }.
        ReadOnlySpan<byte> found = default;
        while (Next(ref feature, out var field, out var list))
        {
            while (field == 1 && Next(ref list, out var part, out var value))
            {
                if (part == 1)
                    found = value;
            }
        }

        return found;
    }

    private static int NumbersOf(ReadOnlySpan<byte> feature, Span<long> numbers)
    {
        // Feature { int64_list = 3 } of Int64List { value = 1, packed or one by one }.
        var count = 0;
        while (Next(ref feature, out var field, out var list))
        {
            while (field == 3 && list.Length > 0)
            {
                var key = ReadVarint(ref list);
                if (key == (1 << 3 | Number))
                {
                    Add(ReadVarint(ref list), numbers);
                    continue;
                }

                var content = Skip(ref list, (int)(key & 7));
                while (key == (1 << 3 | LengthDelimited) && content.Length > 0)
                    Add(ReadVarint(ref content), numbers);
            }
        }

        return count;

        void Add(ulong value, Span<long> numbers)
        {
            if (count == numbers.Length)
                throw new BadImageException("the record's shape has more than three numbers");
            numbers[count++] = unchecked((long)value);
        }
    }

    /// <summary>The next field; its content is empty for numbers.</summary>
    private static bool Next(scoped ref ReadOnlySpan<byte> message, out int field, out ReadOnlySpan<byte> content)
    {
        if (message.IsEmpty)
        {
            field = 0;
            content = default;
            return false;
        }

        var key = ReadVarint(ref message);
        field = (int)Math.Min(key >> 3, int.MaxValue);
        content = Skip(ref message, (int)(key & 7));
        return true;
    }

    private static ReadOnlySpan<byte> Skip(scoped ref ReadOnlySpan<byte> message, int wireType)
    {
        switch (wireType)
        {
            case Number:
                ReadVarint(ref message);
                return default;
            case Fixed64:
                return Take(ref message, 8)[..0];
            case LengthDelimited:
                return Take(ref message, ReadVarint(ref message));
            case Fixed32:
                return Take(ref message, 4)[..0];
            default:
                throw new BadImageException("the record is no tf.train.Example");
        }
    }

    private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> message, ulong length)
    {
        if (length > (ulong)message.Length)
            throw new BadImageException("a length in the record is longer than the record");
        var taken = message[..(int)length];
        message = message[(int)length..];
        return taken;
    }

    private static ulong ReadVarint(scoped ref ReadOnlySpan<byte> message)
    {
        var value = 0ul;
        for (var i = 0; i < 10 && i < message.Length; i++)
        {
            value |= (ulong)(message[i] & 0x7F) << (7 * i);
            if (message[i] < 0x80)
            {
                message = message[(i + 1)..];
                return value;
            }
        }

        throw new BadImageException("a number in the record is cut off");
    }
}
