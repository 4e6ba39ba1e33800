using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class ProgressiveTrainerTests
{
    [Fact]
    public void A_step_leaves_no_live_tensor_behind()
    {
        using ProgressiveTrainer trainer = new(Options(labelSize: 3), Labels(3));
        for (int i = 0; i < 12; i++) // a fade and a growth included
            Step(trainer);
        DisposeScopeManager.Statistics.Reset();
        long before = LiveTensors.BeforeMeasuring();
        for (int i = 0; i < 12; i++)
            Step(trainer);
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Making_capturing_and_disposing_a_trainer_leaves_no_live_tensor_behind()
    {
        int parameters = Cycle();
        long before = LiveTensors.BeforeMeasuring();
        Cycle();

        // TorchSharp's count forgets to take off the tensor that becomes a Parameter; nothing else may be left.
        Assert.Equal(before + parameters, Tensor.TotalCount);

        static int Cycle()
        {
            using ProgressiveTrainer trainer = new(Options() with { Beta1 = 0.5 }, null);
            Step(trainer);
            Checkpoint checkpoint = trainer.Capture(0, null);
            trainer.Restore(checkpoint);
            using ImageSampler sampler = new(trainer.CaptureGenerator(), "cpu");
            sampler.Render(ImageSampler.Latents(3, trainer.Options.Architecture.Latents, 1), null, trainer.Point.Stage);
            int generators = 3 * checkpoint.Tensors.Keys.Count(name => name.StartsWith("G/", StringComparison.Ordinal));
            return generators + checkpoint.Tensors.Keys.Count(name => name.StartsWith("D/", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void One_seed_gives_the_same_bytes_and_another_seed_others()
    {
        Checkpoint first = Train(Options(), 10), second = Train(Options(), 10), other = Train(Options() with { Seed = 2 }, 10);
        AssertSame(first, second);
        Assert.NotEqual(first.Tensors["G/stem.weight"].Data, other.Tensors["G/stem.weight"].Data);
    }

    /// <summary>Steps of 8 images, in groups of two, in phases of 80: 7 ends inside a phase, 10 at a fade's begin, 15 in its middle, 20 at a growth's end.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10)]
    [InlineData(15)]
    [InlineData(20)]
    [InlineData(33)]
    public void A_resumed_training_equals_one_that_never_stopped(int stop)
    {
        const int steps = 40;
        TrainerOptions options = Options(labelSize: 3);
        Checkpoint uninterrupted = Train(options, steps);

        Checkpoint stopped = Train(options, stop);
        using ProgressiveTrainer resumed = new(options, Labels(3));
        resumed.Restore(stopped);
        for (int i = stop; i < steps; i++)
            Step(resumed);
        AssertSame(uninterrupted, resumed.Capture(7, "digest"));
    }

    [Fact]
    public void A_resumed_training_keeps_a_growth_by_hand()
    {
        using ProgressiveTrainer steered = new(Options(), null);
        Step(steered);
        Assert.True(steered.TryGrow(out string? refusal), refusal);
        Step(steered);
        Checkpoint checkpoint = steered.Capture(7, "digest");
        using ProgressiveTrainer resumed = new(Options(), null);
        resumed.Restore(checkpoint);
        Step(steered);
        Step(resumed);
        Assert.Equal(8, resumed.Point.Stage.Resolution);
        AssertSame(steered.Capture(7, "digest"), resumed.Capture(7, "digest"));
    }

    [Fact]
    public void Growing_is_refused_in_a_fade_and_at_the_final_resolution()
    {
        using ProgressiveTrainer trainer = new(Options(), null);
        while (trainer.Point.Phase.Kind != GrowthPhaseKind.FadeIn)
            Step(trainer);
        Assert.False(trainer.TryGrow(out string? refusal));
        Assert.Contains("fading in resolution 8", refusal, StringComparison.Ordinal);
        while (trainer.Point.Stage != GrowthStage.Grown(16))
            Step(trainer);
        Assert.False(trainer.TryGrow(out refusal));
        Assert.Contains("is the final one", refusal, StringComparison.Ordinal);
    }

    /// <summary>A resolution that comes in with the next step has layers that nothing has trained.</summary>
    [Fact]
    public void What_is_kept_and_drawn_has_the_stage_of_the_last_step()
    {
        TrainerOptions options = Options();
        using ProgressiveTrainer trainer = new(options with { Schedule = options.Schedule with { FadeKimg = 0 } }, null);
        while (trainer.Point.Stage.Resolution == 4)
            Step(trainer);
        Assert.Equal(GrowthStage.Grown(4), trainer.CaptureGenerator().Stage);
        Checkpoint kept = trainer.Capture(7, "digest");
        Assert.Equal(GrowthStage.Grown(4), kept.State.Stage);
        using ProgressiveTrainer resumed = new(trainer.Options, null);
        resumed.Restore(kept);
        Assert.Equal((GrowthStage.Grown(4), GrowthStage.Grown(8)), (resumed.CaptureGenerator().Stage, resumed.Point.Stage));
        Step(trainer);
        Assert.Equal(GrowthStage.Grown(8), trainer.CaptureGenerator().Stage);
    }

    [Fact]
    public void Optimizers_start_afresh_at_both_ends_of_each_fade()
    {
        using ProgressiveTrainer trainer = new(Options(), null);
        List<int> resets = [];
        long updates = 0;
        for (int step = 0; step < 44; step++)
        {
            Step(trainer);
            long now = trainer.Capture(0, null).State.DiscriminatorUpdates;
            if (now <= updates)
                resets.Add(step);
            updates = now;
        }

        // Phases of ten steps; a group of two steps reads the schedule, so that a fade's first step comes one group after its start.
        Assert.Equal([12, 20, 32, 40], resets);
    }

    [Fact]
    public void The_average_follows_the_generator_by_a_thousandth_a_discriminator_step()
    {
        TrainerOptions options = Options() with { EmaBeta = 0.9, DiscriminatorRepeats = 2, MinibatchRepeats = 1 };
        using ProgressiveTrainer trainer = new(options, null);
        Step(trainer); // D alone: G is where it began, and so is its average
        Checkpoint first = trainer.Capture(0, null);
        Assert.Equal(first.Tensors["G/stem.weight"].Data, first.Tensors["G_ema/stem.weight"].Data);
        Step(trainer); // the average moves before G does
        Checkpoint second = trainer.Capture(0, null);
        Assert.Equal(first.Tensors["G_ema/stem.weight"].Data, second.Tensors["G_ema/stem.weight"].Data);
        Assert.NotEqual(first.Tensors["G/stem.weight"].Data, second.Tensors["G/stem.weight"].Data);
        Step(trainer);
        Checkpoint third = trainer.Capture(0, null);
        float expected = 0.9f * second.Tensors["G_ema/stem.weight"].Data[0] + 0.1f * second.Tensors["G/stem.weight"].Data[0];
        Assert.Equal(expected, third.Tensors["G_ema/stem.weight"].Data[0], 1e-6f);
    }

    [Fact]
    public void A_half_life_gives_the_average_the_same_memory_at_any_minibatch()
    {
        TrainerOptions options = Options() with { EmaHalfLifeKimg = 1 };
        Assert.Equal(0.5, Math.Pow(ExponentialMovingAverage.Beta(options, 8), 1000.0 / 8), 1e-9);
        Assert.Equal(0.5, Math.Pow(ExponentialMovingAverage.Beta(options, 64), 1000.0 / 64), 1e-9);
        Assert.Equal(0.999, ExponentialMovingAverage.Beta(Options(), 64));
    }

    [Fact]
    public void A_gradient_that_is_not_finite_skips_the_update_and_is_counted()
    {
        using ProgressiveTrainer trainer = new(Options() with { PenaltyWeight = double.MaxValue }, null);
        Checkpoint before = trainer.Capture(0, null);
        StepMetrics metrics = Step(trainer);
        Assert.Equal(1, metrics.SkippedUpdates);
        Checkpoint after = trainer.Capture(0, null);
        Assert.Equal(1, after.State.SkippedUpdates);
        Assert.Equal(0, after.State.DiscriminatorUpdates);
        Assert.Equal(before.Tensors["D/head.conv.weight"].Data, after.Tensors["D/head.conv.weight"].Data);
    }

    [Fact]
    public void A_discriminator_that_never_learns_ends_the_training_although_the_generator_learns()
    {
        using ProgressiveTrainer trainer = new(Options() with { PenaltyWeight = double.MaxValue }, null);
        for (int i = 0; i < 30; i++)
            Step(trainer);
        Checkpoint checkpoint = trainer.Capture(0, null);
        Assert.Equal((30, 0), (checkpoint.State.DiscriminatorSkippedInARow, checkpoint.State.GeneratorSkippedInARow));

        // A resumed training counts on.
        using ProgressiveTrainer resumed = new(trainer.Options, null);
        resumed.Restore(checkpoint);
        for (int i = 0; i < 19; i++)
            Step(resumed);
        Assert.Throws<TrainingDivergedException>(() => Step(resumed));
    }

    [Fact]
    public void Weights_that_are_lost_end_the_training_with_their_reason()
    {
        using ProgressiveTrainer trainer = new(Options(), null);
        Checkpoint checkpoint = trainer.Capture(0, null);
        checkpoint.Tensors["D/head.conv.weight"].Data[0] = float.NaN;
        trainer.Restore(checkpoint);
        TrainingDivergedException diverged = Assert.Throws<TrainingDivergedException>(() =>
        {
            for (int i = 0; i < 100; i++)
                Step(trainer);
        });
        Assert.Contains("50 updates in a row", diverged.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AdversarialLoss.WganGp)]
    [InlineData(AdversarialLoss.Lsgan)]
    [InlineData(AdversarialLoss.Logistic)]
    [InlineData(AdversarialLoss.LsganNash)]
    [InlineData(AdversarialLoss.Dcgan)]
    public void Every_loss_teaches_the_discriminator_to_tell_reals_from_fakes(AdversarialLoss loss)
    {
        TrainerOptions options = Options() with { Loss = loss };

        // G as good as stands still, so that it can't win meanwhile.
        options = options with
        {
            Schedule = options.Schedule with { TrainKimg = 10, TotalKimg = 20, GeneratorLearningRate = 1e-9, DiscriminatorLearningRate = 0.005 },
        };
        using ProgressiveTrainer trainer = new(options, null);
        List<StepMetrics> steps = [.. Enumerable.Range(0, 60).Select(_ => Step(trainer))];
        Assert.All(steps, s => Assert.Equal(0, s.SkippedUpdates));
        float gap = steps.TakeLast(20).Average(s => s.RealScore - s.FakeScore);
        Assert.True(loss == AdversarialLoss.Lsgan ? gap < -0.1 : gap > 0.1, $"real - fake = {gap}");
    }

    [Fact]
    public void The_official_penalty_is_that_of_the_image_at_full_size()
    {
        // At 4x4 in a 16x16 network each pixel is repeated 4 x 4 times: the norm is a quarter of the native one.
        float official = Step(new ProgressiveTrainer(Options(), null)).GradientNorm;
        float native = Step(new ProgressiveTrainer(Options() with { PenaltyScale = PenaltyScale.Native }, null)).GradientNorm;
        Assert.Equal(native / 4, official, 1e-5f);
    }

    [Fact]
    public void A_checkpoint_of_other_networks_is_refused()
    {
        Checkpoint checkpoint = Train(Options(), 1);
        TrainerOptions options = Options();
        using ProgressiveTrainer larger = new(options with { Architecture = options.Architecture with { FmapMax = 4 } }, null);
        Assert.Contains("another architecture", Assert.Throws<ArgumentException>(() => larger.Restore(checkpoint)).Message, StringComparison.Ordinal);
        using ProgressiveTrainer seeded = new(options with { Seed = 5 }, null);
        Assert.Contains("seed", Assert.Throws<ArgumentException>(() => seeded.Restore(checkpoint)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_others_begin_a_training_without_its_progress()
    {
        Checkpoint trained = Train(Options(), 3);
        using ProgressiveTrainer whole = new(Options() with { Seed = 5 }, null);
        whole.InitializeFrom(NetworkSnapshot.Of(trained));
        Checkpoint begun = whole.Capture(0, null);
        Assert.Equal(trained.Tensors["G/stem.weight"].Data, begun.Tensors["G/stem.weight"].Data);
        Assert.Equal(trained.Tensors["D/head.conv.weight"].Data, begun.Tensors["D/head.conv.weight"].Data);
        Assert.Equal(GrowthProgress.Start, begun.State.Progress);

        using ProgressiveTrainer half = new(Options() with { Seed = 5 }, null);
        float[] fresh = half.Capture(0, null).Tensors["D/head.conv.weight"].Data;
        half.InitializeFrom(NetworkSnapshot.Of(trained.Generator()));
        begun = half.Capture(0, null);
        Assert.Equal(trained.Tensors["G_ema/stem.weight"].Data, begun.Tensors["G/stem.weight"].Data);
        Assert.Equal(trained.Tensors["G_ema/stem.weight"].Data, begun.Tensors["G_ema/stem.weight"].Data);
        Assert.Equal(fresh, begun.Tensors["D/head.conv.weight"].Data);
    }

    [Fact]
    public void A_batch_of_the_wrong_size_is_refused_before_anything_changes()
    {
        using ProgressiveTrainer trainer = new(Options(), null);
        Assert.Throws<ArgumentException>(() => trainer.Step(new byte[5], default));
        Assert.Equal(GrowthProgress.Start, trainer.Progress);
    }

    internal static TrainerOptions Options(int labelSize = 0) => new()
    {
        Architecture = new NetworkArchitecture { Resolution = 16, FmapBase = 32, FmapMax = 8, LabelSize = labelSize },
        Schedule = new GrowthScheduleOptions { Resolution = 16, TrainKimg = 0.08, FadeKimg = 0.08, TotalKimg = 1, MinibatchBase = 8 },
        MinibatchRepeats = 2,
        Seed = 1,
    };

    private static LabelTable Labels(int size) => new(30, size, (index, label) =>
    {
        label.Clear();
        label[index % size] = 1;
    });

    private static Checkpoint Train(TrainerOptions options, int steps)
    {
        int labelSize = options.Architecture.LabelSize;
        using ProgressiveTrainer trainer = new(options, labelSize > 0 ? Labels(labelSize) : null);
        for (int i = 0; i < steps; i++)
            Step(trainer);
        return trainer.Capture(7, "digest");
    }

    /// <summary>A step on images that are a function of the images seen, as the pipeline's are.</summary>
    /// <summary>A tiny training of steps of 8 images.</summary>
    internal static ProgressiveTrainer NewTrainer() => new(Options(), null);

    internal static StepMetrics Step(ProgressiveTrainer trainer)
    {
        int n = trainer.Point.Minibatch, resolution = trainer.Point.Stage.Resolution, labelSize = trainer.Options.Architecture.LabelSize;
        Random random = new((int)trainer.Progress.Images);
        byte[] pixels = new byte[n * trainer.Options.Architecture.Channels * resolution * resolution];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(128 + random.Next(100));
        float[] labels = new float[n * labelSize];
        for (int i = 0; labelSize > 0 && i < n; i++)
            labels[i * labelSize + random.Next(labelSize)] = 1;
        return trainer.Step(pixels, labels);
    }

    internal static void AssertSame(Checkpoint expected, Checkpoint actual)
    {
        Assert.Equal(expected.State, actual.State);
        Assert.Equal(expected.Tensors.Keys, actual.Tensors.Keys);
        foreach ((string name, HostTensor tensor) in expected.Tensors)
            Assert.True(tensor.Data.AsSpan().SequenceEqual(actual.Tensors[name].Data), $"{name} differs");
    }
}
