using System.Buffers.Binary;
using NetVips;

namespace Pggan.Pipeline.Tests;

public sealed class ImageCodecTests
{
    private static readonly DecodeOptions Options = new();

    [Theory]
    [InlineData(".png")]
    [InlineData(".webp[lossless=true]")]
    [InlineData(".tif")]
    public void Lossless_formats_decode_to_the_same_pixels(string suffix)
    {
        using var image = ImageCodec.Decode(TestImages.Encode(suffix, 20, 12), Options);
        Assert.Equal((20, 12, 3), (image.Width, image.Height, image.Channels));
        Assert.Equal(TestImages.Planar(20, 12, 3), image.Pixels.ToArray());
    }

    [Theory]
    [InlineData(".jpg[Q=95]", 12)]
    [InlineData(".gif", 40)]
    [InlineData(".webp[Q=95]", 30)]
    public void Lossy_formats_decode_to_similar_pixels(string suffix, int tolerance)
    {
        using var image = ImageCodec.Decode(TestImages.Encode(suffix, 20, 12), Options);
        var expected = TestImages.Planar(20, 12, 3);
        var mean = image.Pixels.ToArray().Zip(expected, (a, b) => Math.Abs(a - b)).Average();
        Assert.InRange(mean, 0, tolerance);
    }

