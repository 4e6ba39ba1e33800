using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Pggan.Model.Tests;

/// <summary>
/// What pytorch_GAN_zoo does in a step, written out by its formulas: sums over the minibatch, libtorch's Adam and cross-entropy. Whole networks are compared
/// with the zoo's in <see cref="ForeignNetworkTests"/>.
/// </summary>
public sealed class ZooTrainingTests
{
    private const int N = 8;
    private const int Images = 20;
    private const double Rounding = 3e-4; // two computations of the same, after some steps of 0.001
    private static readonly int[] Sizes = [2, 3];

    private static readonly TrainerOptions Options = new()
    {
        Architecture = new NetworkArchitecture
        {
            Resolution = 16,
            FmapBase = 32,
            FmapMax = 6,
            FusedScale = false,
            LabelSize = 5,
            LabelGroups = [2, 3],
            Conventions = NetworkConventions.GanZoo,
        },
        Schedule = new GrowthScheduleOptions
        {
            Resolution = 16,
            TrainKimg = 0.016,
            TrainKimgAt = new Dictionary<int, double> { [4] = 0.024 },
            FadeKimg = 0.032,
            TotalKimg = 1,
            MinibatchBase = N,
        },
        MinibatchRepeats = 1,
        PenaltyScale = PenaltyScale.Native,
        LabelWeight = 0.5 / N,
        GeneratorLabelWeight = 2.0 / N,
        LabelLoss = LabelLossScope.Reals,
        EvenLabels = true,
        BalanceLabels = true,
        AverageAfter = AverageAfter.G,
        EmaBeta = 0.9,
        RestartAverage = true,
        ResetAfterFade = false,
        Epsilon = 1e-8 / N,
        Seed = 3,
    };

    /// <summary>Two attributes of two and three values; some are rare.</summary>
    private static readonly LabelTable Labels = new(Images, 5, (index, label) =>
    {
        label.Clear();
        label[index < 17 ? 0 : 1] = 1;
        label[2 + (index < 12 ? 0 : index < 19 ? 1 : 2)] = 1;
    });

    private static readonly Lazy<Checkpoint> Zoos = new(() => Train(Options, null, 9));

    [Fact]
    public void Each_step_up_to_16x16_is_the_zoos()
    {
        using ProgressiveTrainer trainer = new(Options, Labels);
        using Zoo zoo = new();
        List<int> resolutions = [];
        for (int step = 0; step < 16; step++)
        {
            resolutions.Add(trainer.Point.Stage.Resolution);
            (byte[] pixels, float[] labels) = Batch(trainer);
            (double ofDiscriminator, double ofGenerator) = zoo.Step(trainer.Point.Stage, trainer.Progress.Images, pixels, labels);
            StepMetrics metrics = trainer.Step(pixels, labels);
            Assert.Equal(ofDiscriminator / N, metrics.DiscriminatorLoss, 2e-3 * Math.Max(1, Math.Abs(ofDiscriminator / N)));
            Assert.Equal(ofGenerator / N, metrics.GeneratorLoss!.Value, 2e-3 * Math.Max(1, Math.Abs(ofGenerator / N)));
        }
        Assert.Equal([4, 8, 16], resolutions.Distinct());

        Checkpoint checkpoint = trainer.Capture(0, null);
        AssertAlike(zoo.Generator, "G/");
        AssertAlike(zoo.Discriminator, "D/");
        AssertAlike(zoo.Average, "G_ema/");

        void AssertAlike(nn.Module network, string prefix)
        {
            foreach ((string name, Parameter parameter) in network.named_parameters())
            {
                float[] expected = HostTensor.From(parameter).Data, actual = checkpoint.Tensors[prefix + name].Data;
                double worst = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max();
                Assert.True(worst < Rounding, $"{prefix}{name} is off by {worst}");
            }
        }
    }

    public static TheoryData<string, TrainerOptions> Undone => new()
    {
        { "labels of fakes too", Options with { LabelLoss = LabelLossScope.Both } },
        { "labels of the dataset", Options with { EvenLabels = false } },
        { "no balance", Options with { BalanceLabels = false } },
        { "average after D", Options with { AverageAfter = AverageAfter.D } },
        { "one average", Options with { RestartAverage = false } },
        { "reset after the fade", Options with { ResetAfterFade = true } },
        { "weight of the labels", Options with { LabelWeight = 0.5 } },
        { "official penalty", Options with { PenaltyScale = PenaltyScale.Official } },
    };

    /// <summary>By more than two computations of the same may differ.</summary>
    [Theory]
    [MemberData(nameof(Undone))]
    public void Without_any_part_of_it_the_training_is_another(string what, TrainerOptions options)
    {
        Checkpoint other = Train(options, null, 9);
        double most = Zoos.Value.Tensors.Where(t => !t.Key.Contains("_adam/", StringComparison.Ordinal))
            .Max(t => t.Value.Data.Zip(other.Tensors[t.Key].Data, (a, b) => Math.Abs(a - b)).Max());
        Assert.True(most > 2 * Rounding, $"{what} makes a difference of {most}");
    }

