namespace Pggan.Model.Tests;

/// <summary>Against the official numpy code, whose values are in metrics-*.safetensors.</summary>
public sealed class MultiScaleSsimTests
{
    public static TheoryData<string> Files => OracleFiles.Matching("metrics-*.safetensors");

    [Theory]
    [MemberData(nameof(Files))]
    public void Similarities_are_the_reference_s(string file)
    {
        using SafetensorsFile oracle = Safetensors.Open(OracleFiles.PathOf(file));
        byte[] a = Enlarged("A");
        foreach ((string name, byte[] other) in new[] { ("A_B", Enlarged("B")), ("A_C", Enlarged("C")), ("A_noisy", Bytes(oracle.Read("msssim/noisy").Data)) })
            Assert.Equal(oracle.Read($"msssim/{name}").Data[0], MultiScaleSsim.OfPairs(a, other, 3, 256, 256).Average(), 1e-4);

        // The first four images, every pixel sixteen times.
        byte[] Enlarged(string name)
        {
            float[] small = oracle.Read(name).Data;
            return [.. Enumerable.Range(0, 4 * 3 * 256 * 256).Select(i => (byte)small[i / 65536 * 4096 + i / 256 % 256 / 4 * 64 + i % 256 / 4])];
        }
    }

    [Fact]
    public void An_image_is_like_itself_alone()
    {
        byte[] images = new byte[6 * 48 * 32], others = new byte[6 * 48 * 32];
        new Random(1).NextBytes(images);
        new Random(2).NextBytes(others);
        Assert.All(MultiScaleSsim.OfPairs(images, images, 1, 48, 32), similarity => Assert.Equal(1, similarity, 1e-9));
        Assert.All(MultiScaleSsim.OfPairs(images, others, 1, 48, 32), similarity => Assert.InRange(similarity, 0, 0.3));
        Assert.Equal(6, MultiScaleSsim.OfPairs(images, others, 1, 48, 32).Length);
    }

    [Fact]
    public void Pairs_do_not_depend_on_each_other()
    {
        byte[] a = new byte[2 * 16 * 16], b = new byte[2 * 16 * 16];
        new Random(1).NextBytes(a);
        new Random(2).NextBytes(b);
        double[] together = MultiScaleSsim.OfPairs(a, b, 1, 16, 16);
        Assert.Equal(together[1], MultiScaleSsim.OfPairs(a.AsSpan(256), b.AsSpan(256), 1, 16, 16)[0], 1e-12);
    }

    [Fact]
    public void Images_that_are_too_small_or_no_pairs_are_refused()
    {
        Assert.Throws<ArgumentException>(() => MultiScaleSsim.OfPairs(new byte[64], new byte[64], 1, 8, 8));
        Assert.Throws<ArgumentException>(() => MultiScaleSsim.OfPairs(new byte[256], new byte[512], 1, 16, 16));
    }

    private static byte[] Bytes(float[] values) => [.. values.Select(value => (byte)value)];
}
