using System.Numerics;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>
/// The options of a first run: good, and not endless. On a CPU a small network and a schedule of under an hour; on a GPU a network between
/// that and the paper's. A pure function, with all its numbers at the top. TorchSharp does not tell a GPU's memory: there the run tries every
/// resolution before it starts, and says what to lower where one does not fit.
/// </summary>
internal static class AutoPreset
{
    // On a CPU. Time goes with the feature maps and with images at the highest resolution.
    private const int CpuFmapBase = 512;
    private const int CpuFmapMax = 64;
    private const int CpuLatent = 64;
    private const int CpuMinibatch = 16;
    private const int CpuLargest = 64;              // pixels a side of a square, with few cores
    private const int CpuLargestWithManyCores = 128;
    private const int LargerThanSquare = 2;         // that an image of another base may be
    private const int ManyCores = 16;
    private const double CpuTrainKimg = 24;         // each stabilise phase
    private const double CpuFadeKimg = 24;          // each fade
    private const double CpuLastKimg = 40;          // at full size, after the last fade
    private const double CpuLearningRate = 0.003;   // three times the paper's: a hundredth of its images must do
    private const double CpuEmaHalfLifeKimg = 2;    // the paper's average would remember a whole phase
    private const double CpuMoreCores = 8;          // from so many cores on all phases are twice as long
    private const double CpuMemoryShare = 0.5;      // of the machine's; above it minibatches shrink first, then feature maps
    private const int CpuSmallestMinibatch = 4;
    private const int CpuSmallestFmapMax = 8;

    // On a GPU.
    private const int GpuSmall = 128;               // up to here the smaller network and schedule
    private const int GpuLargest = 1024;
    private const int GpuSmallFmapBase = 4096;
    private const int GpuSmallFmapMax = 256;
    private const int GpuFmapBase = 8192;
    private const int GpuFmapMax = 512;
    private const double GpuSmallKimg = 300;        // each stabilise phase and each fade
    private const double GpuKimg = 600;
    private const double GpuLastPhases = 4;         // at full size, in phases

    // A small dataset is learnt by heart when it is shown too often; a larger one carries a longer run.
    private const int FewImages = 5000;
    private const int CpuFewImages = 200;           // a CPU's schedule is short as it is, and not longer for many images
    private const double FewImagesShare = 0.5;

    // Pixels; below them SWD has no level of its own, above them it takes long.
    private const int SmallestMeasured = 16;
    private const int LargestMeasured = 256;

    /// <summary>Beyond it a total is refused for itself.</summary>
    private const double MostKimg = 1e9;

    // Some 10 to 60 seconds on two cores.
    private static readonly Dictionary<int, double> CpuTicks = new() { [4] = 8, [8] = 8, [16] = 6, [32] = 4, [64] = 2, [128] = 1 };
    private static readonly Dictionary<int, double> GpuTicks = new() { [4] = 40, [8] = 40, [16] = 30, [32] = 30, [64] = 20, [128] = 20, [256] = 10, [512] = 10, [1024] = 5 };
    private static readonly Dictionary<int, int> GpuMinibatches = new() { [4] = 128, [8] = 128, [16] = 128, [32] = 64, [64] = 32, [128] = 16, [256] = 8, [512] = 4, [1024] = 4 };

    /// <summary>The options for a dataset on a machine.</summary>
    public static RunOptions Create(DatasetFacts data, MachineFacts machine, PresetWishes wishes)
    {
        int largest = machine.IsCuda ? GpuLargest : machine.Cores >= ManyCores ? CpuLargestWithManyCores : CpuLargest;
        int resolution = wishes.Resolution ?? Math.Clamp(data.Resolution, 4, largest);
        while (wishes.Resolution is null && resolution > 4 && data.Base.PixelsAt(resolution) > LargerThanSquare * largest * largest)
            resolution /= 2;
        RunOptions options = machine.IsCuda ? Gpu(data, resolution) : Cpu(data, machine, resolution);
        double train = wishes.TrainKimg ?? options.TrainKimg.Default, fade = wishes.FadeKimg ?? options.FadeKimg.Default;
        int growths = Growths(wishes.InitialResolution ?? options.InitialResolution, resolution);

        // The end keeps its proportion to phases that the user made longer or shorter.
        double last = options.TotalKimg * (train + fade) / (options.TrainKimg.Default + options.FadeKimg.Default);
        double usual = growths * (train + fade) + (last > 0 ? last : options.TotalKimg);

        // A run of another length spends it alike on all phases, so that a short one is grown at its end as well.
        double share = wishes is { TotalKimg: > 0 and < MostKimg, TrainKimg: null, FadeKimg: null } ? wishes.TotalKimg.Value / usual : 1;
        options = options with
        {
            Resolution = resolution,
            InitialResolution = wishes.InitialResolution ?? options.InitialResolution,
            Base = data.Base,
            Channels = data.Channels,
            Mirror = data.MirrorIsSafe,
            Metrics = Math.Min(data.Base.WidthAt(resolution), data.Base.HeightAt(resolution)) is >= SmallestMeasured and <= LargestMeasured ? "swd" : MetricList.None,
            TrainKimg = train * share,
            FadeKimg = fade * share,
            TotalKimg = usual * share,
            Minibatch = Shared(options.Minibatch, options.StddevGroup * machine.Devices),
        };
        return FitToMemory(options, machine);
    }

