using Pggan.Actors;

namespace Pggan.Host.Tests;

/// <summary>A tick with a number in every field; a test changes those that it is about.</summary>
internal static class ExampleTick
{
    public static TickSummary Summary { get; } = new()
    {
        Tick = 3,
        Images = 12345,
        Resolution = 8,
        Alpha = 0.25,
        Minibatch = 16,
        LossD = -1.5,
        LossG = null,
        ScoreReal = 0.1,
        ScoreFake = -0.2,
        GradientNorm = 0.9,
        GradientPenalty = 0.01,
        LabelLoss = 0,
        GLearningRate = 0.001,
        DLearningRate = 0.0015,
        ImagesPerSecond = 76.5,
        SecondsPerTick = 50,
        SecondsPerKimg = 13,
        LoaderWait = 0.005,
        MemoryBytes = 957_000_000,
        SkippedUpdates = 1,
        GLossScale = 16.0005,
        DLossScale = 15.5,
        SkippedImages = 2,
        StaleBatches = 3,
        Elapsed = 812.5,
        PhaseKimgLeft = 12.5,
        TotalKimgLeft = 100,
        SecondsLeftInPhase = 160,
        SecondsLeft = null,
    };
}
