using NetVips;

namespace Pggan.Pipeline.Tests;

/// <summary>Image files made on the spot, and places to put them.</summary>
internal static class TestImages
{
    static TestImages() => ImageCodec.Sniff([]);

    /// <summary>Interleaved noise that is smooth enough for JPEG.</summary>
    public static byte[] Interleaved(int width, int height, int bands)
    {
        var pixels = new byte[width * height * bands];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(128 + 100 * Math.Sin((i % bands) + i / bands % width * .3 + i / bands / width * .2));
        return pixels;
    }

    public static Image Vips(int width, int height, int bands) =>
        Image.NewFromMemoryCopy<byte>(Interleaved(width, height, bands), width, height, bands, Enums.BandFormat.Uchar)
            .Copy(interpretation: bands < 3 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);

    public static byte[] Encode(string suffix, int width = 16, int height = 16, int bands = 3)
    {
        using var image = Vips(width, height, bands);
        return image.WriteToBuffer(suffix);
    }

    public static byte[] Planar(int width, int height, int bands)
    {
        var interleaved = Interleaved(width, height, bands);
        var planar = new byte[interleaved.Length];
        for (var i = 0; i < planar.Length; i++)
            planar[i % bands * width * height + i / bands] = interleaved[i];
        return planar;
    }
}