    /// <summary>Raised to a multiple, so that each device has whole stddev groups.</summary>
    private static ResolutionTable<int> Shared(ResolutionTable<int> minibatches, int groups)
    {
        return new ResolutionTable<int>(Raised(minibatches.Default), minibatches.At.ToDictionary(entry => entry.Key, entry => Raised(entry.Value)));

        int Raised(int minibatch) => (minibatch + groups - 1) / groups * groups;
    }

    /// <summary>TotalKimg is that of the last phase alone here.</summary>
    private static RunOptions Cpu(DatasetFacts data, MachineFacts machine, int resolution)
    {
        double longer = (machine.Cores >= CpuMoreCores ? 2 : 1) * (data.Count < CpuFewImages ? FewImagesShare : 1);
        return new RunOptions
        {
            FmapBase = Math.Max(CpuFmapBase / Enlargement(data.Base), resolution * 4),
            FmapMax = CpuFmapMax,
            Latent = CpuLatent,
            Minibatch = new(CpuMinibatch),
            GLearningRate = new(CpuLearningRate),
            DLearningRate = new(CpuLearningRate),
            EmaHalfLifeKimg = CpuEmaHalfLifeKimg,
            TrainKimg = CpuTrainKimg * longer,
            FadeKimg = CpuFadeKimg * longer,
            TotalKimg = CpuLastKimg * longer,
            TickKimg = new(1, CpuTicks),
            CheckpointEveryTicks = 0,
            CheckpointEveryMinutes = 5,
        };
    }

    /// <summary>TotalKimg is that of the last phase alone here.</summary>
    private static RunOptions Gpu(DatasetFacts data, int resolution)
    {
        bool small = resolution <= GpuSmall;
        double kimg = (small ? GpuSmallKimg : GpuKimg) * (data.Count < FewImages ? FewImagesShare : 1);
        return new RunOptions
        {
            FmapBase = (small ? GpuSmallFmapBase : GpuFmapBase) / Enlargement(data.Base),
            FmapMax = small ? GpuSmallFmapMax : GpuFmapMax,
            Minibatch = new(4, GpuMinibatches),
            TrainKimg = kimg,
            FadeKimg = kimg,
            TotalKimg = kimg * GpuLastPhases,
            TickKimg = new(5, GpuTicks),
            CheckpointEveryTicks = 0,
            CheckpointEveryMinutes = 15,
        };
    }

    /// <summary>The same with the largest estimate within a share of the machine's memory, or as small as a preset makes it; a GPU's is not known.</summary>
    public static RunOptions FitToMemory(RunOptions options, MachineFacts machine)
    {
        double bytes = machine.MemoryBytes * CpuMemoryShare;
        while (!machine.IsCuda)
        {
            CostEstimate most = CostEstimator.Estimate(options.ToTrainerOptions(labelSize: 0), flops: 1).MaxBy(e => e.Bytes)!;
            int half = most.Minibatch / 2;
            if (most.Bytes <= bytes)
                break;
            if (half >= CpuSmallestMinibatch && half % (options.StddevGroup * machine.Devices) == 0)
                options = options with { Minibatch = options.Minibatch.With(most.Resolution, half) };
            else if (options.FmapMax / 2 >= CpuSmallestFmapMax && options.FmapBase / 2 >= options.Resolution)
                options = options with { FmapMax = options.FmapMax / 2, FmapBase = options.FmapBase / 2 };
            else
                break;
        }
        return options;
    }

    /// <summary>How often a base has the sides of 4x4, by its pixels, in whole doublings: maps are as many as a square of so many pixels has.</summary>
    private static int Enlargement(BaseSize size) => 1 << BitOperations.Log2((uint)(size.Width * size.Height / 16)) / 2;

    private static int Growths(int from, int to) => Math.Max(0, BitOperations.Log2((uint)Math.Max(to, 1)) - BitOperations.Log2((uint)Math.Max(from, 1)));
}
