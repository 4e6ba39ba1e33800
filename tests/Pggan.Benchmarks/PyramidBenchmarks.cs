using BenchmarkDotNet.Attributes;
using NetVips;
using Pggan.Pipeline;

namespace Pggan.Benchmarks;

/// <summary>From an encoded image of 1024x1024 pixels to its pyramid down to 4x4, on one thread.</summary>
public class PyramidBenchmarks
{
    private const int Resolution = 1024;

    private readonly DecodeOptions _options = new();
    private byte[] _jpeg = [];
    private byte[] _png = [];

    [GlobalSetup]
    public void Setup()
    {
        // Smooth structure with a little noise, so that neither codec has an easy game.
        using Image noise = Image.Gaussnoise(Resolution, Resolution, sigma: 8, mean: 0);
        using Image waves = Image.Sines(Resolution, Resolution, hfreq: 0.01, vfreq: 0.02) * 100 + 128;
        using Image band = (waves + noise).Cast(Enums.BandFormat.Uchar);
        using Image image = band.Bandjoin(band.Rot90(), band.Rot180()).Copy(interpretation: Enums.Interpretation.Srgb);
        _jpeg = image.JpegsaveBuffer(q: 90);
        _png = image.PngsaveBuffer();
    }

    [Benchmark(Description = "pyramid of a JPEG")]
    [Images(1)]
    public int Jpeg() => Build(_jpeg);

    [Benchmark(Description = "pyramid of a PNG")]
    [Images(1)]
    public int Png() => Build(_png);

    private int Build(byte[] encoded)
    {
        using PixelBuffer pixels = ImageCodec.Decode(encoded, _options);
        using ImagePyramid pyramid = ImagePyramid.Build(pixels, Resolution);
        return pyramid.Level(4)[0];
    }
}
