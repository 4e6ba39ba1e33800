using Pggan.Model;

namespace Pggan.Host;

/// <summary>
/// As pytorch_GAN_zoo trains by its pgan_config.py. Its losses are sums over 16 images where ours are means, so what it adds as a mean, and Adam's epsilon,
/// are a sixteenth of what they are there.
/// </summary>
internal static class GanZooPreset
{
    /// <summary>Name of the preset.</summary>
    public const string Name = "gan-zoo";

    private const int Minibatch = 16;
    private const int StepsPerAlpha = 32;
    private const double FadeKimg = 600 * StepsPerAlpha * Minibatch / 1000.0;
    private const double FirstKimg = 48_000 * Minibatch / 1000.0;     // at 4x4
    private const double Kimg = 96_000 * Minibatch / 1000.0;          // of each resolution, fade and all
    private const double LargestKimg = 200_000 * Minibatch / 1000.0;  // at 1024x1024
    private const int Largest = 1024;

    /// <summary>The options, from those that all such presets have in common.</summary>
    public static RunOptions Create(RunOptions common, PresetWishes wishes)
    {
        int first = wishes.InitialResolution ?? common.InitialResolution;
        double total = first == 4 ? FirstKimg : Kimg - FadeKimg;
        for (int resolution = first; resolution > 0 && resolution < common.Resolution; resolution *= 2)
            total += Kimg;
        return common with
        {
            FusedScale = false,
            Conventions = NetworkConventions.GanZoo,
            Minibatch = new(Minibatch),
            MinibatchRepeats = StepsPerAlpha,
            InitialResolution = first,
            TrainKimg = new ResolutionTable<double>(Kimg - FadeKimg).With(4, FirstKimg),
            FadeKimg = FadeKimg,
            TotalKimg = total + (common.Resolution == Largest ? LargestKimg - Kimg : 0),
            PenaltyScale = PenaltyScale.Native,
            LabelWeight = 1.0 / Minibatch,
            LabelLoss = LabelLossScope.Reals,
            EvenLabels = true,
            AverageAfter = AverageAfter.G,
            RestartAverage = true,
            ResetAfterFade = false,
            Epsilon = common.Epsilon / Minibatch,
        };
    }
}
