using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>The average of G that samples are drawn from: average = beta * average + (1 - beta) * G, parameter by parameter.</summary>
internal static class ExponentialMovingAverage
{
    /// <summary>Share of the old average to keep: the reference's constant, or by half-life in images.</summary>
    /// <param name="options">Of the training.</param>
    /// <param name="images">From one update to the next.</param>
    public static double Beta(TrainerOptions options, int images) =>
        options.EmaHalfLifeKimg > 0 ? Math.Pow(0.5, images / (options.EmaHalfLifeKimg * 1000)) : options.EmaBeta;

    /// <summary>Moves <paramref name="average"/> towards <paramref name="current"/>; both in the same order.</summary>
    public static void Update(IReadOnlyList<Parameter> average, IReadOnlyList<Parameter> current, double beta)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        for (int i = 0; i < average.Count; i++)
            average[i].lerp_(current[i], 1 - beta);
    }
}
