using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>A training on several devices, which replicas on the CPU stand for.</summary>
public sealed class ReplicaTests
{
    private const int Minibatch = 16;
    private const int Group = 4;

    /// <summary>What is computed differently, or looks at a minibatch's images together or at their order.</summary>
    public static TheoryData<string> EveryWay { get; } = ["labels", "zoo", "gdrop", "instance", "logistic", "simultaneous", "repeats", "bf16", "fp16"];

    /// <summary>Sums depend on how many threads compute them, so that both trainings have one.</summary>
    [Theory]
    [MemberData(nameof(EveryWay))]
    public void Two_replicas_come_to_the_bytes_of_one_training_in_two_parts(string way)
    {
        (TrainerOptions options, LabelTable? labels) = Way(way);
        const int steps = 8; // from 4x4 through a fade into 8x8
        (Checkpoint parts, StepMetrics[] partSteps) = Alone(() => Train(options with { MicroBatch = Everywhere(Minibatch / 2) }, labels, steps));
        (Checkpoint shared, StepMetrics[] sharedSteps) = Alone(() => Train(options with { Device = "cpu,cpu" }, labels, steps));
        Assert.True(sharedSteps[0].Stage == GrowthStage.Grown(4) && sharedSteps[^1].Stage.Resolution == 8 && sharedSteps.Any(step => step.Stage.IsFading));
        AssertSame(parts, shared);
        Assert.Equal(partSteps.Select(s => s with { Seconds = 0 }), sharedSteps.Select(s => s with { Seconds = 0 }));
        Assert.Null(shared.State.MicroBatches);
        if (options.Precision == Precision.Fp16)
        {
            Assert.Contains(sharedSteps, step => step.Overflowed);
            Assert.False(sharedSteps[^1].Overflowed);
        }
    }

    [Fact]
    public void Four_replicas_add_their_gradients_in_the_order_of_the_devices()
    {
        Checkpoint parts = Alone(() => Train(Options() with { MicroBatch = Everywhere(Group) }, null, 8)).Checkpoint;

        // The last device is the first to end, each time.
        Checkpoint shared = Alone(() => Train(Options() with { Device = "cpu,cpu,cpu,cpu" }, null, 8, part => Thread.Sleep(3 - part.First))).Checkpoint;
        AssertSame(parts, shared);
    }

