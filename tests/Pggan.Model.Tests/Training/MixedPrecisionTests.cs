using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>Trainings whose networks compute in half precision.</summary>
public sealed class MixedPrecisionTests
{
    /// <summary>A loss scale that fits these networks, and one that does not yet.</summary>
    private const double Fits = 8, TooMuch = 22;

    private static TrainerOptions Options => ProgressiveTrainerTests.Options() with
    {
        MinibatchRepeats = 1,
        Schedule = ProgressiveTrainerTests.Options().Schedule with { TrainKimg = 1, FadeKimg = 1, TotalKimg = 9 },
    };

    [Fact]
    public void Updates_are_skipped_until_the_loss_scale_fits_and_nobody_suspects_a_divergence()
    {
        using ProgressiveTrainer trainer = new(Options with { Precision = Precision.Fp16 }, null);
        int skipped = 0, steps = 0;
        StepMetrics step;
        do
        {
            step = ProgressiveTrainerTests.Step(trainer);
            TrainingState state = trainer.Capture(0, null).State;
            skipped += step.SkippedUpdates;
            if (++steps <= 40)
                Assert.Equal((true, 2, 64.0 - steps, 64.0 - steps), (step.Overflowed, step.SkippedUpdates, step.GeneratorLossScale, step.DiscriminatorLossScale));
            Assert.True(state.IsSound);
            Assert.Equal((skipped, step.DiscriminatorLossScale), (state.SkippedUpdates, state.DiscriminatorLossScale));
        }
        while (step.SkippedUpdates > 0 && steps < 64);

        Assert.False(step.Overflowed);
        Assert.InRange(step.DiscriminatorLossScale!.Value, 2, 24);
        Assert.All([step.DiscriminatorLoss, step.GradientNorm, step.GradientPenalty], number => Assert.True(float.IsFinite(number)));
    }

    [Fact]
    public void Weights_that_are_lost_are_a_divergence_when_the_scale_can_no_longer_be_why()
    {
        using ProgressiveTrainer trainer = NewTrainer(Options, Precision.Fp16, 5);
        Checkpoint checkpoint = trainer.Capture(0, null);
        checkpoint.Tensors["D/head.conv.weight"].Data[0] = float.NaN;
        trainer.Restore(checkpoint);
        int steps = 0;
        TrainingDivergedException diverged = Assert.Throws<TrainingDivergedException>(() =>
        {
            for (; steps < 100; steps++)
                ProgressiveTrainerTests.Step(trainer);
        });
        Assert.Equal(5 + 50 - 1, steps);
        Assert.Contains("50 updates in a row", diverged.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Precision.Fp16, TooMuch)]
    [InlineData(Precision.Fp16, Fits)]
    [InlineData(Precision.Bf16, null)]
    public void A_resumed_training_equals_one_that_never_stopped(Precision precision, double? scale)
    {
        TrainerOptions options = Options with { MicroBatch = new Dictionary<int, int> { [4] = 4 } };
        using ProgressiveTrainer unbroken = NewTrainer(options, precision, scale), resumed = NewTrainer(options, precision, null);
        for (int i = 0; i < 3; i++)
            ProgressiveTrainerTests.Step(unbroken);
        using TempFolder temp = new();
        CheckpointFile.Write(temp["a"], unbroken.Capture(0, null));
        resumed.Restore(CheckpointFile.Read(temp["a"]));
        for (int i = 0; i < 17; i++)
        {
            ProgressiveTrainerTests.Step(unbroken);
            ProgressiveTrainerTests.Step(resumed);
        }
        Checkpoint end = unbroken.Capture(0, null);
        Assert.True(end.State is { DiscriminatorUpdates: > 0, GeneratorUpdates: > 0 });
        Assert.Equal(scale == TooMuch, end.State.SkippedUpdates > 3);
        ProgressiveTrainerTests.AssertSame(end, resumed.Capture(0, null));
    }

