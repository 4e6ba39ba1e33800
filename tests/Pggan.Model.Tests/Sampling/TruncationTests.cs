namespace Pggan.Model.Tests;

public sealed class TruncationTests
{
    /// <summary>sqrt(2 / pi), sqrt(pi / 2), 2 * sqrt(2 / pi); for many components sqrt(L) * (1 - 1 / 4L).</summary>
    [Theory]
    [InlineData(1, 0.7978845608028654, 1e-15)]
    [InlineData(2, 1.2533141373155001, 1e-15)]
    [InlineData(3, 1.5957691216057308, 1e-15)]
    [InlineData(512, 22.616370, 1e-4)]
    [InlineData(65536, 255.9990234, 1e-6)]
    public void The_mean_length_is_that_of_normal_vectors(int size, double expected, double tolerance) =>
        Assert.Equal(expected, Truncation.MeanLength(size), tolerance);

    [Fact]
    public void Lengths_are_pulled_to_the_mean_and_directions_stay()
    {
        HostTensor latents = ImageSampler.Latents(8, 16, 1);
        double mean = Truncation.MeanLength(16);
        Assert.Same(latents, Truncation.Apply(latents, 1));
        foreach (double psi in new[] { 0, 0.25, 0.7 })
        {
            HostTensor truncated = Truncation.Apply(latents, psi);
            for (int i = 0; i < 8; i++)
            {
                float[] before = latents.Data[(i * 16)..(i * 16 + 16)], after = truncated.Data[(i * 16)..(i * 16 + 16)];
                Assert.Equal(mean + psi * (Length(before) - mean), Length(after), 1e-5);
                Assert.Equal(before.Select(x => x / Length(before)), after.Select(x => x / Length(after)), (x, y) => Math.Abs(x - y) < 1e-6);
            }
        }
    }

    [Fact]
    public void A_latent_of_no_length_stays() => Assert.Equal(new float[4], Truncation.Apply(new HostTensor([1, 4], new float[4]), 0).Data);

    [Theory]
    [InlineData(true, 0, false)]
    [InlineData(true, 3, true)]
    [InlineData(false, 0, true)]
    public void It_matters_where_the_network_sees_lengths(bool normalizes, int labels, bool matters)
    {
        // A pixel norm behind the first layer, whose biases are 0 in the beginning, would hide lengths as well.
        NetworkArchitecture architecture = new()
        {
            Resolution = 4,
            FmapBase = 32,
            FmapMax = 8,
            LatentSize = 8,
            NormalizeLatents = normalizes,
            PixelNorm = normalizes,
            LabelSize = labels,
        };
        Assert.Equal(matters, Truncation.Matters(architecture));
        using ProgressiveTrainer trainer = new(
            new TrainerOptions { Architecture = architecture, Schedule = new GrowthScheduleOptions { Resolution = 4 } },
            labels > 0 ? new LabelTable(1, labels, (_, label) => label.Clear()) : null);
        using ImageSampler sampler = new(trainer.CaptureGenerator(), "cpu");
        HostTensor latents = ImageSampler.Latents(4, 8, 5);
        HostTensor? classes = labels > 0 ? new HostTensor([4, labels], [.. Enumerable.Range(0, 4 * labels).Select(i => i % labels == 0 ? 1f : 0f)]) : null;
        float[] plain = sampler.Render(latents, classes, GrowthStage.Grown(4)).Data;
        float[] truncated = sampler.Render(Truncation.Apply(latents, 0), classes, GrowthStage.Grown(4)).Data;
        Assert.Equal(matters, plain.Zip(truncated).Max(p => Math.Abs(p.First - p.Second)) > 1e-3f);
    }

    [Fact]
    public void The_digest_of_a_network_is_that_of_its_weights()
    {
        GeneratorSnapshot Network(float weight, string name = "b") => new(
            new NetworkArchitecture(), GrowthStage.Grown(4), 0,
            new Dictionary<string, HostTensor> { [name] = new([1], [weight]), ["a"] = new([2], [1, 2]) });
        string digest = Network(3).Digest();
        Assert.Equal(64, digest.Length);
        Assert.Equal(digest, (Network(3) with { Images = 7 }).Digest());
        Assert.NotEqual(digest, Network(4).Digest());
        Assert.NotEqual(digest, Network(3, "c").Digest());
    }

    private static double Length(float[] z) => Math.Sqrt(z.Sum(x => (double)x * x));
}