    /// <summary>Weights of the whole minibatch, so that parts add up to it.</summary>
    [Fact]
    public void A_training_in_parts_is_that_of_the_whole_and_resumes_to_the_byte()
    {
        Checkpoint whole = Train(Options, null, 12), half = Train(Options, null, 5);
        ProgressiveTrainerTests.AssertSame(whole, Train(Options, half, 7));
        Checkpoint parts = Train(Options with { MicroBatch = new Dictionary<int, int> { [4] = 4, [8] = 4, [16] = 4 } }, null, 3);
        foreach ((string name, HostTensor tensor) in Train(Options, null, 3).Tensors.Where(t => t.Key.StartsWith("D/head", StringComparison.Ordinal)))
            Assert.Equal(tensor.Data, parts.Tensors[name].Data, (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void After_each_step_of_the_generator_the_average_follows_it_at_once()
    {
        TrainerOptions options = Options with { EmaBeta = 0, DiscriminatorRepeats = 2 };
        using ProgressiveTrainer after = new(options, Labels), before = new(options with { AverageAfter = AverageAfter.D }, Labels);
        for (int step = 0; step < 4; step++)
        {
            Step(after);
            Step(before);
        }
        Assert.Equal(0, Distance(after));
        Assert.NotEqual(0, Distance(before));

        static double Distance(ProgressiveTrainer trainer)
        {
            Checkpoint at = trainer.Capture(0, null);
            return at.Tensors["G/stem.weight"].Data.Zip(at.Tensors["G_ema/stem.weight"].Data, (a, b) => Math.Abs(a - b)).Max();
        }
    }

    [Fact]
    public void A_half_life_counts_the_images_between_two_steps_of_the_generator()
    {
        TrainerOptions options = Options with { EmaHalfLifeKimg = 2 * N / 1000.0, DiscriminatorRepeats = 2 };
        using ProgressiveTrainer trainer = new(options, Labels);
        float[] start = Tensors("G_ema/stem.weight");
        Step(trainer);
        Assert.Equal(start, Tensors("G_ema/stem.weight"));
        Step(trainer);
        float[] now = Tensors("G/stem.weight"), average = Tensors("G_ema/stem.weight");
        for (int i = 0; i < now.Length; i++)
            Assert.Equal((start[i] + now[i]) / 2, average[i], 1e-6);

        float[] Tensors(string name) => trainer.Capture(0, null).Tensors[name].Data;
    }

    [Theory]
    [InlineData(true, true, 1)]   // 4 steps at 4x4, 3 while 8x8 fades in, and the first after it
    [InlineData(true, false, 4)]
    [InlineData(false, false, 8)]
    public void Optimizers_begin_anew_where_they_are_told_to(bool reset, bool afterFade, int updates)
    {
        using ProgressiveTrainer trainer = new(Options with { ResetOptimizers = reset, ResetAfterFade = afterFade }, Labels);
        while (trainer.Progress.Images == 0 || trainer.Capture(0, null).State.LastStage is not { Resolution: 8, IsFading: false })
            Step(trainer);
        TrainingState state = trainer.Capture(0, null).State;
        Assert.Equal((updates, updates), (state.GeneratorUpdates, state.DiscriminatorUpdates));
    }

    private static Checkpoint Train(TrainerOptions options, Checkpoint? from, int steps)
    {
        using ProgressiveTrainer trainer = new(options, Labels);
        if (from is not null)
            trainer.Restore(from);
        for (int i = 0; i < steps; i++)
            Step(trainer);
        return trainer.Capture(7, "digest");
    }

    private static void Step(ProgressiveTrainer trainer)
    {
        (byte[] pixels, float[] labels) = Batch(trainer);
        Assert.Equal(0, trainer.Step(pixels, labels).SkippedUpdates);
    }

    /// <summary>A function of the images seen.</summary>
    private static (byte[] Pixels, float[] Labels) Batch(ProgressiveTrainer trainer)
    {
        int resolution = trainer.Point.Stage.Resolution;
        Random random = new((int)trainer.Progress.Images);
        byte[] pixels = new byte[N * 3 * resolution * resolution];
        random.NextBytes(pixels);
        float[] labels = new float[N * Labels.Size];
        for (int i = 0; i < N; i++)
            Labels.Copy(random.Next(Images), labels.AsSpan(i * Labels.Size, Labels.Size));
        return (pixels, labels);
    }

    private sealed class Zoo : IDisposable
    {
        private readonly DisposeScope scope = NewDisposeScope();
        private TorchSharp.Modules.Adam ofDiscriminator;
        private TorchSharp.Modules.Adam ofGenerator;
        private int resolution = 4;

        public Zoo()
        {
            Generator = new Generator(Options.Architecture, Options.Seed);
            Discriminator = new Discriminator(Options.Architecture, Options.Seed);
            Average = new Generator(Options.Architecture, Options.Seed);
            (ofDiscriminator, ofGenerator) = (NewAdam(Discriminator), NewAdam(Generator));
        }

        public Generator Generator { get; }

        public Discriminator Discriminator { get; }

        public Generator Average { get; }

        /// <summary>Both losses, as sums over the minibatch.</summary>
        public (double OfDiscriminator, double OfGenerator) Step(GrowthStage stage, long images, byte[] pixels, float[] labels)
        {
            // A scale is added: other optimizers, another average.
            if (stage.Resolution != resolution)
            {
                resolution = stage.Resolution;
                (ofDiscriminator, ofGenerator) = (NewAdam(Discriminator), NewAdam(Generator));
                Average.load_state_dict(Generator.state_dict());
            }

            // A blend of the image and what is left of it at half its size; the zoo's alpha is the old one's share.
            double alpha = 1 - stage.Alpha;
            Tensor whole = tensor(pixels, [N, 3, resolution, resolution]).to(float32) / 127.5f - 1;
            Tensor reals = alpha > 0 ? (float)alpha * interpolate(avg_pool2d(whole, 2), scale_factor: [2, 2]) + (float)(1 - alpha) * whole : whole;

            // D.
            ofDiscriminator.zero_grad();
            (Tensor real, Tensor logits) = Discriminator.forward(reals, stage);
            (Tensor z, Tensor asked) = Noise(Purpose.DiscriminatorLatents, Purpose.DiscriminatorLabels, images);
            Tensor fakes = Generator.forward(z, asked, stage).detach();
            Tensor u = Chance.Uniform(N, Options.Seed, Purpose.MixingFactors, images);
            Tensor mixed = (u * fakes + (1 - u) * reals).detach().requires_grad_();
            Tensor gradient = autograd.grad([Discriminator.forward(mixed, stage).Scores.sum()], [mixed], retain_graph: true, create_graph: true)[0];
            Tensor lossD = -real.sum() + Discriminator.forward(fakes, stage).Scores.sum()
                + 10 * (gradient.reshape(N, -1).square().sum(1).sqrt() - 1).square().sum()
                + 0.001 * real.square().sum()
                + 0.5 * Classification(logits, tensor(labels, [N, Labels.Size]));
            lossD.backward();
            ofDiscriminator.step();

            // G, after D has seen the images.
            ofGenerator.zero_grad();
            (z, asked) = Noise(Purpose.GeneratorLatents, Purpose.GeneratorLabels, images + N);
            (Tensor scores, logits) = Discriminator.forward(Generator.forward(z, asked, stage), stage);
            Tensor lossG = -scores.sum() + 2 * Classification(logits, asked);
            lossG.backward();
            ofGenerator.step();

            // The average, after G.
            using (no_grad())
            {
                foreach ((Parameter average, Parameter now) in Average.parameters().Zip(Generator.parameters()))
                    average.mul_(Options.EmaBeta).add_(now * (float)(1 - Options.EmaBeta));
            }
            return (lossD.item<float>(), lossG.item<float>());
        }

        public void Dispose() => scope.Dispose();

        private static (Tensor Z, Tensor Asked) Noise(Purpose latents, Purpose labels, long images) =>
            (Chance.Normal(N, Options.Architecture.Latents, Options.Seed, latents, images),
            tensor(WholeLabel.Random(Options.Architecture, N, Options.Seed, labels, images).Data, [N, Labels.Size]));

        /// <summary>Of each attribute the weighted mean over the minibatch; a value's weight is images / (images with it + 1), at most 10.</summary>
        private static Tensor Classification(Tensor logits, Tensor labels)
        {
            Tensor sum = zeros(1);
            for (int attribute = 0, first = 0; attribute < Sizes.Length; first += Sizes[attribute++])
            {
                float[] weights = new float[Sizes[attribute]];
                for (int value = 0; value < weights.Length; value++)
                {
                    float[] label = new float[Labels.Size];
                    int with = Enumerable.Range(0, Images).Count(image =>
                    {
                        Labels.Copy(image, label);
                        return label[first + value] == 1;
                    });
                    weights[value] = MathF.Min(10, Images / (with + 1f));
                }
                sum += cross_entropy(logits.narrow(1, first, weights.Length), labels.narrow(1, first, weights.Length).argmax(1), weight: tensor(weights));
            }
            return sum;
        }

        private static TorchSharp.Modules.Adam NewAdam(nn.Module network) => optim.Adam(network.parameters(), lr: 0.001, beta1: 0, beta2: 0.99, eps: 1e-8);
    }
}