    [Fact]
    public void A_training_goes_on_in_another_precision_and_its_checkpoints_are_the_same_files()
    {
        using TempFolder temp = new();
        using ProgressiveTrainer full = new(Options, null), half = new(Options with { Precision = Precision.Fp16 }, null), back = new(Options, null);
        for (int i = 0; i < 3; i++)
            ProgressiveTrainerTests.Step(full);
        Checkpoint checkpoint = full.Capture(0, null);
        CheckpointFile.Write(temp["a"], checkpoint);
        Assert.DoesNotContain("loss_scale", File.ReadAllText(Path.Combine(temp["a"], CheckpointFile.ManifestName)), StringComparison.Ordinal);

        half.Restore(CheckpointFile.Read(temp["a"]));
        Assert.Equal(LossScale.Start, half.Capture(0, null).State.DiscriminatorLossScale);
        ProgressiveTrainerTests.AssertSame(checkpoint, half.Capture(0, null) with { State = checkpoint.State });
        ProgressiveTrainerTests.Step(half);
        CheckpointFile.Write(temp["b"], half.Capture(0, null));
        back.Restore(CheckpointFile.Read(temp["b"]));
        Assert.Null(back.Capture(0, null).State.DiscriminatorLossScale);
        Assert.Equal(0, ProgressiveTrainerTests.Step(back).SkippedUpdates);
    }

    [Theory]
    [InlineData(Precision.Fp16, TooMuch)]
    [InlineData(Precision.Fp16, Fits)]
    [InlineData(Precision.Bf16, null)]
    public void A_step_leaves_no_live_tensor_behind(Precision precision, double? scale)
    {
        using ProgressiveTrainer trainer = NewTrainer(Options with { MicroBatch = new Dictionary<int, int> { [4] = 4 } }, precision, scale);
        ProgressiveTrainerTests.Step(trainer);
        long before = LiveTensors.BeforeMeasuring();
        for (int i = 0; i < 3; i++)
            ProgressiveTrainerTests.Step(trainer);
        Assert.Equal(before, Tensor.TotalCount);
    }

    /// <summary>From the same weights and draws on; the first loss differs by rounding, later ones by what became of it.</summary>
    [Theory]
    [InlineData(Precision.Fp16, 0.002)]
    [InlineData(Precision.Bf16, 0.02)]
    public void Losses_stay_near_those_in_fp32(Precision precision, double atFirst)
    {
        using ProgressiveTrainer full = new(Options, null), half = NewTrainer(Options, precision, Fits);
        for (int i = 0; i < 25; i++)
        {
            StepMetrics expected = ProgressiveTrainerTests.Step(full), step = ProgressiveTrainerTests.Step(half);
            Assert.Equal(0, step.SkippedUpdates);
            double size = 1 + Math.Abs(expected.DiscriminatorLoss), tolerance = i == 0 ? atFirst : 0.05;
            Assert.InRange(Math.Abs(step.DiscriminatorLoss - expected.DiscriminatorLoss) / size, 0, tolerance);
            Assert.InRange(Math.Abs(step.GeneratorLoss!.Value - expected.GeneratorLoss!.Value), 0, tolerance);
        }
    }

    [Fact]
    public void An_unknown_precision_is_refused() =>
        Assert.Contains("no precision 7", Assert.Throws<ArgumentException>((Options with { Precision = (Precision)7 }).Validate).Message, StringComparison.Ordinal);

    /// <summary>A training at its start, with loss scales that it would have come to.</summary>
    private static ProgressiveTrainer NewTrainer(TrainerOptions options, Precision precision, double? scale)
    {
        ProgressiveTrainer trainer = new(options with { Precision = precision }, null);
        Checkpoint start = trainer.Capture(0, null);
        trainer.Restore(start with { State = start.State with { GeneratorLossScale = scale, DiscriminatorLossScale = scale } });
        return trainer;
    }
}
