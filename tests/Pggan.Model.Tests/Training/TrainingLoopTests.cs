namespace Pggan.Model.Tests;

/// <summary>What happens in which step of a training, and in which order.</summary>
public sealed class TrainingLoopTests
{
    /// <summary>Steps of 8 images, one a group.</summary>
    private static TrainerOptions Options => ProgressiveTrainerTests.Options() with { MinibatchRepeats = 1 };

    [Fact]
    public void A_group_of_four_steps_of_G_with_two_of_D_each_reads_the_schedule_once_and_averages_G_before_it_moves()
    {
        TrainerOptions options = Options with
        {
            MinibatchRepeats = 4,
            DiscriminatorRepeats = 2,
            EmaBeta = 0.9,
            Schedule = Options.Schedule with { TrainKimg = 0.06, FadeKimg = 0.16 },
        };
        using ProgressiveTrainer trainer = new(options, null);
        List<(string Moved, double Lod)> steps = [];
        Checkpoint before = trainer.Capture(0, null);
        for (int i = 1; i <= 24; i++)
        {
            double lod = trainer.Point.Lod;
            Assert.Equal(8 * i, ProgressiveTrainerTests.Step(trainer).Images);
            Checkpoint after = trainer.Capture(0, null);
            steps.Add((string.Concat(new[] { "D", "G_ema", "G" }.Where(network => Moves(network, before, after))), lod));
            before = after;
        }

        // The first two steps of D see G at its start, and its average has nowhere to go.
        Assert.Equal(["D", "DG", .. Enumerable.Repeat(new[] { "DG_ema", "DG_emaG" }, 11).SelectMany(pair => pair)], steps.Select(step => step.Moved));
        Assert.Equal(Enumerable.Range(0, 3).SelectMany(group => Enumerable.Repeat(2 - Math.Max(64 * group - 60, 0) / 160.0, 8)), steps.Select(step => Math.Round(step.Lod, 12)));

        static bool Moves(string network, Checkpoint before, Checkpoint after) =>
            !before.Tensors[$"{network}/{Weight(network)}"].Data.SequenceEqual(after.Tensors[$"{network}/{Weight(network)}"].Data);

        static string Weight(string network) => network == "D" ? "head.conv.weight" : "stem.weight";
    }

    /// <summary>Phases of two steps. At a border lod is whole still, so that a fade is seen from the step after it on.</summary>
    [Theory]
    [InlineData(true, new long[] { 1, 2, 3, 1, 1, 2, 3, 1, 1, 2 })]
    [InlineData(false, new long[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 })]
    public void Both_optimizers_count_afresh_at_both_ends_of_a_fade_and_loss_scales_do_not(bool reset, long[] updates)
    {
        const double scale = 8; // at which nothing overflows
        TrainerOptions options = Options with { Precision = Precision.Fp16, ResetOptimizers = reset, Schedule = Options.Schedule with { TrainKimg = 0.016, FadeKimg = 0.016 } };
        using ProgressiveTrainer trainer = new(options, null);
        Checkpoint start = trainer.Capture(0, null);
        trainer.Restore(start with { State = start.State with { GeneratorLossScale = scale, DiscriminatorLossScale = scale } });
        List<(long, long)> counts = [];
        for (int i = 1; i <= updates.Length; i++)
        {
            ProgressiveTrainerTests.Step(trainer);
            TrainingState state = trainer.Capture(0, null).State;
            counts.Add((state.GeneratorUpdates, state.DiscriminatorUpdates));
            Assert.Equal(scale + 0.0005 * i, state.GeneratorLossScale!.Value, 1e-9);
            Assert.Equal(scale + 0.0005 * i, state.DiscriminatorLossScale!.Value, 1e-9);
        }
        Assert.Equal(updates.Select(count => (count, count)), counts);
    }

    /// <summary>Of 8 pixels in a network for 32, whose lod is 2.6: the penalty sees the image with each pixel 4 x 4 times.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public void In_a_fade_the_penalty_goes_by_the_new_resolution_alone(int baseHeight)
    {
        TrainerOptions options = Options with
        {
            Architecture = Options.Architecture with { Resolution = 32, BaseHeight = baseHeight },
            Schedule = Options.Schedule with { Resolution = 32, InitialResolution = 8, InitialAlpha = 0.4 },
        };
        StepMetrics official = Step(options), native = Step(options with { PenaltyScale = PenaltyScale.Native });
        Assert.Equal((8, 0.4), (official.Stage.Resolution, Math.Round(official.Stage.Alpha, 12)));
        Assert.Equal(native.GradientNorm / 4, official.GradientNorm, 1e-6f);

        static StepMetrics Step(TrainerOptions options)
        {
            using ProgressiveTrainer trainer = new(options, null);
            byte[] pixels = [.. Enumerable.Range(0, trainer.Point.Minibatch * options.Architecture.BytesAt(8)).Select(i => (byte)(i * 37))];
            return trainer.Step(pixels, []);
        }
    }

    [Fact]
    public void A_run_that_ends_in_a_fade_ends_as_its_last_step_was_blended_at_the_new_resolutions_rates()
    {
        TrainerOptions options = Options with
        {
            Schedule = Options.Schedule with
            {
                TrainKimg = 0.04,
                FadeKimg = 0.08,
                TotalKimg = 0.08,
                GeneratorLearningRates = new Dictionary<int, double> { [8] = 0.002, [16] = 0.5 },
                DiscriminatorLearningRates = new Dictionary<int, double> { [8] = 0.004, [16] = 0.5 },
            },
        };
        using ProgressiveTrainer trainer = new(options, null);
        List<StepMetrics> steps = [];
        while (!trainer.Completed)
            steps.Add(ProgressiveTrainerTests.Step(trainer));

        Assert.Equal(Enumerable.Repeat(4, 6).Concat(Enumerable.Repeat(8, 4)), steps.Select(step => step.Stage.Resolution));
        Assert.Equal((80, 0.002, 0.004), (steps[^1].Images, steps[^1].GeneratorLearningRate, steps[^1].DiscriminatorLearningRate));
        Assert.Equal(0.4, steps[^1].Stage.Alpha, 1e-12); // as the schedule said before the step
        Assert.Equal(steps[^1].Stage, trainer.Capture(0, null).State.Stage);
        Assert.Equal(steps[^1].Stage, trainer.CaptureGenerator().Stage);
    }
}
