using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>
/// Whole trainings beside <see cref="WrittenOut"/>, which has the same weights at the start, draws and reals: after each step all weights, averages and moments
/// are the same. It goes on from those of the training, so that rounding does not add up; what decides when is done (images, schedule, counts) goes its own way.
/// </summary>
public sealed class ReferenceTrajectoryTests
{
    /// <summary>
    /// Of weights, which begin as N(0, 1): a hundredth of what an update moves them by. Gradients in fp32 are off by a millionth of their largest, and where one is
    /// a thousandth of that Adam's first update, which is its sign, moves the weight all the same. Of several seeds the worst was 8e-6.
    /// </summary>
    private const double WeightTolerance = 3e-5;

    /// <summary>Of the largest moment of a tensor; squares are off twice as far as gradients. The worst was 5e-5.</summary>
    private const double MomentTolerance = 1e-4;

    /// <summary>Of a loss. The worst was 5e-7.</summary>
    private const double LossTolerance = 5e-6;

    /// <summary>Of weights and moments where the slope of a leaky ReLU is in doubt. The worst was 0.012, in one of several hundred steps.</summary>
    private const double DoubtfulTolerance = 0.05;

    private static readonly float[][] LabelsOfDataset = [.. Enumerable.Range(0, 10).Select(i => i < 3 ? new float[] { 1, 0 } : [0, 1])];

    /// <summary>
    /// Four images a step and a few steps a group, so that it comes through all kinds of phases soon: 4x4, a fade, 8x8, the fade to 16x16. With five feature maps
    /// at least, no pixel's features are all near zero, where the pixel norm would make rounding large.
    /// </summary>
    private static readonly TrainerOptions Plain = new()
    {
        Architecture = new NetworkArchitecture { Resolution = 16, FeatureMapList = new FeatureMapList([7, 8, 6, 5]), LatentSize = 5 },
        Schedule = new GrowthScheduleOptions
        {
            Resolution = 16,
            TrainKimg = 0.024,
            FadeKimg = 0.036,
            TotalKimg = 1,
            MinibatchBase = 4,
            GeneratorLearningRate = 0.003,
            DiscriminatorLearningRate = 0.002,
        },
        MinibatchRepeats = 2,
        DiscriminatorRepeats = 2,
        EmaBeta = 0.8, // the average is to be seen moving
        Drift = 0.1,   // and so is the bias of the score, whose gradient is the drift's alone
        Seed = 5,
    };

    public static TheoryData<string, TrainerOptions, int, int[]> Trainings => new()
    {
        { "as published", Plain, 0, [4, 4, 8, 8, 8, 8, 16, 16, 16] },
        {
            "labels, a base of 4x6, numbers of each resolution", Plain with
            {
                Architecture = Plain.Architecture with { LabelSize = 2, BaseHeight = 6, FusedScale = false },
                Schedule = Plain.Schedule with
                {
                    TrainKimg = 0.06, FadeKimg = 0.09,
                    Minibatch = new Dictionary<int, int> { [8] = 8 },
                    GeneratorLearningRates = new Dictionary<int, double> { [8] = 0.001 },
                    DiscriminatorLearningRates = new Dictionary<int, double> { [8] = 0.004, [16] = 0.001 },
                },
                MinibatchRepeats = 4, Beta1 = 0.5, Beta2 = 0.9, Epsilon = 1e-3, EmaHalfLifeKimg = 0.02,
            }, 0, [4, 4, 8, 8, 8, 16]
        },
        {
            "both at once, grown by hand", Plain with
            {
                Architecture = Plain.Architecture with { LabelSize = 2, Channels = 1 },
                Schedule = Plain.Schedule with { TrainKimg = 0.06, FadeKimg = 0.03, RampKimg = 0.1 },
                MinibatchRepeats = 3, DiscriminatorRepeats = 1, SimultaneousUpdate = true,
                PenaltyScale = PenaltyScale.Native, PenaltyTarget = 2.5, LabelWeight = 2, GeneratorLabelWeight = 0.5,
            }, 3, [4, 4, 8, 8, 8]
        },
    };