    [Fact]
    public void Grey_stays_one_channel()
    {
        using var image = ImageCodec.Decode(TestImages.Encode(".png", 8, 8, 1), Options);
        Assert.Equal(1, image.Channels);
        Assert.Equal(TestImages.Planar(8, 8, 1), image.Pixels.ToArray());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public void Sixteen_bits_become_eight(int bands)
    {
        using var source = TestImages.Vips(8, 8, bands);
        using var scaled = source.Linear([257], [0]);
        using var cast = scaled.Cast(Enums.BandFormat.Ushort);
        using var wide = cast.Copy(interpretation: bands == 1 ? Enums.Interpretation.Grey16 : Enums.Interpretation.Rgb16);
        using var image = ImageCodec.Decode(wide.WriteToBuffer(".png"), Options);
        Assert.Equal(TestImages.Planar(8, 8, bands), image.Pixels.ToArray());
    }

    [Fact]
    public void Every_one_of_16_bits_becomes_the_nearest_of_8()
    {
        ushort[] wide = [.. Enumerable.Range(0, 65536).Select(value => (ushort)value)];
        using var raw = Image.NewFromMemoryCopy<ushort>(wide, 256, 256, 1, Enums.BandFormat.Ushort);
        using var image = raw.Copy(interpretation: Enums.Interpretation.Grey16);
        using var decoded = ImageCodec.Decode(image.WriteToBuffer(".png[bitdepth=16]"), Options);
        Assert.Equal(wide.Select(value => (byte)Math.Round(value / 257.0)), decoded.Pixels.ToArray());
    }

    [Fact]
    public void Alpha_is_kept_on_demand()
    {
        var keep = Options with { KeepAlpha = true };
        using var image = ImageCodec.Decode(TestImages.Encode(".png", 8, 8, 4), keep);
        Assert.Equal(4, image.Channels);
        Assert.Equal(TestImages.Planar(8, 8, 4), image.Pixels.ToArray());
        using var grey = ImageCodec.Decode(TestImages.Encode(".png", 8, 8, 2), keep);
        var planes = TestImages.Planar(8, 8, 2);
        Assert.Equal([.. planes[..64], .. planes[..64], .. planes[..64], .. planes[64..]], grey.Pixels.ToArray());
        using var opaque = ImageCodec.Decode(TestImages.Encode(".png", 8, 8, 3), keep);
        Assert.Equal(3, opaque.Channels);
    }

    [Theory]
    [InlineData(0, 0x102030, 0x102030)]
    [InlineData(255, 0x102030, 0xC86432)]
    [InlineData(0, 0xFFFFFF, 0xFFFFFF)]
    public void Alpha_is_flattened_on_the_background(byte alpha, int background, int expected)
    {
        byte[] rgba = [.. Enumerable.Repeat(new byte[] { 0xC8, 0x64, 0x32, alpha }, 16).SelectMany(pixel => pixel)];
        using var raw = Image.NewFromMemoryCopy<byte>(rgba, 4, 4, 4, Enums.BandFormat.Uchar);
        using var image = raw.Copy(interpretation: Enums.Interpretation.Srgb);
        using var decoded = ImageCodec.Decode(image.WriteToBuffer(".png"), Options with { Background = background });
        Assert.Equal(expected, decoded.Plane(0)[5] << 16 | decoded.Plane(1)[5] << 8 | decoded.Plane(2)[5]);
    }

    [Theory]
    [InlineData(0xFFFFFF, 1, 255)]
    [InlineData(0x204060, 3, 0x20)]
    public void Transparent_grey_takes_the_background_too(int background, int channels, int expected)
    {
        using var raw = Image.NewFromMemoryCopy<byte>(new byte[32], 4, 4, 2, Enums.BandFormat.Uchar);
        using var image = raw.Copy(interpretation: Enums.Interpretation.Bw);
        using var decoded = ImageCodec.Decode(image.WriteToBuffer(".png"), Options with { Background = background });
        Assert.Equal(channels, decoded.Channels);
        Assert.Equal(expected, decoded.Plane(0)[0]);
    }

    [Fact]
    public void Exif_orientation_is_honoured()
    {
        using var image = TestImages.Vips(24, 8, 3);
        using var turned = image.Mutate(mutable => mutable.Set(GValue.GIntType, "orientation", 6));
        using var decoded = ImageCodec.Decode(turned.WriteToBuffer(".jpg"), Options);
        Assert.Equal((8, 24), (decoded.Width, decoded.Height));
    }

    [Fact]
    public void A_bomb_is_refused_from_its_header()
    {
        var png = TestImages.Encode(".png");
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), 40000);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), 40000);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc32(png.AsSpan(12, 17)));
        var before = GC.GetTotalAllocatedBytes();
        var error = Assert.Throws<BadImageException>(() => ImageCodec.Decode(png, Options));
        Assert.Contains("40000×40000", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_file_over_the_byte_limit_is_refused() =>
        Assert.Contains("limit", Assert.Throws<BadImageException>(
            () => ImageCodec.Decode(TestImages.Encode(".png"), Options with { MaxBytes = 50 })).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(".jpg")]
    [InlineData(".png")]
    [InlineData(".webp")]
    [InlineData(".gif")]
    [InlineData(".tif")]
    public void A_truncated_file_is_a_bad_image_at_any_length(string suffix)
    {
        var before = LiveBuffers.Count;
        var whole = TestImages.Encode(suffix, 64, 64);
        for (var length = 0; length < whole.Length * 3 / 4; length += Math.Max(1, whole.Length / 23))
            Assert.Throws<BadImageException>(() => ImageCodec.Decode(whole.AsSpan(0, length), Options));
        Assert.Equal(before, LiveBuffers.Count);
    }

    [Theory]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'/>")]
    [InlineData("P5 2 2 255 aaaa")]
    [InlineData("%PDF-1.4")]
    [InlineData("x")]
    public void Formats_off_the_list_are_refused_before_a_decoder_sees_them(string text) =>
        Assert.Contains("not a PNG", Assert.Throws<BadImageException>(
            () => ImageCodec.Decode(System.Text.Encoding.UTF8.GetBytes(text), Options)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(24, false)]
    [InlineData(24, true)]
    [InlineData(32, false)]
    [InlineData(8, false)]
    public void Bitmaps_are_read(int bits, bool topDown)
    {
        var bmp = Bitmap(bits, topDown);
        using var image = ImageCodec.Decode(bmp, Options);
        Assert.Equal((3, 2, 3), (image.Width, image.Height, image.Channels));
        Assert.Equal([1, 2, 3, 4, 5, 6], image.Plane(0).ToArray());
        Assert.Equal([11, 12, 13, 14, 15, 16], image.Plane(1).ToArray());
        Assert.Equal([21, 22, 23, 24, 25, 26], image.Plane(2).ToArray());
        // A start of the pixels inside the header.
        var lying = bmp.ToArray();
        lying.AsSpan(10, 4).Clear();
        lying[10] = 20;
        Assert.Throws<BadImageException>(() => ImageCodec.Decode(lying, Options));
        for (var length = 2; length < bmp.Length - 4; length += 5)
            Assert.Throws<BadImageException>(() => ImageCodec.Decode(bmp.AsSpan(0, length), Options));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Without_compression_a_png_has_its_pixels_and_little_more(int channels)
    {
        var pixels = TestImages.Planar(64, 64, channels);
        var png = ImageCodec.EncodePng(pixels, channels, 64, 64, compression: 0);
        Assert.InRange(png.Length, pixels.Length, pixels.Length + 300);
        using var image = ImageCodec.Decode(png, Options);
        Assert.Equal(pixels, image.Pixels.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Png_round_trips_with_its_text(int channels)
    {
        var pixels = TestImages.Planar(10, 6, channels);
        var png = ImageCodec.EncodePng(pixels, channels, 10, 6, new Dictionary<string, string> { ["Software"] = "pggan" });
        using var image = ImageCodec.Decode(png, Options);
        Assert.Equal((10, 6, channels), (image.Width, image.Height, image.Channels));
        Assert.Equal(pixels, image.Pixels.ToArray());
        Assert.True(png.AsSpan().IndexOf("zTXtSoftware\0"u8) > 0);
        Assert.True(ImageCodec.EncodePng(pixels, channels, 10, 6).AsSpan().IndexOf("zTXt"u8) < 0);
    }

    private static byte[] Bitmap(int bits, bool topDown)
    {
        var stride = (3 * bits + 31) / 32 * 4;
        var palette = bits == 8 ? 1024 : 0;
        var file = new byte[54 + palette + stride * 2];
        (file[0], file[1]) = ((byte)'B', (byte)'M');
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), 54 + palette);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), 3);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), topDown ? -2 : 2);
        file[26] = 1;
        file[28] = (byte)bits;
        for (var i = 0; i < 6; i++)
        {
            byte[] bgr = [(byte)(21 + i), (byte)(11 + i), (byte)(1 + i)];
            var row = 54 + palette + stride * (topDown ? i / 3 : 1 - i / 3);
            if (bits == 8)
            {
                file[row + i % 3] = (byte)i;
                bgr.CopyTo(file, 54 + 4 * i);
            }
            else
            {
                bgr.CopyTo(file, row + i % 3 * (bits / 8));
            }
        }

        return file;
    }

    private static uint Crc32(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
        }

        return ~crc;
    }
}
