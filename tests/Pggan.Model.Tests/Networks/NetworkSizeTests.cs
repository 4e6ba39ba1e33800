using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class NetworkSizeTests
{
    /// <summary>Counts of the reference's networks, all toRGB and fromRGB layers included.</summary>
    public static TheoryData<int, long, long> Official => new()
    {
        { 4, 6_556_163, 6_561_793 },
        { 8, 11_277_318, 11_283_457 },
        { 16, 15_998_473, 16_005_121 },
        { 32, 20_719_628, 20_726_785 },
        { 64, 22_490_383, 22_498_049 },
        { 128, 22_933_394, 22_941_313 },
        { 256, 23_044_309, 23_052_353 },
        { 512, 23_072_120, 23_080_225 },
        { 1024, 23_079_115, 23_087_249 },
    };

    [Theory]
    [MemberData(nameof(Official))]
    public void Networks_have_as_many_parameters_as_the_official_ones(int resolution, long generator, long discriminator) =>
        AssertCounts(new NetworkArchitecture { Resolution = resolution }, generator, discriminator);

    [Fact]
    public void The_cifar_configuration_of_the_paper_has_its_parameter_counts() =>
        AssertCounts(new NetworkArchitecture { Resolution = 32, FmapBase = 4096, FmapMax = 128, LatentSize = 128 }, 1_296_908, 1_298_689);

    [Theory]
    [InlineData(1, 0, true)]
    [InlineData(3, 0, false)]
    [InlineData(4, 7, true)]
    public void Every_stage_makes_and_scores_images_of_its_resolution(int channels, int labelSize, bool fused)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        NetworkArchitecture architecture = Small with { Channels = channels, LabelSize = labelSize, FusedScale = fused };
        Generator generator = new(architecture);
        Discriminator discriminator = new(architecture);
        Tensor z = randn(8, architecture.Latents);
        Tensor? labels = labelSize > 0 ? eye(8, labelSize) : null;
        for (int resolution = 4; resolution <= architecture.Resolution; resolution *= 2)
        {
            foreach (double alpha in new[] { 0.25, 1 })
            {
                Tensor images = generator.forward(z, labels, new GrowthStage(resolution, alpha));
                Assert.Equal([8, channels, resolution, resolution], images.shape);
                (Tensor scores, Tensor logits) = discriminator.forward(images, new GrowthStage(resolution, alpha));
                Assert.Equal([8, 1], scores.shape);
                Assert.Equal([8, labelSize], logits.shape);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_fade_begins_where_the_old_resolution_ended_and_ends_where_the_new_one_begins(bool fused)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        NetworkArchitecture architecture = Small with { FusedScale = fused };
        Generator generator = new(architecture);
        Discriminator discriminator = new(architecture);
        Tensor z = randn(8, architecture.Latents);
        foreach (int resolution in new[] { 8, 16 })
        {
            Tensor before = generator.forward(z, null, GrowthStage.Grown(resolution / 2));
            Tensor begun = generator.forward(z, null, new GrowthStage(resolution, 0));
            Assert.True(allclose(Resample.Up2x(before), begun, 1e-5, 1e-6));
            Tensor after = generator.forward(z, null, GrowthStage.Grown(resolution));
            Tensor ending = generator.forward(z, null, new GrowthStage(resolution, 1 - 1e-7));
            Assert.True(allclose(after, ending, 1e-4, 1e-5));

            Tensor images = randn(8, 3, resolution, resolution);
            Assert.True(allclose(
                discriminator.forward(Resample.Down2x(images), GrowthStage.Grown(resolution / 2)).Scores,
                discriminator.forward(images, new GrowthStage(resolution, 0)).Scores, 1e-4, 1e-5));
            Assert.True(allclose(
                discriminator.forward(images, GrowthStage.Grown(resolution)).Scores,
                discriminator.forward(images, new GrowthStage(resolution, 1 - 1e-7)).Scores, 1e-4, 1e-5));
        }
    }

    [Fact]
    public void An_impossible_architecture_is_refused_by_name()
    {
        Assert.Contains("resolution 48", Refusal(new NetworkArchitecture { Resolution = 48 }), StringComparison.Ordinal);
        Assert.Contains("channels 0", Refusal(new NetworkArchitecture { Channels = 0 }), StringComparison.Ordinal);
        Assert.Contains("fmap base 16", Refusal(new NetworkArchitecture { Resolution = 1024, FmapBase = 16 }), StringComparison.Ordinal);
        Assert.Contains("stddev group 0", Refusal(new NetworkArchitecture { StdDevGroup = 0 }), StringComparison.Ordinal);
    }

    private static NetworkArchitecture Small => new() { Resolution = 16, FmapBase = 64, FmapMax = 16 };

    private static string Refusal(NetworkArchitecture architecture) => Assert.Throws<ArgumentException>(architecture.Validate).Message;

    private static void AssertCounts(NetworkArchitecture architecture, long generator, long discriminator)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(generator, new Generator(architecture).parameters().Sum(p => p.numel()));
        Assert.Equal(discriminator, new Discriminator(architecture).parameters().Sum(p => p.numel()));
    }
}
