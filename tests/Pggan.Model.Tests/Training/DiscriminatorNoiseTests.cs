using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class DiscriminatorNoiseTests
{
    public static TheoryData<NetworkArchitecture, int> Networks => new()
    {
        { new NetworkArchitecture { Resolution = 16, FmapBase = 64, FmapMax = 12, StdDevGroup = 1 }, 16 },
        { new NetworkArchitecture { Resolution = 16, FmapBase = 64, FmapMax = 12, StdDevGroup = 1, FusedScale = false }, 8 },
        { new NetworkArchitecture { Resolution = 16, FmapBase = 64, FmapMax = 12, StdDevGroup = 1 }, 4 },
    };

    [Fact]
    public void Gdrop_follows_the_discriminators_loss_between_0_and_1()
    {
        NoiseLevel level = new(DiscriminatorNoise.Gdrop);
        for (int k = 1; k <= 30; k++)
        {
            level.Follow(loss: 7, fakeScore: -100);
            double d = 1 - Math.Pow(0.9, k);
            Assert.Equal(d, level.Average, 1e-12);
            Assert.Equal(d < 0.5 ? 0 : 0.2 * (d - 0.5) * (d - 0.5), level.Strength, 1e-12);
        }
        level.Follow(loss: -7, fakeScore: 100);
        Assert.Equal(0.9 * (1 - Math.Pow(0.9, 30)), level.Average, 1e-12);
    }

    [Fact]
    public void Without_noise_nothing_is_followed()
    {
        NoiseLevel level = new(DiscriminatorNoise.Off);
        level.Follow(loss: 1, fakeScore: 5);
        Assert.Equal((0, 0), (level.Average, level.Strength));
    }

    /// <summary>Once for each step of G, by the last step of D before it.</summary>
    [Fact]
    public void It_follows_once_both_networks_have_learnt()
    {
        using ProgressiveTrainer trainer = new(ProgressiveTrainerTests.Options() with { DiscriminatorNoise = DiscriminatorNoise.Gdrop, DiscriminatorRepeats = 2 }, null);
        ProgressiveTrainerTests.Step(trainer);
        Assert.Equal(0, trainer.Capture(0, null).State.NoiseAverage);
        double loss = ProgressiveTrainerTests.Step(trainer).DiscriminatorLoss;
        Assert.Equal(0.1 * Math.Clamp(loss, 0, 1), trainer.Capture(0, null).State.NoiseAverage, 1e-12);
    }

    [Fact]
    public void Instance_noise_follows_the_score_of_fakes_wherever_it_is()
    {
        NoiseLevel level = new(DiscriminatorNoise.Instance);
        level.Follow(loss: 0, fakeScore: 30);
        Assert.Equal(3, level.Average, 1e-12);
        Assert.Equal(0.2 * 2.5 * 2.5, level.Strength, 1e-12);
        level.Follow(loss: 0, fakeScore: double.NaN);
        level.Follow(loss: 0, fakeScore: double.NegativeInfinity);
        Assert.Equal(3, level.Average, 1e-12);
    }

    /// <summary>
    /// Without biases a score is proportional to what enters each layer. Draws of 1 everywhere multiply it once for each layer with noise, by 1 + strength
    /// * sqrt(C): those of C feature maps before both convolutions of a block, the last convolution and the dense layer.
    /// </summary>
    [Theory]
    [MemberData(nameof(Networks))]
    public void Each_layer_but_the_first_and_the_last_is_multiplied_once(NetworkArchitecture architecture, int resolution)
    {
        using var scope = NewDisposeScope();
        Discriminator discriminator = new(architecture, 1);
        GrowthStage stage = GrowthStage.Grown(resolution);
        int level = architecture.LevelOf(resolution), columns = LayerNoise.Columns(architecture, level);
        Tensor images = Chance.Normal(3, 3 * resolution * resolution, 1, Purpose.Samples, 0).reshape(3, 3, resolution, resolution); // whose scores are not near 0
        const double strength = 0.3;
        double factor = Math.Pow(Factor(1), 2) * Enumerable.Range(1, level).Aggregate(1.0, (all, k) => all * Math.Pow(Factor(k + 1), 2));
        Tensor plain = discriminator.forward(images, stage).Scores, noisy = discriminator.Examine(images, stage, new LayerNoise(ones(3, columns), strength)).Scores;
        Assert.Equal(0, (noisy / plain - factor).abs().max().item<float>(), 1e-4f * (float)factor);

        // All columns are taken, and no more.
        Assert.ThrowsAny<Exception>(() => discriminator.Examine(images, stage, new LayerNoise(ones(3, columns - 1), strength)));

        double Factor(int k) => 1 + strength * Math.Sqrt(architecture.FeatureMaps(k));
    }

    [Fact]
    public void Each_map_of_each_image_has_a_factor_of_its_own()
    {
        using var scope = NewDisposeScope();
        Tensor normal = randn(50, 64);
        Tensor y = LayerNoise.On(ones(50, 64, 4, 4), new LayerNoise(normal, 0.25)); // strength * sqrt(C) = 2
        Assert.Equal(0, (y - (normal * 2 + 1).reshape(50, 64, 1, 1)).abs().max().item<float>(), 1e-5f);
    }

    [Theory]
    [InlineData(AdversarialLoss.WganGp, DiscriminatorNoise.Gdrop)]
    [InlineData(AdversarialLoss.Lsgan, DiscriminatorNoise.Gdrop)]
    [InlineData(AdversarialLoss.LsganNash, DiscriminatorNoise.Instance)]
    public void A_resumed_training_has_the_noise_of_one_that_never_stopped(AdversarialLoss loss, DiscriminatorNoise noise)
    {
        TrainerOptions options = ProgressiveTrainerTests.Options() with { Loss = loss, DiscriminatorNoise = noise };
        using ProgressiveTrainer first = new(options, null), quiet = new(options, null);
        Checkpoint start = first.Capture(0, null);
        first.Restore(start with { State = start.State with { NoiseAverage = 2 } });
        Steps(first, 3);
        Steps(quiet, 3);
        Checkpoint middle = first.Capture(0, null);
        Assert.NotEqual(middle.State.NoiseAverage, quiet.Capture(0, null).State.NoiseAverage);
        Assert.NotEqual(middle.Tensors["D/head.conv.weight"].Data, quiet.Capture(0, null).Tensors["D/head.conv.weight"].Data);

        using TempFolder temp = new();
        CheckpointFile.Write(temp["a"], middle);
        using ProgressiveTrainer second = new(options, null);
        second.Restore(CheckpointFile.Read(temp["a"]));
        Steps(first, 20);
        Steps(second, 20);
        ProgressiveTrainerTests.AssertSame(first.Capture(0, null), second.Capture(0, null));
    }

    [Theory]
    [InlineData(AdversarialLoss.WganGp, DiscriminatorNoise.Gdrop)]
    [InlineData(AdversarialLoss.LsganNash, DiscriminatorNoise.Instance)]
    public void A_step_in_parts_has_the_noise_of_the_whole(AdversarialLoss loss, DiscriminatorNoise noise)
    {
        TrainerOptions options = ProgressiveTrainerTests.Options() with { Loss = loss, DiscriminatorNoise = noise, MinibatchRepeats = 1, Epsilon = 1e-2 };
        Checkpoint whole = After(options), parts = After(options with { MicroBatch = new Dictionary<int, int> { [4] = 4 } });
        Assert.Equal(whole.State.NoiseAverage, parts.State.NoiseAverage, 1e-5);
        foreach ((string name, HostTensor expected) in whole.Tensors)
        {
            float tolerance = 1e-4f * expected.Data.Max(Math.Abs) + 2e-9f;
            Assert.True(expected.Data.Zip(parts.Tensors[name].Data, (a, b) => Math.Abs(a - b)).Max() <= tolerance, name);
        }

        static Checkpoint After(TrainerOptions options)
        {
            using ProgressiveTrainer trainer = new(options, null);
            Checkpoint start = trainer.Capture(0, null);
            trainer.Restore(start with { State = start.State with { NoiseAverage = 2 } });
            Steps(trainer, 1);
            return trainer.Capture(0, null);
        }
    }

    private static void Steps(ProgressiveTrainer trainer, int count)
    {
        for (int i = 0; i < count; i++)
            ProgressiveTrainerTests.Step(trainer);
    }
}
