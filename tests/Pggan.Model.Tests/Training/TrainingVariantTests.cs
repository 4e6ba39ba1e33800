namespace Pggan.Model.Tests;

/// <summary>Variants of the seeds that change what a step is made of.</summary>
public sealed class TrainingVariantTests
{
    public static TheoryData<string, TrainerOptions> Variants => new()
    {
        { "gdpp", Options with { GdppWeight = 1 } },
        { "simultaneous", Options with { SimultaneousUpdate = true } },
        { "ramp", Options with { Schedule = Options.Schedule with { RampKimg = 0.1 } } },
        { "lsgan-nash", Options with { Loss = AdversarialLoss.LsganNash } },
        { "plain weights, ReLU, tanh", Options with { Architecture = Options.Architecture with { EqualizedLearningRate = false, LeakyRelu = false, TanhOutput = true } } },
        { "where Table 1 begins", Options with { Architecture = TableOneNetworkTests.Architecture, DiscriminatorRepeats = 5, Beta2 = 0.9, Drift = 0 } },
        { "dcgan", Dcgan },
        { "dcgan and gdpp", Dcgan with { GdppWeight = 1 } },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_resumed_training_equals_one_that_never_stopped(string name, TrainerOptions options)
    {
        Assert.NotEmpty(name);
        using ProgressiveTrainer unbroken = new(options, null), resumed = new(options, null);
        for (int i = 0; i < 5; i++)
            Assert.Equal(0, ProgressiveTrainerTests.Step(unbroken).SkippedUpdates);
        using TempFolder temp = new();
        CheckpointFile.Write(temp["a"], unbroken.Capture(0, null));
        resumed.Restore(CheckpointFile.Read(temp["a"]));
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(0, ProgressiveTrainerTests.Step(unbroken).SkippedUpdates);
            ProgressiveTrainerTests.Step(resumed);
        }
        ProgressiveTrainerTests.AssertSame(unbroken.Capture(0, null), resumed.Capture(0, null));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_step_leaves_no_live_tensor_behind(string name, TrainerOptions options)
    {
        Assert.NotEmpty(name);
        using ProgressiveTrainer trainer = new(options with { DiscriminatorNoise = DiscriminatorNoise.Gdrop }, null);
        for (int i = 0; i < 4; i++)
            ProgressiveTrainerTests.Step(trainer);
        long before = LiveTensors.BeforeMeasuring();
        for (int i = 0; i < 4; i++)
            ProgressiveTrainerTests.Step(trainer);
        Assert.Equal(before, TorchSharp.torch.Tensor.TotalCount);
    }

    [Fact]
    public void Updated_together_the_generator_learns_from_the_discriminator_that_was()
    {
        // Whether D moves far or not at all in the same step makes no difference to G.
        Assert.Equal(GeneratorAfterAStep(Options with { SimultaneousUpdate = true }, 1e-3), GeneratorAfterAStep(Options with { SimultaneousUpdate = true }, 1e-30));
        Assert.NotEqual(GeneratorAfterAStep(Options, 1e-3), GeneratorAfterAStep(Options, 1e-30));

        static float[] GeneratorAfterAStep(TrainerOptions options, double discriminatorRate)
        {
            using ProgressiveTrainer trainer = new(options with { Schedule = options.Schedule with { DiscriminatorLearningRate = discriminatorRate } }, null);
            ProgressiveTrainerTests.Step(trainer);
            return trainer.Capture(0, null).Tensors["G/stem.weight"].Data;
        }
    }

    [Fact]
    public void Gdpp_adds_its_term_to_the_generators_loss_alone()
    {
        using ProgressiveTrainer plain = new(Options, null), diverse = new(Options with { GdppWeight = 0.5 }, null);
        StepMetrics without = ProgressiveTrainerTests.Step(plain), with = ProgressiveTrainerTests.Step(diverse);
        Assert.Equal(without.DiscriminatorLoss, with.DiscriminatorLoss);

        // Between no eigenvector in its place, and all; the difference of eigenvalues weighs little.
        Assert.InRange(with.GeneratorLoss!.Value - without.GeneratorLoss!.Value, -0.5 * 8, 0.5 * 1e-4 * 64);
        Assert.NotEqual(without.GeneratorLoss, with.GeneratorLoss);
    }

    [Theory]
    [InlineData(0, 0.006737946999085467)]
    [InlineData(10_000, 0.060054667895307945)]
    [InlineData(20_000, 0.2865047968601901)]
    [InlineData(39_999, 0.9999999968750001)]
    [InlineData(40_000, 1)]
    [InlineData(90_000, 1)]
    public void Learning_rates_rise_over_the_first_images(double images, double share)
    {
        GrowthScheduleOptions options = new() { Resolution = 4, RampKimg = 40, GeneratorLearningRate = 0.5, DiscriminatorLearningRate = 0.25 };
        SchedulePoint point = GrowthSchedule.Create(options).At(images);
        Assert.Equal(0.5 * share, point.GeneratorLearningRate, 1e-15);
        Assert.Equal(0.25 * share, point.DiscriminatorLearningRate, 1e-15);
    }

    public static TheoryData<TrainerOptions, string> Impossible => new()
    {
        { Options with { GdppWeight = -1 }, "gdpp weight -1" },
        { Options with { GdppWeight = 1, MicroBatch = new Dictionary<int, int> { [4] = 4 } }, "micro-batch 4 at 4 px divides a minibatch of 8, which gdpp computes whole" },
        { Options with { Architecture = TableOneNetworkTests.Architecture with { DiscriminationKernels = 0 }, MicroBatch = new Dictionary<int, int> { [16] = 4 } }, "a minibatch of 8, which batch norm computes whole" },
        { Options with { Architecture = TableOneNetworkTests.Architecture, MicroBatch = new Dictionary<int, int> { [16] = 4 } }, "a minibatch of 8, which minibatch discrimination computes whole" },
        { Options with { Architecture = TableOneNetworkTests.Architecture, Device = "cpu,cpu" }, "minibatch discrimination looks at the images of a minibatch together, so that 2 devices can't share them" },
        { Options with { Architecture = TableOneNetworkTests.Architecture, Schedule = Options.Schedule with { MinibatchBase = 1 } }, "minibatch discrimination compares images" },
        { Dcgan with { MicroBatch = new Dictionary<int, int> { [16] = 4 } }, "micro-batch 4 at 16 px divides a minibatch of 8, which batch norm computes whole" },
        { Options with { GdppWeight = 1, Architecture = Options.Architecture with { FmapMax = 4 } }, "gdpp compares 2 to 4 images" },
        { Options with { SimultaneousUpdate = true, DiscriminatorRepeats = 2 }, "1 discriminator repeat, not 2" },
        { Options with { Schedule = Options.Schedule with { RampKimg = -1 } }, "ramp kimg -1" },
        { Options with { Architecture = Options.Architecture with { Layout = NetworkLayout.Dcgan } }, "the preset dcgan sets all of them" },
        { Options with { Architecture = Options.Architecture with { Layout = (NetworkLayout)7 } }, "no layout 7" },
        { Dcgan with { Loss = AdversarialLoss.WganGp }, "batch norm mixes the images" },
        { Dcgan with { Loss = AdversarialLoss.Logistic }, "batch norm mixes the images" },
        { Dcgan with { Schedule = Dcgan.Schedule with { InitialResolution = 8 } }, "a DCGAN does not grow" },
        { Dcgan with { Architecture = Dcgan.Architecture with { Resolution = 4 } }, "resolution 4 of a DCGAN must be at least 8" },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void What_does_not_fit_is_refused(TrainerOptions options, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);

    private static TrainerOptions Options => ProgressiveTrainerTests.Options() with { MinibatchRepeats = 1 };

    private static TrainerOptions Dcgan => Options with
    {
        Architecture = DcganTests.Architecture,
        Schedule = Options.Schedule with { InitialResolution = 16 },
        Loss = AdversarialLoss.Dcgan,
        Beta1 = 0.5,
        Beta2 = 0.999,
        EmaBeta = 0,
    };
}
