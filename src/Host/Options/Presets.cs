using System.Numerics;

namespace Pggan.Host;

/// <summary>
/// Sets of options by name. The reference's are those of its config.py (TensorFlow), number by number; ablations are auto with one thing changed
/// (<see cref="Ablations"/>), the rows of Table 1 are the paper's (<see cref="Table1"/>), gan-zoo is another program's training
/// (<see cref="GanZooPreset"/>), and dcgan is a baseline (<see cref="DcganPreset"/>).
/// </summary>
internal static class Presets
{
    /// <summary>Fits the machine and the dataset.</summary>
    public const string Auto = "auto";

    private const int OfficialLargest = 1024;

    /// <summary>Memory of one 16 GB GPU in fp32: most images of a step.</summary>
    private static readonly Dictionary<int, int> OfficialLimits = new() { [256] = 16, [512] = 8, [1024] = 4 };

    /// <summary>Every preset.</summary>
    public static IReadOnlyList<string> Names { get; } = [Auto, "paper", "v1", "2gpu", "4gpu", "8gpu", "cifar10", GanZooPreset.Name, DcganPreset.Name, .. Ablations.Names, .. Table1.Names];

    /// <summary>The options of a preset.</summary>
    /// <exception cref="UserException">There is no such preset.</exception>
    public static RunOptions Create(string name, DatasetFacts data, MachineFacts machine, PresetWishes wishes)
    {
        RunOptions common = new()
        {
            Preset = name,
            Base = data.Base,
            Channels = data.Channels,
            Resolution = wishes.Resolution ?? Math.Min(data.Resolution, OfficialLargest),
            Readers = Math.Clamp(machine.Cores / 4, 1, 8),
            Downsamplers = Math.Clamp(machine.Cores / 8, 1, 4),
        };
        RunOptions auto = AutoPreset.Create(data, machine, wishes) with { Preset = name, Readers = common.Readers, Downsamplers = common.Downsamplers };
        return name switch
        {
            Auto => auto,
            DcganPreset.Name => DcganPreset.Create(auto, machine),
            _ when Ablations.Of(name, auto) is { } ablation => ablation,
            _ when Table1.Of(name, common, wishes) is { } row => row,
            "paper" => Paper(common),
            "v1" => Version1(common),
            "2gpu" => TwoGpus(common),
            "4gpu" => FourGpus(common),
            "8gpu" => EightGpus(common),
            "cifar10" => Cifar10(common, wishes),
            GanZooPreset.Name => GanZooPreset.Create(common, wishes),
            _ => throw new UserException($"There is no preset '{name}'; presets are {string.Join(", ", Names)}.{DidYouMean.Hint(name, Names)}"),
        };
    }

    /// <summary>preset-v2-1gpu.</summary>
    private static RunOptions Paper(RunOptions common) => Version2(common) with
    {
        Minibatch = new(4, Table(4, 128, 128, 128, 64, 32, 16, 8, 4)),
        GLearningRate = new(0.001, new Dictionary<int, double> { [1024] = 0.0015 }),
        DLearningRate = new(0.001, new Dictionary<int, double> { [1024] = 0.0015 }),
    };

    /// <summary>preset-v1-1gpu.</summary>
    private static RunOptions Version1(RunOptions common) => common with
    {
        StddevGroup = 16,
        Minibatch = new(16, new Dictionary<int, int> { [256] = 14, [512] = 6, [1024] = 3 }),
        MaxMinibatchPerDevice = OfficialLimits,
        TrainKimg = 800,
        FadeKimg = 800,
        TotalKimg = 19000,
    };

    /// <summary>preset-v2-2gpus.</summary>
    private static RunOptions TwoGpus(RunOptions common) => Version2(common) with
    {
        Devices = 2,
        Minibatch = new(8, Table(4, 256, 256, 128, 64, 32, 16, 8)),
        GLearningRate = new(0.001, new Dictionary<int, double> { [512] = 0.0015, [1024] = 0.002 }),
        DLearningRate = new(0.001, new Dictionary<int, double> { [512] = 0.0015, [1024] = 0.002 }),
    };

    /// <summary>preset-v2-4gpus.</summary>
    private static RunOptions FourGpus(RunOptions common) => Version2(common) with
    {
        Devices = 4,
        Minibatch = new(16, Table(4, 512, 256, 128, 64, 32, 16)),
        GLearningRate = new(0.001, new Dictionary<int, double> { [256] = 0.0015, [512] = 0.002, [1024] = 0.003 }),
        DLearningRate = new(0.001, new Dictionary<int, double> { [256] = 0.0015, [512] = 0.002, [1024] = 0.003 }),
    };

    /// <summary>preset-v2-8gpus.</summary>
    private static RunOptions EightGpus(RunOptions common) => Version2(common) with
    {
        Devices = 8,
        Minibatch = new(32, Table(4, 512, 256, 128, 64, 32)),
        GLearningRate = new(0.001, new Dictionary<int, double> { [128] = 0.0015, [256] = 0.002, [512] = 0.003, [1024] = 0.003 }),
        DLearningRate = new(0.001, new Dictionary<int, double> { [128] = 0.0015, [256] = 0.002, [512] = 0.003, [1024] = 0.003 }),
    };

    /// <summary>
    /// The paper's CIFAR-10 network and schedule. The numbers are of its Theano code: the TensorFlow code has neither a gradient norm target
    /// of 750 nor statistics over the whole minibatch nor updates of both networks from the same step, and does not reproduce the paper's score.
    /// </summary>
    private static RunOptions Cifar10(RunOptions common, PresetWishes wishes) => common with
    {
        Resolution = wishes.Resolution ?? 32,
        FmapBase = 4096,
        FmapMax = 128,
        Latent = 128,
        FusedScale = false,
        StddevGroup = 16,
        PenaltyTarget = 750,
        SimultaneousUpdate = true,
        Minibatch = new(16),
        MinibatchRepeats = 1,
        MaxMinibatchPerDevice = OfficialLimits,
        TrainKimg = 400,
        FadeKimg = 400,
        TotalKimg = 20000,
    };

    private static RunOptions Version2(RunOptions common) => common with
    {
        MaxMinibatchPerDevice = OfficialLimits,
        TrainKimg = 600,
        FadeKimg = 600,
        TotalKimg = 12000,
    };

    /// <summary>Values for a resolution and those above it, each twice the one before.</summary>
    private static Dictionary<int, int> Table(int first, params ReadOnlySpan<int> values)
    {
        Dictionary<int, int> table = [];
        for (int i = 0; i < values.Length; i++)
            table[first << i] = values[i];
        return table;
    }

    /// <summary>The largest power of two that is not above a size.</summary>
    public static int PowerBelow(int size) => size < 1 ? 0 : 1 << BitOperations.Log2((uint)size);
}
