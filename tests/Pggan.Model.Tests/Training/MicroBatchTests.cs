using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class MicroBatchTests
{
    private const int Minibatch = 16;
    private const int Group = 4;

    /// <summary>Every loss, with and without labels, in a fade and after it, in parts of one and of two groups.</summary>
    public static MatrixTheoryData<AdversarialLoss, int, bool, int> EveryGame { get; } =
        new(Enum.GetValues<AdversarialLoss>(), [0, 3], [false, true], [Group, 2 * Group]);

    [Fact]
    public void A_part_is_made_of_whole_strided_groups_of_its_minibatch()
    {
        using var scope = NewDisposeScope();
        Tensor images = arange(12, ScalarType.Float32).reshape(12, 1).repeat(1, 2); // groups {0 3 6 9}, {1 4 7 10}, {2 5 8 11}
        List<MicroBatch> parts = [.. MicroBatch.Split(12, Group, 8)];
        Assert.Equal([8, 4], parts.Select(p => p.Images));
        Assert.Equal(1, parts.Sum(p => p.Share));
        Assert.Equal([0f, 1, 3, 4, 6, 7, 9, 10], FirstColumn(parts[0].Of(images)));
        Assert.Equal([2f, 5, 8, 11], FirstColumn(parts[1].Of(images)));

        // Image by image, the layer sees what it sees in the whole.
        Tensor features = randn(12, 3, 2, 2) * arange(12).reshape(12, 1, 1, 1);
        Tensor whole = MinibatchStdDev.Append(features, Group);
        Assert.All(parts, part => Assert.Equal(0, (part.Of(whole) - MinibatchStdDev.Append(part.Of(features), Group)).abs().max().item<float>(), 1e-6f));

        static float[] FirstColumn(Tensor tensor) => tensor.select(1, 0).contiguous().data<float>().ToArray();
    }

    [Theory]
    [InlineData(24, 4, "24 12 8 4")]
    [InlineData(16, 4, "16 8 4")]
    [InlineData(14, 1, "14 7 4 2 1")]
    [InlineData(3, 3, "3")]
    public void Parts_halve_down_to_one_group(int minibatch, int group, string expected)
    {
        List<int> sizes = [minibatch];
        while (MicroBatch.Halve(sizes[^1], group) < sizes[^1])
            sizes.Add(MicroBatch.Halve(sizes[^1], group));
        Assert.Equal(expected, string.Join(' ', sizes));
        Assert.All(sizes, size => Assert.Equal(minibatch, MicroBatch.Split(minibatch, group, size).Sum(p => p.Images)));
    }

    /// <summary>Groups of images differ greatly in their contrast, so that groups mixed up would show.</summary>
    [Theory]
    [MemberData(nameof(EveryGame))]
    public void A_step_in_parts_equals_that_of_the_whole_minibatch_to_rounding(AdversarialLoss loss, int labelSize, bool fading, int images)
    {
        TrainerOptions options = Options(labelSize) with { Loss = loss };
        (Checkpoint whole, StepMetrics wholeStep) = StepAt(options, fading);
        (Checkpoint parts, StepMetrics step) = StepAt(options with { MicroBatch = new Dictionary<int, int> { [16] = images } }, fading);

        Assert.Equal((Minibatch, images, null), (step.Minibatch, step.MicroBatch, step.MicroBatchReduced));
        Assert.Equal(Minibatch, wholeStep.MicroBatch);
        foreach ((string name, HostTensor expected) in whole.Tensors)
            AssertClose(name, expected.Data, parts.Tensors[name].Data);
        AssertClose("metrics", Numbers(wholeStep), Numbers(step));
        Assert.Equal(whole.State.Progress, parts.State.Progress);
    }

    [Fact]
    public void A_lack_of_memory_divides_the_minibatch_and_is_told_once()
    {
        Checkpoint byHand = Train(Options() with { MicroBatch = Everywhere(Group) }, 6);

        using ProgressiveTrainer trainer = new(Options(), null);
        trainer.MicroBatches.Computing = part => TakeTooMuch(part.Images > Group);
        List<StepMetrics> steps = [.. Enumerable.Range(0, 6).Select(_ => Step(trainer))];

        AssertSame(byHand, trainer.Capture(0, null));
        Assert.All(steps, s => Assert.Equal(Group, s.MicroBatch));
        Assert.Contains("memory", steps[0].MicroBatchReduced, StringComparison.Ordinal);
        Assert.All(steps.Skip(1), s => Assert.Null(s.MicroBatchReduced));
    }

    [Fact]
    public void A_lack_of_memory_between_two_parts_changes_nothing()
    {
        Checkpoint byHand = Train(Options() with { MicroBatch = Everywhere(Group) }, 1);

        using ProgressiveTrainer trainer = new(Options() with { MicroBatch = Everywhere(8) }, null);
        trainer.MicroBatches.Computing = part => TakeTooMuch(part is { Count: > 1, First: > 0 });
        Step(trainer);

        AssertSame(byHand, trainer.Capture(0, null));
    }

    [Fact]
    public void Each_resolution_has_a_size_of_its_own()
    {
        using ProgressiveTrainer trainer = new(Options(), null);
        trainer.LimitMicroBatch(8, 11, "short");
        List<StepMetrics> steps = [.. Enumerable.Range(0, 45).Select(_ => Step(trainer))];
        Assert.Equal([(4, 16), (8, 8), (16, 16)], steps.Select(s => (s.Stage.Resolution, s.MicroBatch)).Distinct());
        Assert.Equal("short", steps.First(s => s.Stage.Resolution == 8).MicroBatchReduced);
        Assert.Single(steps, s => s.MicroBatchReduced is not null);
    }

    [Fact]
    public void A_group_that_does_not_fit_fails_as_it_is_and_leaves_no_tensor_behind()
    {
        using ProgressiveTrainer trainer = new(Options(), null);
        Step(trainer);
        (GrowthProgress progress, long before) = (trainer.Progress, LiveTensors.BeforeMeasuring());
        trainer.MicroBatches.Computing = _ => TakeTooMuch(true);
        Assert.ThrowsAny<ExternalException>(() => Step(trainer));
        Assert.Equal(progress, trainer.Progress);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Other_faults_do_not_divide_a_minibatch()
    {
        using ProgressiveTrainer trainer = new(Options(), null);
        trainer.MicroBatches.Computing = _ => throw new LibtorchFault("CUDA error: an illegal memory access was encountered");
        Assert.Throws<LibtorchFault>(() => Step(trainer));
        trainer.MicroBatches.Computing = null;
        Assert.Equal(Minibatch, Step(trainer).MicroBatch);
    }

    [Theory]
    [InlineData("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.79 GiB", true)]
    [InlineData("[enforce fail at alloc_cpu.cpp:127] . DefaultCPUAllocator: not enough memory: you tried to allocate 64 bytes.", true)]
    [InlineData("std::bad_alloc", true)]
    [InlineData("cuDNN error: CUDNN_STATUS_ALLOC_FAILED", true)]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", true)]
    [InlineData("CUDA error: an illegal memory access was encountered", false)]
    [InlineData("mat1 and mat2 shapes cannot be multiplied", false)]
    public void A_lack_of_memory_is_known_by_its_words(string message, bool expected) =>
        Assert.Equal(expected, MemoryShortage.Is(new LibtorchFault(message)));

    [Fact]
    public void Tensors_of_one_part_alone_are_alive_at_a_time()
    {
        using ProgressiveTrainer trainer = new(Options() with { MicroBatch = Everywhere(Group), DiscriminatorRepeats = 100 }, null);
        List<long> counts = [];
        LiveTensors.BeforeMeasuring();
        trainer.MicroBatches.Computing = _ => counts.Add(Tensor.TotalCount);
        Step(trainer);
        int gradients = trainer.Capture(0, null).Tensors.Keys.Count(name => name.StartsWith("D_adam/v/head.", StringComparison.Ordinal)) + 2; // and fromRGB
        Assert.Equal([0, gradients + 1, gradients + 1, gradients + 1], counts.Select(c => c - counts[0]));
    }

    [Fact]
    public void Steps_in_parts_leave_no_live_tensor_behind()
    {
        using ProgressiveTrainer trainer = new(Options(labelSize: 3), Labels(3));
        for (int i = 0; i < 12; i++)
            Step(trainer);
        DisposeScopeManager.Statistics.Reset();
        long before = LiveTensors.BeforeMeasuring();
        trainer.MicroBatches.Computing = part => TakeTooMuch(part.Images > Group);
        for (int i = 0; i < 6; i++)
            Step(trainer);
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(12)]
    public void A_resumed_training_sums_its_gradients_in_the_same_parts(int stop)
    {
        const int steps = 14;
        using TempFolder folder = new();
        using ProgressiveTrainer uninterrupted = new(Options(), null), stopped = new(Options(), null);
        foreach (ProgressiveTrainer trainer in new[] { uninterrupted, stopped })
        {
            // Memory is short in the first step alone.
            trainer.MicroBatches.Computing = part => TakeTooMuch(part.Images > 8);
            Step(trainer);
            trainer.MicroBatches.Computing = null;
        }
        for (int i = 1; i < steps; i++)
            Step(uninterrupted);
        for (int i = 1; i < stop; i++)
            Step(stopped);
        Checkpoint checkpoint = stopped.Capture(0, null);
        CheckpointDirectory directory = new(folder.Path);
        Assert.Equal(directory.Save(checkpoint), directory.Save(checkpoint)); // equal states are one checkpoint

        using ProgressiveTrainer resumed = new(Options(), null);
        resumed.Restore(directory.Newest((_, reason) => Assert.Fail(reason))!);
        for (int i = stop; i < steps; i++)
            Assert.Null(Step(resumed).MicroBatchReduced);
        AssertSame(uninterrupted.Capture(0, null), resumed.Capture(0, null));
        Assert.Equal("4:8", resumed.Capture(0, null).State.MicroBatches!.ToString());
    }

    [Fact]
    public void A_size_given_by_hand_outranks_that_of_a_checkpoint_and_a_smaller_one_any_larger()
    {
        Checkpoint eight = Train(Options() with { MicroBatch = Everywhere(8) }, 1), four = Train(Options() with { MicroBatch = Everywhere(4) }, 1);
        Assert.Equal(8, SizeAfter(Options(), null, eight));
        Assert.Equal(16, SizeAfter(Options() with { MicroBatch = Everywhere(16) }, null, eight));
        Assert.Equal(4, SizeAfter(Options(), 4, eight));
        Assert.Equal(4, SizeAfter(Options(), 8, four));
        Assert.Equal(4, SizeAfter(Options() with { MicroBatch = Everywhere(16) }, 4, eight));

        static int SizeAfter(TrainerOptions options, int? limit, Checkpoint checkpoint)
        {
            using ProgressiveTrainer trainer = new(options, null);
            if (limit is { } images)
                trainer.LimitMicroBatch(4, images, "tried");
            trainer.Restore(checkpoint);
            StepMetrics step = Step(trainer);
            Assert.Equal(limit < checkpoint.State.MicroBatches![4] ? "tried" : null, step.MicroBatchReduced);
            return step.MicroBatch;
        }
    }

    [Fact]
    public void A_checkpoint_of_whole_minibatches_says_nothing_of_parts()
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Path, "whole");
        CheckpointFile.Write(path, Train(Options(), 1));
        Assert.DoesNotContain("micro", File.ReadAllText(Path.Combine(path, CheckpointFile.ManifestName)), StringComparison.Ordinal);
        Assert.Null(CheckpointFile.Read(path).State.MicroBatches);
    }

    [Theory]
    [InlineData(6, "micro-batch 6 at 8 px is no multiple of the stddev group 4")]
    [InlineData(2, "micro-batch 2 at 8 px is no multiple of the stddev group 4")]
    [InlineData(0, "micro-batch 0 at 8 px must be at least 1")]
    [InlineData(-4, "micro-batch -4 at 8 px must be at least 1")]
    public void A_size_that_would_cut_a_group_is_refused(int images, string message)
    {
        TrainerOptions options = Options() with { MicroBatch = new Dictionary<int, int> { [8] = images } };
        Assert.Contains(message, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }

    /// <summary>Lets libtorch refuse an allocation.</summary>
    private static void TakeTooMuch(bool really)
    {
        if (really)
            empty(1L << 48).Dispose();
    }

    private static Dictionary<int, int> Everywhere(int images) => new() { [4] = images, [8] = images, [16] = images };

    private static TrainerOptions Options(int labelSize = 0) => new()
    {
        Architecture = new NetworkArchitecture { Resolution = 16, FmapBase = 64, FmapMax = 8, LabelSize = labelSize, StdDevGroup = Group },
        Schedule = new GrowthScheduleOptions { Resolution = 16, TrainKimg = 0.128, FadeKimg = 0.128, TotalKimg = 1, MinibatchBase = Minibatch },
        MinibatchRepeats = 1,
        Seed = 1,

        // So large that an update is about proportional to its gradient: with the usual one, rounding decides the sign of a small one.
        Epsilon = 1e-2,
    };

    private static LabelTable Labels(int size) => new(30, size, (index, label) =>
    {
        label.Clear();
        label[index % size] = 1;
    });

    private static Checkpoint Train(TrainerOptions options, int steps)
    {
        using ProgressiveTrainer trainer = new(options, null);
        for (int i = 0; i < steps; i++)
            Step(trainer);
        return trainer.Capture(0, null);
    }

    /// <summary>Two steps at the final resolution.</summary>
    private static (Checkpoint Checkpoint, StepMetrics Step) StepAt(TrainerOptions options, bool fading)
    {
        using ProgressiveTrainer trainer = new(options, options.Architecture.LabelSize > 0 ? Labels(options.Architecture.LabelSize) : null);
        GrowthPhase phase = trainer.Schedule.Phases.Last(p => (p.Kind == GrowthPhaseKind.FadeIn) == fading);
        trainer.JumpTo(phase.StartImages + 64);
        Assert.Equal((16, fading), (trainer.Point.Stage.Resolution, trainer.Point.Stage.IsFading));
        Step(trainer);
        return (trainer.Capture(0, null), Step(trainer));
    }

    private static StepMetrics Step(ProgressiveTrainer trainer)
    {
        int n = trainer.Point.Minibatch, resolution = trainer.Point.Stage.Resolution, labelSize = trainer.Options.Architecture.LabelSize;
        Random random = new((int)trainer.Progress.Images);
        byte[] pixels = new byte[n * trainer.Options.Architecture.Channels * resolution * resolution];
        for (int i = 0; i < pixels.Length; i++)
        {
            int image = i / (pixels.Length / n);
            pixels[i] = (byte)(128 + random.Next(1 + 40 * (image % (n / Group))));
        }
        float[] labels = new float[n * labelSize];
        for (int i = 0; labelSize > 0 && i < n; i++)
            labels[i * labelSize + random.Next(labelSize)] = 1;
        return trainer.Step(pixels, labels);
    }

    private static float[] Numbers(StepMetrics s) =>
        [s.DiscriminatorLoss, s.GeneratorLoss!.Value, s.RealScore, s.FakeScore, s.GradientNorm, s.GradientPenalty, s.LabelLoss];

    private static void AssertClose(string name, float[] expected, float[] actual)
    {
        // The absolute part is for the last bias of D: in WGAN-GP its gradient is a difference of two means of ones.
        float tolerance = 1e-4f * expected.Max(Math.Abs) + 2e-9f;
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"{name}[{i}] is {actual[i]}, not {expected[i]} within {tolerance}");
    }

    private static void AssertSame(Checkpoint expected, Checkpoint actual)
    {
        Assert.Equal(expected.State with { MicroBatches = null }, actual.State with { MicroBatches = null });
        foreach ((string name, HostTensor tensor) in expected.Tensors)
            Assert.True(tensor.Data.AsSpan().SequenceEqual(actual.Tensors[name].Data), $"{name} differs");
    }

    private sealed class LibtorchFault(string message) : ExternalException(message);
}
