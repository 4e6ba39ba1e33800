namespace Pggan.Model.Tests;

/// <summary>Trainings that begin with the weights of other networks.</summary>
public sealed class BeginningTests
{
    private static readonly NetworkArchitecture Small = new() { Resolution = 8, FmapBase = 32, FmapMax = 8, LatentSize = 8 };

    [Fact]
    public void Networks_of_a_lower_resolution_fill_the_layers_up_to_it()
    {
        using ProgressiveTrainer before = new(Options(Small, 1), null), begun = new(Options(Small with { Resolution = 32 }, 2), null), fresh = new(Options(Small with { Resolution = 32 }, 2), null);
        NetworkSnapshot networks = NetworkSnapshot.Of(before.Capture(0, null));
        begun.InitializeFrom(networks);
        IReadOnlyDictionary<string, HostTensor> tensors = begun.Capture(0, null).Tensors, seed = fresh.Capture(0, null).Tensors;
        foreach ((string name, HostTensor tensor) in tensors)
            Assert.Equal((networks.Tensors.TryGetValue(name, out HostTensor? old) ? old : seed[name]).Data, tensor.Data);
        Assert.Contains("G/blocks.1.conv0.weight", tensors.Keys.Except(networks.Tensors.Keys));

        // What it draws at their resolution is what they draw.
        HostTensor z = ImageSampler.Latents(2, 8, 1);
        using ImageSampler left = new(networks.Generator(raw: true), "cpu"), right = new(NetworkSnapshot.Of(begun.Capture(0, null)).Generator(raw: true), "cpu");
        Assert.Equal(left.Render(z, null, GrowthStage.Grown(8)).Data, right.Render(z, null, GrowthStage.Grown(8)).Data);
        ProgressiveTrainerTests.Step(begun);
    }

    [Fact]
    public void A_generator_alone_leaves_the_discriminator_to_the_seed()
    {
        using ProgressiveTrainer before = new(Options(Small, 1), null), begun = new(Options(Small, 2), null), fresh = new(Options(Small, 2), null);
        begun.InitializeFrom(NetworkSnapshot.Of(before.CaptureGenerator()));
        IReadOnlyDictionary<string, HostTensor> tensors = begun.Capture(0, null).Tensors;
        Assert.Equal(before.CaptureGenerator().Tensors["stem.weight"].Data, tensors["G/stem.weight"].Data);
        Assert.Equal(before.CaptureGenerator().Tensors["stem.weight"].Data, tensors["G_ema/stem.weight"].Data);
        Assert.Equal(fresh.Capture(0, null).Tensors["D/fromRgb.0.weight"].Data, tensors["D/fromRgb.0.weight"].Data);
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        Assert.Null(Small.MisfitIn(Small with { Resolution = 64 }));
        Assert.Null(Small.MisfitIn(Small with { FeatureMapList = new FeatureMapList([8, 8, 8]) })); // the same by other words
        AssertMisfit("they have 8 feature maps at 8x8, and the run has 4", Small with { FmapBase = 16 });
        AssertMisfit("they are for 8x8, and the run ends at 4x4", Small with { Resolution = 4 });
        AssertMisfit("they have latent components 8, and the run has 9", Small with { LatentSize = 9 });
        AssertMisfit("fused_scale True", Small with { FusedScale = false });
        AssertMisfit("conventions Official", Small with { Conventions = NetworkConventions.GanZoo });
        using ProgressiveTrainer before = new(Options(Small, 1), null), other = new(Options(Small with { Channels = 1 }, 2), null);
        Assert.Contains("another architecture: they have colour channels 3", Assert.Throws<ArgumentException>(() => other.InitializeFrom(NetworkSnapshot.Of(before.Capture(0, null)))).Message, StringComparison.Ordinal);

        static void AssertMisfit(string says, NetworkArchitecture other) => Assert.Contains(says, Small.MisfitIn(other), StringComparison.Ordinal);
    }

    [Fact]
    public void A_half_faded_network_goes_on_with_its_fade_and_a_checkpoint_of_that_to_the_byte()
    {
        TrainerOptions options = Options(Small, 1);
        options = options with { MinibatchRepeats = 1, Schedule = options.Schedule with { InitialAlpha = 0.25 } };
        using ProgressiveTrainer unbroken = new(options, null), broken = new(options, null), resumed = new(options, null);
        Assert.Equal((new GrowthStage(8, 0.25), 0), (unbroken.Point.Stage, unbroken.Progress.Images));
        for (int i = 0; i < 6; i++)
            ProgressiveTrainerTests.Step(unbroken);
        for (int i = 0; i < 3; i++)
            ProgressiveTrainerTests.Step(broken);
        Checkpoint checkpoint = broken.Capture(0, null);
        Assert.Equal(0.25 + 8 / 100.0, checkpoint.State.Stage.Alpha, 1e-12); // of the third step
        resumed.Restore(checkpoint);
        for (int i = 0; i < 3; i++)
            ProgressiveTrainerTests.Step(resumed);
        Checkpoint expected = unbroken.Capture(0, null), actual = resumed.Capture(0, null);
        Assert.Equal(expected.State.Progress, actual.State.Progress);
        Assert.All(expected.Tensors, t => Assert.Equal(t.Value.Data, actual.Tensors[t.Key].Data));
    }

    private static TrainerOptions Options(NetworkArchitecture architecture, long seed) => new()
    {
        Architecture = architecture,
        Schedule = new GrowthScheduleOptions { Resolution = architecture.Resolution, InitialResolution = Math.Min(8, architecture.Resolution), TrainKimg = 0.1, FadeKimg = 0.1, TotalKimg = 1, MinibatchBase = 4 },
        Seed = seed,
    };
}
