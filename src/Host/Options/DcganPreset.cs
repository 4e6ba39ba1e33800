using Pggan.Model;

namespace Pggan.Host;

/// <summary>
/// The baseline of Radford et al. 2016: fixed resolution, strided convolutions with batch norm, cross-entropy, and its numbers for Adam. At 64x64 the widths
/// are 1024, 512, 256 and 128; a CPU gets a quarter of them and half the minibatch. As many images as the auto preset takes.
/// </summary>
internal static class DcganPreset
{
    /// <summary>Name of the preset.</summary>
    public const string Name = "dcgan";

    private const int FmapBase = 2048;
    private const int FmapMax = 1024;
    private const int Latent = 100;
    private const int Minibatch = 128;
    private const int CpuShare = 4;         // of the feature maps
    private const int CpuMinibatch = 64;
    private const double LearningRate = 0.0002;
    private const double Beta1 = 0.5;
    private const double Beta2 = 0.999;
    private const int Smallest = 8;         // pixels

    /// <summary>The options, from those of the auto preset.</summary>
    public static RunOptions Create(RunOptions auto, MachineFacts machine)
    {
        int resolution = Math.Max(auto.Resolution, Smallest), share = machine.IsCuda ? 1 : CpuShare;
        return AutoPreset.FitToMemory(
            auto with
            {
                Resolution = resolution,
                InitialResolution = resolution,
                Layout = NetworkLayout.Dcgan,
                FmapBase = Math.Max(FmapBase / share, resolution * 2),
                FmapMax = FmapMax / share,
                Latent = Latent,
                Minibatch = new(machine.IsCuda ? Minibatch : CpuMinibatch),
                PixelNorm = false,
                NormalizeLatents = false,
                StddevGroup = 1,
                EqualizedLearningRate = false,
                LeakyRelu = false,
                TanhOutput = true,
                Loss = AdversarialLoss.Dcgan,
                GLearningRate = new(LearningRate),
                DLearningRate = new(LearningRate),
                Beta1 = Beta1,
                Beta2 = Beta2,
                MinibatchRepeats = 1,
                EmaBeta = 0,
                EmaHalfLifeKimg = 0,
            },
            machine);
    }
}
