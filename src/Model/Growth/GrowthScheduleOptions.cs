namespace Pggan.Model;

/// <summary>
/// Every number of the growth schedule. Defaults are the reference's (train.py, TrainingSchedule). The dictionaries override a
/// base value from one resolution (in pixels) and for that resolution only.
/// </summary>
public sealed record GrowthScheduleOptions
{
    /// <summary>Below it a fade-in has not begun.</summary>
    public const double LeastInitialAlpha = 1e-6;

    /// <summary>Final resolution in pixels: a power of two, at least 4.</summary>
    public int Resolution { get; init; } = 64;

    /// <summary>Resolution in pixels at which training begins: a power of two from 4 to <see cref="Resolution"/>.</summary>
    public int InitialResolution { get; init; } = 4;

    /// <summary>
    /// Alpha at which training begins: below 1 in the middle of the fade-in of <see cref="InitialResolution"/>, of which the rest follows.
    /// </summary>
    public double InitialAlpha { get; init; } = 1;

    /// <summary>Thousands of images of each stabilise phase; 0 = none.</summary>
    public double TrainKimg { get; init; } = 600;

    /// <summary>Thousands of images of each fade-in; 0 = resolutions change at once.</summary>
    public double FadeKimg { get; init; } = 600;

    /// <summary>Thousands of images of the stabilise phase, by resolution.</summary>
    public IReadOnlyDictionary<int, double> TrainKimgAt { get; init; } = new Dictionary<int, double>();

    /// <summary>Thousands of images of the fade-in, by the resolution that comes in.</summary>
    public IReadOnlyDictionary<int, double> FadeKimgAt { get; init; } = new Dictionary<int, double>();

    /// <summary>Thousands of images of the whole run; the last stabilise phase lasts until then.</summary>
    public double TotalKimg { get; init; } = 15000;

    /// <summary>Real images a discriminator step where <see cref="Minibatch"/> has no entry.</summary>
    public int MinibatchBase { get; init; } = 16;

    /// <summary>Real images a discriminator step, by resolution.</summary>
    public IReadOnlyDictionary<int, int> Minibatch { get; init; } = new Dictionary<int, int>();

    /// <summary>Most images of a step that one device can hold, by resolution; no entry = no limit.</summary>
    public IReadOnlyDictionary<int, int> MaxMinibatchPerDevice { get; init; } = new Dictionary<int, int>();

    /// <summary>Devices that the minibatches are made for, whichever share a step: the minibatch is a multiple of it.</summary>
    public int Devices { get; init; } = 1;

    /// <summary>Adam's learning rate for G where <see cref="GeneratorLearningRates"/> has no entry.</summary>
    public double GeneratorLearningRate { get; init; } = 0.001;

    /// <summary>Adam's learning rate for G, by resolution.</summary>
    public IReadOnlyDictionary<int, double> GeneratorLearningRates { get; init; } = new Dictionary<int, double>();

    /// <summary>Adam's learning rate for D where <see cref="DiscriminatorLearningRates"/> has no entry.</summary>
    public double DiscriminatorLearningRate { get; init; } = 0.001;

    /// <summary>Adam's learning rate for D, by resolution.</summary>
    public IReadOnlyDictionary<int, double> DiscriminatorLearningRates { get; init; } = new Dictionary<int, double>();

    /// <summary>
    /// Thousands of images over which both learning rates rise, as exp(-5 (1 - kimg / ramp)^2) of what they are; 0 = none. 40 in the paper's Theano code.
    /// </summary>
    public double RampKimg { get; init; }

    /// <summary>Thousands of images a tick where <see cref="TickKimg"/> has no entry.</summary>
    public double TickKimgBase { get; init; } = 160;

    /// <summary>Thousands of images between two progress reports, by resolution.</summary>
    public IReadOnlyDictionary<int, double> TickKimg { get; init; } = new Dictionary<int, double>
    {
        [4] = 160,
        [8] = 140,
        [16] = 120,
        [32] = 100,
        [64] = 80,
        [128] = 60,
        [256] = 40,
        [512] = 20,
        [1024] = 10,
    };

    /// <summary>The options after a change.</summary>
    public GrowthScheduleOptions With(TrainingChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        (double trainKimg, IReadOnlyDictionary<int, double> trainKimgAt) = Over(TrainKimg, TrainKimgAt, change.TrainKimg);
        (double fadeKimg, IReadOnlyDictionary<int, double> fadeKimgAt) = Over(FadeKimg, FadeKimgAt, change.FadeKimg);
        (int minibatch, IReadOnlyDictionary<int, int> minibatches) = Over(MinibatchBase, Minibatch, change.Minibatch);
        (double gRate, IReadOnlyDictionary<int, double> gRates) = Over(GeneratorLearningRate, GeneratorLearningRates, change.GLearningRate);
        (double dRate, IReadOnlyDictionary<int, double> dRates) = Over(DiscriminatorLearningRate, DiscriminatorLearningRates, change.DLearningRate);
        (double tick, IReadOnlyDictionary<int, double> ticks) = Over(TickKimgBase, TickKimg, change.TickKimg);
        return this with
        {
            TrainKimg = trainKimg,
            TrainKimgAt = trainKimgAt,
            FadeKimg = fadeKimg,
            FadeKimgAt = fadeKimgAt,
            MinibatchBase = minibatch,
            Minibatch = minibatches,
            GeneratorLearningRate = gRate,
            GeneratorLearningRates = gRates,
            DiscriminatorLearningRate = dRate,
            DiscriminatorLearningRates = dRates,
            TickKimgBase = tick,
            TickKimg = ticks,
        };

        static (T, IReadOnlyDictionary<int, T>) Over<T>(T value, IReadOnlyDictionary<int, T> at, ResolutionChange<T>? by)
            where T : struct => by is null ? (value, at) : by.Over(value, at);
    }
}
