using System.Numerics;

namespace Pggan.Model;

/// <summary>
/// The official schedule: stabilise, then fade in the next resolution, up to the final one. A pure function of images; from the
/// first faded step on, the new resolution's minibatch, learning rates and data apply (train.py, TrainingSchedule).
/// </summary>
public sealed class GrowthSchedule
{
    /// <summary>The longest phase or run in thousands of images: far beyond all patience, and far below where counting images loses exactness.</summary>
    private const double MostKimg = 1e9;

    /// <summary>1.2 / 0.4 is a hair below 3, and without fades the next resolution would come a group of steps late; no image is so short.</summary>
    private const double Hair = 1e-9;

    private readonly GrowthScheduleOptions options;
    private readonly int growths;
    private readonly double phaseKimg;

    private GrowthSchedule(GrowthScheduleOptions options)
    {
        this.options = options;
        growths = Log2(options.Resolution) - Log2(options.InitialResolution);
        phaseKimg = options.TrainKimg + options.FadeKimg;
        Phases = ListPhases();
    }

    /// <summary>The phases in order, none of length zero; the last one is never shorter than what is left of the total.</summary>
    public IReadOnlyList<GrowthPhase> Phases { get; }

    /// <summary>Images of the whole schedule.</summary>
    public double TotalImages => options.TotalKimg * 1000;

    /// <summary>Checks the options and makes their schedule.</summary>
    /// <exception cref="ArgumentException">A number is out of its range; the message names it.</exception>
    public static GrowthSchedule Create(GrowthScheduleOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require(IsSide(options.Resolution), $"resolution {options.Resolution} must be a power of two from 4 to 4096");
        Require(IsSide(options.InitialResolution) && options.InitialResolution <= options.Resolution,
            $"initial resolution {options.InitialResolution} must be a power of two from 4 to the final resolution {options.Resolution}");
        Require(IsLength(options.TrainKimg), $"train kimg {options.TrainKimg} must be a number of at least 0 and at most {MostKimg:0}");
        Require(IsLength(options.FadeKimg), $"fade kimg {options.FadeKimg} must be a number of at least 0 and at most {MostKimg:0}");
        Require(IsLength(options.TotalKimg) && options.TotalKimg > 0, $"total kimg {options.TotalKimg} must be above 0 and at most {MostKimg:0}");
        Require(options.TrainKimg + options.FadeKimg > 0 || options.InitialResolution == options.Resolution,
            "train kimg and fade kimg are both 0, so the networks would never grow; start at the final resolution or give one of them");
        Require(options.Devices >= 1, $"devices {options.Devices} must be at least 1");
        RequireAll(options.Minibatch.Values.Append(options.MinibatchBase), m => m >= options.Devices, "minibatch",
            $"at least {options.Devices}");
        RequireAll(options.MaxMinibatchPerDevice.Values, m => m >= 1, "largest minibatch of a device", "at least 1");
        RequireAll(options.GeneratorLearningRates.Values.Append(options.GeneratorLearningRate), IsRate, "generator learning rate",
            "above 0 and at most 1");
        RequireAll(options.DiscriminatorLearningRates.Values.Append(options.DiscriminatorLearningRate), IsRate,
            "discriminator learning rate", "above 0 and at most 1");
        RequireAll(options.TickKimg.Values.Append(options.TickKimgBase), t => t > 0 && double.IsFinite(t), "tick kimg", "above 0");
        RequireAll(options.Minibatch.Keys.Concat(options.MaxMinibatchPerDevice.Keys).Concat(options.GeneratorLearningRates.Keys)
            .Concat(options.DiscriminatorLearningRates.Keys).Concat(options.TickKimg.Keys), IsSide, "resolution of a table",
            "a power of two from 4 to 4096");
        return new GrowthSchedule(options);
    }

    /// <summary>The schedule at a count of images (seen, plus those that manual growth skipped).</summary>
    public SchedulePoint At(double images)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(images);
        double kimg = images / 1000;
        double phase = phaseKimg > 0 ? Math.Floor(kimg / phaseKimg + Hair) : 0;
        double lod = growths - phase;
        if (options.FadeKimg > 0)
            lod -= Math.Clamp((kimg - phase * phaseKimg - options.TrainKimg) / options.FadeKimg, 0, 1); // out of [0, 1] by rounding only
        lod = Math.Max(lod, 0);

        int resolution = options.Resolution >> (int)Math.Floor(lod);
        double fraction = lod - Math.Floor(lod);
        return new SchedulePoint(
            lod,
            new GrowthStage(resolution, 1 - fraction),
            PhaseOf(resolution, isFading: fraction > 0),
            MinibatchAt(resolution),
            options.GeneratorLearningRates.GetValueOrDefault(resolution, options.GeneratorLearningRate),
            options.DiscriminatorLearningRates.GetValueOrDefault(resolution, options.DiscriminatorLearningRate),
            options.TickKimg.GetValueOrDefault(resolution, options.TickKimgBase));
    }

    private GrowthPhase PhaseOf(int resolution, bool isFading)
    {
        // Found by the stage, not by images, so that rounding can't tear the two apart. A fade begins after its first image: at its
        // very start lod is still whole, which belongs to the phase before, or to the fade itself where that is the first phase.
        GrowthPhaseKind kind = isFading ? GrowthPhaseKind.FadeIn : GrowthPhaseKind.Stabilize;
        return Phases.FirstOrDefault(p => p.Resolution == resolution && p.Kind == kind)
            ?? Phases.FirstOrDefault(p => p.Resolution == resolution)
            ?? Phases[0];
    }

    private int MinibatchAt(int resolution)
    {
        int minibatch = options.Minibatch.GetValueOrDefault(resolution, options.MinibatchBase);
        minibatch -= minibatch % options.Devices;
        return options.MaxMinibatchPerDevice.TryGetValue(resolution, out int most) ? Math.Min(minibatch, most * options.Devices) : minibatch;
    }

    private List<GrowthPhase> ListPhases()
    {
        List<GrowthPhase> phases = [];
        int resolution = options.InitialResolution;
        for (int i = 0; i < growths; i++, resolution *= 2)
        {
            double start = i * phaseKimg * 1000;
            if (options.TrainKimg > 0)
                phases.Add(new GrowthPhase(GrowthPhaseKind.Stabilize, resolution, start, options.TrainKimg * 1000));
            if (options.FadeKimg > 0)
                phases.Add(new GrowthPhase(GrowthPhaseKind.FadeIn, resolution * 2, start + options.TrainKimg * 1000, options.FadeKimg * 1000));
        }
        double last = growths * phaseKimg * 1000;
        phases.Add(new GrowthPhase(GrowthPhaseKind.Stabilize, resolution, last, Math.Max(TotalImages - last, 0)));
        return phases;
    }

    private static int Log2(int value) => BitOperations.Log2((uint)value);

    private static bool IsSide(int value) => value is >= 4 and <= 4096 && BitOperations.IsPow2(value);

    private static bool IsLength(double kimg) => kimg is >= 0 and <= MostKimg;

    private static bool IsRate(double rate) => rate is > 0 and <= 1;

    private static void RequireAll<T>(IEnumerable<T> values, Predicate<T> holds, string name, string range)
    {
        foreach (T value in values)
            Require(holds(value), $"{name} {value} must be {range}");
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new ArgumentException(message);
    }
}