    [Fact]
    public void A_replica_computes_its_share_in_parts_where_memory_asks_for_it()
    {
        TrainerOptions shared = Options() with { Device = "cpu,cpu" };
        (Checkpoint byHand, StepMetrics[] steps) = Alone(() => Train(shared with { MicroBatch = Everywhere(Group) }, null, 7));
        Assert.All(steps, s => Assert.Equal((Group, null), (s.MicroBatch, s.MicroBatchReduced)));

        // The second one alone is short of it, and then all divide their shares.
        (Checkpoint shortOfIt, StepMetrics[] reduced) = Alone(() => Train(shared, null, 7, part => TakeTooMuch(part is { First: >= 2, Count: > 1 })));
        Assert.All(reduced, s => Assert.Equal(Group, s.MicroBatch));
        Assert.Equal([4, 8], reduced.Where(s => s.MicroBatchReduced?.Contains("memory", StringComparison.Ordinal) == true).Select(s => s.Stage.Resolution));
        AssertSame(byHand, shortOfIt);
        Assert.Equal(Group, shortOfIt.State.MicroBatches![4]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    public void A_resumed_training_comes_to_the_same_bytes(int stop)
    {
        const int steps = 9;
        TrainerOptions options = Options() with { Device = "cpu,cpu" };
        Checkpoint unbroken = Alone(() => Train(options, null, steps)).Checkpoint, stopped = Alone(() => Train(options, null, stop)).Checkpoint;
        Checkpoint resumed = Alone(() =>
        {
            using ProgressiveTrainer trainer = new(options, null);
            trainer.Restore(stopped);
            for (int i = stop; i < steps; i++)
                Step(trainer);
            return trainer.Capture(0, null);
        });
        AssertSame(unbroken, resumed);
    }

    [Fact]
    public void Replicas_begin_with_the_networks_that_the_training_is_given()
    {
        NetworkSnapshot networks = NetworkSnapshot.Of(Alone(() => Train(Options() with { Seed = 5 }, null, 3)).Checkpoint);
        Checkpoint parts = Begin(Options() with { MicroBatch = Everywhere(8) }), shared = Begin(Options() with { Device = "cpu,cpu" });
        AssertSame(parts, shared);

        Checkpoint Begin(TrainerOptions options) => Alone(() =>
        {
            using ProgressiveTrainer trainer = new(options, null);
            trainer.InitializeFrom(networks);
            Step(trainer);
            return trainer.Capture(0, null);
        });
    }

    [Fact]
    public void A_fault_of_one_replica_comes_out_as_it_is_and_leaves_no_tensor_behind()
    {
        using ProgressiveTrainer trainer = new(Options() with { Device = "cpu,cpu" }, null);
        Step(trainer);
        (GrowthProgress progress, long before) = (trainer.Progress, LiveTensors.BeforeMeasuring());
        foreach (int first in new[] { 0, 2 })
        {
            trainer.MicroBatches.Computing = part =>
            {
                if (part.First == first)
                    throw new LibtorchFault($"CUDA error: of the groups from {first}");
            };
            Assert.Equal($"CUDA error: of the groups from {first}", Assert.Throws<LibtorchFault>(() => Step(trainer)).Message);
            Assert.Equal(before, Tensor.TotalCount);
        }

        // Of several faults it is the first device's, and a lack of memory that no smaller part would mend is a fault like others.
        trainer.MicroBatches.Computing = part => throw new LibtorchFault($"not enough memory for the groups from {part.First}");
        Assert.Equal("not enough memory for the groups from 0", Assert.Throws<LibtorchFault>(() => Step(trainer)).Message);
        Assert.Equal((progress, before), (trainer.Progress, Tensor.TotalCount));
        trainer.MicroBatches.Computing = null;
        Assert.Equal(Group, Step(trainer).MicroBatch);
    }

    [Fact]
    public void Steps_on_replicas_leave_no_live_tensor_behind()
    {
        using ProgressiveTrainer trainer = new(Options(labelSize: 3) with { Device = "cpu,cpu" }, Labels(3));
        for (int i = 0; i < 4; i++)
            Step(trainer);
        long before = LiveTensors.BeforeMeasuring();
        for (int i = 0; i < 10; i++)
            Step(trainer);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_minibatch_changed_by_hand_stays_one_that_the_devices_can_share()
    {
        using ProgressiveTrainer trainer = new(Options() with { Device = "cpu,cpu" }, null);
        Assert.False(trainer.TryChange(new TrainingChange { Minibatch = new ResolutionChange<int>(12, new Dictionary<int, int>()) }, out string? refusal));
        Assert.Contains("minibatch 12 at 4 px can't be shared by 2 devices in whole stddev groups of 4; take a multiple of 8", refusal, StringComparison.Ordinal);
        Assert.True(trainer.TryChange(new TrainingChange { Minibatch = new ResolutionChange<int>(32, new Dictionary<int, int>()) }, out refusal), refusal);
        StepMetrics step = Step(trainer);
        Assert.Equal((32, Minibatch / 2), (step.Minibatch, step.MicroBatch)); // as many at once as are known to fit
    }

    [Theory]
    [InlineData("cpu,cpu,cpu", 16, 4, 1, "minibatch 16 at 4 px can't be shared by 3 devices in whole stddev groups of 4; take a multiple of 12, as in minibatch.4=12")]
    [InlineData("cpu,cpu", 4, 4, 1, "minibatch 4 at 4 px can't be shared by 2 devices in whole stddev groups of 4; take a multiple of 8")]
    [InlineData("cpu,cpu", 8, 16, 1, "in whole stddev groups of 16; take a multiple of 32")]
    [InlineData("cpu,cpu", 7, 1, 1, "minibatch 7 at 4 px can't be shared by 2 devices in whole images; take a multiple of 2")]
    [InlineData("cpu,cpu", 7, 1, 2, "minibatch 7 at 4 px can't be shared by 2 devices in whole images")] // though the schedule rounds it to 6
    [InlineData("cuda:0,cpu", 16, 4, 1, "of two kinds")]
    public void A_minibatch_that_the_devices_can_not_share_is_refused(string devices, int minibatch, int group, int scheduled, string says)
    {
        TrainerOptions options = Options() with { Device = devices };
        options = options with
        {
            Architecture = options.Architecture with { StdDevGroup = group },
            Schedule = options.Schedule with { MinibatchBase = minibatch, Devices = scheduled },
        };
        Assert.Contains(says, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_looks_at_a_whole_minibatch_takes_one_device()
    {
        TrainerOptions options = Options() with { Device = "cpu,cpu", GdppWeight = 1 };
        Assert.Contains("gdpp looks at the images of a minibatch together, so that 2 devices can't share them; take one device",
            Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cpu", "cpu")]
    [InlineData("cuda", "cuda")]
    [InlineData("cpu,cpu", "cpu cpu")]
    [InlineData("cuda:0,1", "cuda:0 cuda:1")]
    [InlineData("cuda,cuda:1, 03", "cuda:0 cuda:1 cuda:3")]
    public void A_list_of_devices_has_their_full_names(string list, string names) => Assert.Equal(names, string.Join(' ', TorchDevice.Names(list)));

    [Theory]
    [InlineData("cuda:0,tpu", "device 'tpu' in 'cuda:0,tpu' is unknown")]
    [InlineData("auto,cpu", "device 'auto'")]
    [InlineData("0,1", "device '0'")]
    [InlineData("cpu,", "device ''")]
    [InlineData("cuda:0,cuda:-1", "device 'cuda:-1'")]
    [InlineData("cpu,1", "two kinds")]
    [InlineData("cuda:1,cpu", "two kinds")]
    [InlineData("cuda,0", "device 'cuda:0' is named twice")]
    public void A_list_that_can_not_be_is_refused(string list, string says) =>
        Assert.Contains(says, Assert.Throws<ArgumentException>(() => TorchDevice.Names(list)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_worker_computes_all_on_one_thread_which_ends_with_it()
    {
        List<Thread> threads = [];
        using (Worker worker = new("worker", 1))
        {
            worker.Begin(() => threads.Add(Thread.CurrentThread));
            worker.Begin(() => threads.Add(Thread.CurrentThread));
        }
        Assert.Equal(2, threads.Count);
        Assert.Same(threads[0], threads[1]);
        Assert.NotSame(Thread.CurrentThread, threads[0]);
        Assert.False(threads[0].IsAlive);
    }

    private static (TrainerOptions Options, LabelTable? Labels) Way(string way) => way switch
    {
        "labels" => (Options(labelSize: 3), Labels(3)),
        "zoo" => (Options() with { Architecture = Options().Architecture with { Conventions = NetworkConventions.GanZoo } }, null),
        "gdrop" => (Options() with { Loss = AdversarialLoss.Lsgan, DiscriminatorNoise = DiscriminatorNoise.Gdrop }, null),
        "instance" => (Options() with { Loss = AdversarialLoss.LsganNash, DiscriminatorNoise = DiscriminatorNoise.Instance }, null),
        "logistic" => (Options() with { Loss = AdversarialLoss.Logistic }, null),
        "simultaneous" => (Options() with { SimultaneousUpdate = true }, null),
        "repeats" => (Options() with { MinibatchRepeats = 2, DiscriminatorRepeats = 2 }, null),
        "bf16" => (Options() with { Precision = Precision.Bf16 }, null),
        "fp16" => (Options() with { Precision = Precision.Fp16 }, null),
        _ => throw new ArgumentException(way),
    };

    private static TrainerOptions Options(int labelSize = 0) => new()
    {
        Architecture = new NetworkArchitecture { Resolution = 8, FmapBase = 32, FmapMax = 8, LabelSize = labelSize, StdDevGroup = Group },
        Schedule = new GrowthScheduleOptions { Resolution = 8, TrainKimg = 0.048, FadeKimg = 0.048, TotalKimg = 1, MinibatchBase = Minibatch },
        MinibatchRepeats = 1,
        Seed = 1,
    };

    private static Dictionary<int, int> Everywhere(int images) => new() { [4] = images, [8] = images };

    private static LabelTable Labels(int size) => new(30, size, (index, label) =>
    {
        label.Clear();
        label[index % size] = 1;
    });

    private static T Alone<T>(Func<T> work) => CpuThreads.OnItsOwn(() =>
    {
        CpuThreads.ComputeAlone();
        return work();
    });

    private static (Checkpoint Checkpoint, StepMetrics[] Steps) Train(TrainerOptions options, LabelTable? labels, int steps, Action<MicroBatch>? computing = null)
    {
        using ProgressiveTrainer trainer = new(options, labels);
        if (options.DiscriminatorNoise != DiscriminatorNoise.Off)
        {
            // What the noise follows, so high that it lasts for a while.
            Checkpoint start = trainer.Capture(0, null);
            trainer.Restore(start with { State = start.State with { NoiseAverage = 10 } });
        }
        if (options.Precision == Precision.Fp16)
        {
            // Scales with which G learns at once, and D after it has overflowed some times.
            Checkpoint start = trainer.Capture(0, null);
            trainer.Restore(start with { State = start.State with { GeneratorLossScale = 6, DiscriminatorLossScale = 18 } });
        }
        trainer.MicroBatches.Computing = computing;
        StepMetrics[] done = [.. Enumerable.Range(0, steps).Select(_ => Step(trainer))];
        return (trainer.Capture(0, null), done);
    }

    private static StepMetrics Step(ProgressiveTrainer trainer)
    {
        int n = trainer.Point.Minibatch, resolution = trainer.Point.Stage.Resolution, labelSize = trainer.Options.Architecture.LabelSize;
        Random random = new((int)trainer.Progress.Images);
        byte[] pixels = new byte[n * 3 * resolution * resolution];
        random.NextBytes(pixels);
        float[] labels = new float[n * labelSize];
        for (int i = 0; labelSize > 0 && i < n; i++)
            labels[i * labelSize + random.Next(labelSize)] = 1;
        return trainer.Step(pixels, labels);
    }

    /// <summary>Lets libtorch refuse an allocation.</summary>
    private static void TakeTooMuch(bool really)
    {
        if (really)
            empty(1L << 48).Dispose();
    }

    private static void AssertSame(Checkpoint expected, Checkpoint actual)
    {
        Assert.Equal(expected.State with { MicroBatches = null }, actual.State with { MicroBatches = null });
        foreach ((string name, HostTensor tensor) in expected.Tensors)
            Assert.True(tensor.Data.AsSpan().SequenceEqual(actual.Tensors[name].Data), $"{name} differs");
    }

    private sealed class LibtorchFault(string message) : ExternalException(message);
}