    /// <param name="name">Of the case.</param>
    /// <param name="options">Of both.</param>
    /// <param name="growAfter">Steps before a growth by hand; 0 = none.</param>
    /// <param name="resolutions">Of each group of steps, so that no case ends before what it is for.</param>
    [Theory]
    [MemberData(nameof(Trainings))]
    public void A_training_is_what_the_formulas_written_out_say(string name, TrainerOptions options, int growAfter, int[] resolutions)
    {
        Assert.NotEmpty(name);
        using var scope = NewDisposeScope();
        int size = options.Architecture.LabelSize, group = options.MinibatchRepeats * options.DiscriminatorRepeats, steps = 0, doubtful = 0;
        LabelTable? table = size > 0 ? new LabelTable(LabelsOfDataset.Length, size, (index, label) => LabelsOfDataset[index].CopyTo(label)) : null;
        using ProgressiveTrainer trainer = new(options, table);
        WrittenOut expected = new(options, trainer.Capture(0, null).Tensors, LabelsOfDataset);
        Random random = new(1);
        (byte[] Pixels, float[] Labels) batch = default;
        foreach (long images in expected.Run((minibatch, resolution) => batch = Batch(options.Architecture, minibatch, resolution, random)).Take(resolutions.Length * group))
        {
            Assert.Equal(resolutions[steps / group], trainer.Point.Stage.Resolution);
            Assert.Equal(expected.Lod, trainer.Point.Lod, 1e-12);
            StepMetrics step = trainer.Step(batch.Pixels, batch.Labels);
            Assert.Equal((images, expected.Minibatch, 0), (step.Images, step.Minibatch, step.SkippedUpdates));
            Assert.Equal(expected.LossOfD, step.DiscriminatorLoss, LossTolerance * (1 + Math.Abs(expected.LossOfD)));
            Assert.Equal(expected.LossOfG.HasValue, step.GeneratorLoss.HasValue);
            Assert.Equal(expected.LossOfG ?? 0, step.GeneratorLoss ?? 0, LossTolerance * (1 + Math.Abs(expected.LossOfG ?? 0)));
            Checkpoint actual = trainer.Capture(0, null);
            AssertSame(expected, actual, ++steps);
            doubtful += expected.IsDoubtful ? 1 : 0;
            expected.TakeOver(actual.Tensors);
            if (steps == growAfter)
            {
                Assert.True(trainer.TryGrow(out string? refusal), refusal);
                expected.GrowByHand();
            }
        }
        Assert.InRange(doubtful, 0, steps / 3); // or it would prove little
    }

    private static void AssertSame(WrittenOut expected, Checkpoint actual, int step)
    {
        Assert.Equal(expected.Updates, ((int)actual.State.GeneratorUpdates, (int)actual.State.DiscriminatorUpdates));
        Assert.Equal(expected.Tensors().Select(t => t.Name).Order(), actual.Tensors.Keys.Order());
        foreach ((string name, Tensor value) in expected.Tensors())
        {
            double[] numbers = value.data<double>().ToArray();
            bool isMoment = name.Contains("_adam/", StringComparison.Ordinal);
            double largest = numbers.Max(Math.Abs), size = isMoment ? largest : Math.Max(largest, 1);
            double tolerance = size * (expected.IsDoubtful ? DoubtfulTolerance : isMoment ? MomentTolerance : WeightTolerance);
            double off = numbers.Zip(actual.Tensors[name].Data, (e, a) => Math.Abs(e - a)).Max();
            Assert.True(off <= tolerance, $"step {step}: {name} is off by {off:e2} of {largest:e2}");
        }
    }

    /// <summary>Reals with the label of their brightness.</summary>
    private static (byte[] Pixels, float[] Labels) Batch(NetworkArchitecture architecture, int minibatch, int resolution, Random random)
    {
        byte[] pixels = new byte[minibatch * architecture.BytesAt(resolution)];
        float[] labels = new float[minibatch * architecture.LabelSize];
        for (int i = 0; i < minibatch; i++)
        {
            int bright = random.Next(2);
            foreach (ref byte pixel in pixels.AsSpan(i * architecture.BytesAt(resolution), architecture.BytesAt(resolution)))
                pixel = (byte)(random.Next(128) + 128 * bright);
            if (architecture.LabelSize > 0)
                labels[i * architecture.LabelSize + bright] = 1;
        }
        return (pixels, labels);
    }
}
