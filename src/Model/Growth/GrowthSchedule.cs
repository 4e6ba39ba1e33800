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

    /// <summary>The shortest tick in thousands of images.</summary>
    private const double OneImage = 1e-3;

    /// <summary>
    /// Share of a phase that is rounding: 3 * 0.4 is a hair above 1.2, and without fades the next resolution would come a group of steps late; no
    /// image is so short.
    /// </summary>
    private const double Hair = 1e-9;

    /// <summary>Images are whole, so less than that of one is rounding.</summary>
    internal const double WholeImage = 1e-3;

    private readonly GrowthScheduleOptions options;
    private readonly Growth[] growths;

    // Thousands of images at which the last phase begins.
    private readonly double grownAt;

    /// <summary>What leads to the next resolution, in thousands of images, and the share of its fade that is over when it begins.</summary>
    private readonly record struct Growth(int Resolution, double Start, double Train, double Fade, double Faded = 0)
    {
        public double Length => Train + FadeLeft;

        public double FadeStart => Start + Train;

        public double FadeLeft => Fade * (1 - Faded);
    }

    private GrowthSchedule(GrowthScheduleOptions options)
    {
        this.options = options;
        int first = options.InitialAlpha < 1 ? options.InitialResolution / 2 : options.InitialResolution, alike = 0;
        growths = new Growth[Log2(options.Resolution) - Log2(first)];
        for (int i = 0; i < growths.Length; i++)
        {
            int resolution = first << i;
            growths[i] = resolution < options.InitialResolution
                ? new Growth(resolution, 0, 0, FadeKimgOf(resolution * 2), options.InitialAlpha)
                : new Growth(resolution, grownAt, TrainKimgOf(resolution), FadeKimgOf(resolution * 2));

            // Where all are alike the reference multiplies, and a sum would round otherwise.
            alike += growths[i].Length == growths[0].Length ? 1 : 0;
            grownAt = alike == i + 1 ? alike * growths[0].Length : grownAt + growths[i].Length;
        }
        Phases = ListPhases();
    }

    /// <summary>The phases in order, none of length zero; the last one is never shorter than what is left of the total.</summary>
    public IReadOnlyList<GrowthPhase> Phases { get; }

    /// <summary>Sides of the images that are trained at, in pixels.</summary>
    public IEnumerable<int> Resolutions => Phases.Select(phase => phase.Resolution).Distinct();

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
        RequireAll(options.TrainKimgAt.Values, IsLength, "train kimg", $"a number of at least 0 and at most {MostKimg:0}");
        RequireAll(options.FadeKimgAt.Values, IsLength, "fade kimg", $"a number of at least 0 and at most {MostKimg:0}");
        Require(options.Devices >= 1, $"devices {options.Devices} must be at least 1");
        RequireAll(options.Minibatch.Values.Append(options.MinibatchBase), m => m >= options.Devices, "minibatch",
            $"at least {options.Devices}{(options.Devices > 1 ? ", an image a device" : "")}");
        RequireAll(options.MaxMinibatchPerDevice.Values, m => m >= 1, "largest minibatch of a device", "at least 1");
        RequireAll(options.GeneratorLearningRates.Values.Append(options.GeneratorLearningRate), IsRate, "generator learning rate",
            "above 0 and at most 1");
        RequireAll(options.DiscriminatorLearningRates.Values.Append(options.DiscriminatorLearningRate), IsRate,
            "discriminator learning rate", "above 0 and at most 1");
        Require(IsLength(options.RampKimg), $"ramp kimg {options.RampKimg} must be a number of at least 0 and at most {MostKimg:0}");
        RequireAll(options.TickKimg.Values.Append(options.TickKimgBase), t => t is >= OneImage and <= MostKimg, "tick kimg",
            $"at least {OneImage} and at most {MostKimg:0}");
        RequireAll(options.TrainKimgAt.Keys.Concat(options.FadeKimgAt.Keys).Concat(options.Minibatch.Keys).Concat(options.MaxMinibatchPerDevice.Keys).Concat(options.GeneratorLearningRates.Keys)
            .Concat(options.DiscriminatorLearningRates.Keys).Concat(options.TickKimg.Keys), IsSide, "resolution of a table",
            "a power of two from 4 to 4096");
        Require(options.InitialAlpha is >= GrowthScheduleOptions.LeastInitialAlpha and <= 1,
            $"initial alpha {options.InitialAlpha} must be from {GrowthScheduleOptions.LeastInitialAlpha:0.######} to 1");
        Require(options.InitialAlpha == 1 || options.InitialResolution > 4,
            $"initial alpha {options.InitialAlpha} is in the middle of a fade-in, and none leads to an initial resolution of 4; begin at 8 at least, or with alpha 1");
        GrowthSchedule schedule = new(options);
        Require(options.InitialAlpha == 1 || schedule.FadeKimgOf(options.InitialResolution) > 0,
            $"initial alpha {options.InitialAlpha} is in the middle of the fade-in of {options.InitialResolution} px, whose fade kimg is 0; give it a length, or begin with alpha 1");
        foreach (Growth growth in schedule.growths)
            Require(growth.Length > 0, $"train kimg and fade kimg are both 0 at {growth.Resolution} px, so it would never be trained; start at a higher resolution or give one of them");
        return schedule;
    }

    /// <summary>The schedule at a count of images (seen, plus those that manual growth skipped).</summary>
    public SchedulePoint At(double images)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(images);
        double kimg = images / 1000;
        int done = GrowthsDone(kimg);
        double lod = growths.Length - done;
        if (done < growths.Length && growths[done] is { Fade: > 0 } growth && growth.Faded + (kimg - growth.Start - growth.Train) / growth.Fade is > Hair and var faded)
            lod -= Math.Min(faded, 1); // above 1 by rounding only

        int resolution = options.Resolution >> (int)Math.Floor(lod);
        double fraction = lod - Math.Floor(lod);
        return new SchedulePoint(
            lod,
            new GrowthStage(resolution, 1 - fraction),
            PhaseOf(resolution, isFading: fraction > 0),
            MinibatchAt(resolution),
            options.GeneratorLearningRates.GetValueOrDefault(resolution, options.GeneratorLearningRate) * RampAt(kimg),
            options.DiscriminatorLearningRates.GetValueOrDefault(resolution, options.DiscriminatorLearningRate) * RampAt(kimg),
            options.TickKimg.GetValueOrDefault(resolution, options.TickKimgBase));
    }

    /// <summary>
    /// The same place in a schedule whose phases have other lengths: what has passed of a stabilise phase stays passed, and a fade-in keeps its
    /// alpha. A stabilise phase that is shorter than what has passed ends.
    /// </summary>
    /// <param name="images">Images of this schedule.</param>
    /// <param name="other">A schedule of the same resolutions.</param>
    internal double MapTo(GrowthSchedule other, double images)
    {
        double kimg = images / 1000;
        int done = GrowthsDone(kimg);
        if (done == growths.Length)
            return (kimg - grownAt + other.grownAt) * 1000;
        (Growth from, Growth to) = (growths[done], other.growths[done]);
        double fading = kimg - from.FadeStart;
        return fading <= 0
            ? (to.Start + Math.Min(kimg - from.Start, to.Train)) * 1000
            : (to.FadeStart + fading / from.Fade * to.Fade) * 1000;
    }

    /// <summary>True when every phase is as long as the other schedule's.</summary>
    internal bool HasPhasesOf(GrowthSchedule other) => growths.AsSpan().SequenceEqual(other.growths);

    /// <summary>Resolutions whose phase of a kind has not ended; but for the last one, which lasts until the total.</summary>
    internal IEnumerable<int> Ahead(GrowthPhaseKind kind, double images) => ResolutionsOf(kind, growth => !HasEnded(growth, kind, images));

    /// <summary>Resolutions whose phase of a kind has ended.</summary>
    internal IEnumerable<int> Ended(GrowthPhaseKind kind, double images) => ResolutionsOf(kind, growth => HasEnded(growth, kind, images));

    /// <summary>Length of the phase of a kind at a resolution in thousands of images.</summary>
    internal double KimgOf(GrowthPhaseKind kind, int resolution) =>
        kind == GrowthPhaseKind.Stabilize ? TrainKimgOf(resolution) : FadeKimgOf(resolution);

    /// <summary>Length of the phases of a kind that have none of their own, in thousands of images.</summary>
    internal double UsualKimg(GrowthPhaseKind kind) => kind == GrowthPhaseKind.Stabilize ? options.TrainKimg : options.FadeKimg;

    private GrowthPhase PhaseOf(int resolution, bool isFading)
    {
        // Found by the stage, not by images, so that rounding can't tear the two apart. A fade begins after its first image: at its
        // very start lod is still whole, which belongs to the phase before, or to the fade itself where that is the first phase.
        GrowthPhaseKind kind = isFading ? GrowthPhaseKind.FadeIn : GrowthPhaseKind.Stabilize;
        return Phases.FirstOrDefault(p => p.Resolution == resolution && p.Kind == kind)
            ?? Phases.FirstOrDefault(p => p.Resolution == resolution)
            ?? Phases[0];
    }

    /// <summary>Real images a discriminator step at a resolution.</summary>
    internal int MinibatchAt(int resolution)
    {
        int minibatch = options.Minibatch.GetValueOrDefault(resolution, options.MinibatchBase);
        minibatch -= minibatch % options.Devices;
        return options.MaxMinibatchPerDevice.TryGetValue(resolution, out int most) ? Math.Min(minibatch, most * options.Devices) : minibatch;
    }

    private List<GrowthPhase> ListPhases()
    {
        List<GrowthPhase> phases = [];
        foreach (Growth growth in growths)
        {
            if (growth.Train > 0)
                phases.Add(new GrowthPhase(GrowthPhaseKind.Stabilize, growth.Resolution, growth.Start * 1000, growth.Train * 1000));
            if (growth.Fade > 0)
                phases.Add(new GrowthPhase(GrowthPhaseKind.FadeIn, growth.Resolution * 2, growth.FadeStart * 1000, growth.FadeLeft * 1000));
        }
        double last = grownAt * 1000;
        phases.Add(new GrowthPhase(GrowthPhaseKind.Stabilize, options.Resolution, last, Math.Max(TotalImages - last, 0)));
        return phases;
    }

    /// <summary>Share of the learning rates that holds.</summary>
    private double RampAt(double kimg) => kimg < options.RampKimg ? Math.Exp(-5 * Math.Pow(1 - kimg / options.RampKimg, 2)) : 1;

    /// <summary>How many resolutions have come in completely.</summary>
    private int GrowthsDone(double kimg)
    {
        int done = 0;
        while (done < growths.Length && kimg - growths[done].Start - growths[done].Length >= -Hair * growths[done].Length)
            done++;
        return done;
    }

    private IEnumerable<int> ResolutionsOf(GrowthPhaseKind kind, Func<Growth, bool> which) =>
        growths.Where(which).Select(growth => kind == GrowthPhaseKind.Stabilize ? growth.Resolution : growth.Resolution * 2);

    private static bool HasEnded(Growth growth, GrowthPhaseKind kind, double images) =>
        (kind == GrowthPhaseKind.Stabilize ? growth.FadeStart : growth.Start + growth.Length) * 1000 <= images + WholeImage;

    private double TrainKimgOf(int resolution) => options.TrainKimgAt.GetValueOrDefault(resolution, options.TrainKimg);

    private double FadeKimgOf(int resolution) => options.FadeKimgAt.GetValueOrDefault(resolution, options.FadeKimg);

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
