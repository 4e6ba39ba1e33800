using System.Numerics;

namespace Pggan.Model;

/// <summary>
/// What both networks are built from. Defaults are the reference's (networks.py, G_paper and D_paper).
/// </summary>
public sealed record NetworkArchitecture
{
    /// <summary>Final resolution in pixels: a power of two, at least 4.</summary>
    public int Resolution { get; init; } = 64;

    /// <summary>Colour channels: 1 grey, 3 RGB, or any other count of at least 1.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Components of the latent z; 0 = as many as the feature maps of stage 0.</summary>
    public int LatentSize { get; init; }

    /// <summary>Components of a label; 0 = unconditional.</summary>
    public int LabelSize { get; init; }

    /// <summary>Feature maps are FmapBase / 2^(stage * FmapDecay), at most <see cref="FmapMax"/>.</summary>
    public int FmapBase { get; init; } = 8192;

    /// <summary>How fast feature maps halve with each stage.</summary>
    public double FmapDecay { get; init; } = 1;

    /// <summary>Most feature maps of a layer.</summary>
    public int FmapMax { get; init; } = 512;

    /// <summary>Upscale with the convolution after it, and downscale with the convolution before it, as one operation.</summary>
    public bool FusedScale { get; init; } = true;

    /// <summary>Images a group of the minibatch standard deviation; 1 = no such layer.</summary>
    public int StdDevGroup { get; init; } = 4;

    /// <summary>Scale the latent (with its label) to unit mean square before the first layer.</summary>
    public bool NormalizeLatents { get; init; } = true;

    /// <summary>Normalise the feature vector of each pixel in G.</summary>
    public bool PixelNorm { get; init; } = true;

    /// <summary>Added to the mean square in the pixel norm.</summary>
    public double PixelNormEpsilon { get; init; } = 1e-8;

    /// <summary>Progressive, or one of the seeds' fixed networks.</summary>
    public NetworkLayout Layout { get; init; } = NetworkLayout.Progressive;

    /// <summary>Weights are scaled at run time (paper, section 4.1); off: they begin with He's deviation, and are used as they are.</summary>
    public bool EqualizedLearningRate { get; init; } = true;

    /// <summary>G's activation is leaky; off: a plain ReLU. D's always is.</summary>
    public bool LeakyRelu { get; init; } = true;

    /// <summary>G's image passes through tanh, after the blend of a fade; off: it is linear.</summary>
    public bool TanhOutput { get; init; }

    /// <summary>Number of growth levels: 1 for a 4x4 network.</summary>
    public int Levels => BitOperations.Log2((uint)Resolution) - 1;

    /// <summary>Components of z with the default resolved.</summary>
    public int Latents => LatentSize > 0 ? LatentSize : FeatureMaps(0);

    /// <summary>Feature maps of a stage: nf(stage) of the reference; the block of resolution 2^r has nf(r-1).</summary>
    public int FeatureMaps(int stage) => Math.Min((int)(FmapBase / Math.Pow(2, stage * FmapDecay)), FmapMax);

    /// <summary>Components of an image's features before D's last layer.</summary>
    internal int LastFeatures => Layout == NetworkLayout.Dcgan ? FeatureMaps(1) * 16 : FeatureMaps(0);

    /// <summary>Whether what D or G makes of an image depends on all images of the minibatch, so that it can't be computed in parts.</summary>
    internal bool NeedsWholeMinibatch => Layout == NetworkLayout.Dcgan;

    /// <summary>Side in pixels of a level, 0 being 4x4.</summary>
    public static int ResolutionOf(int level) => 4 << level;

    /// <summary>Level of a resolution in pixels, 0 being 4x4.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The network has no such resolution.</exception>
    public int LevelOf(int resolution)
    {
        if (resolution < 4 || resolution > Resolution || !BitOperations.IsPow2(resolution))
            throw new ArgumentOutOfRangeException(nameof(resolution), resolution, $"must be a power of two from 4 to {Resolution}");
        return BitOperations.Log2((uint)resolution) - 2;
    }

    /// <summary>Checks every number.</summary>
    /// <exception cref="ArgumentException">A number is out of its range; the message names it.</exception>
    public void Validate()
    {
        Require(Resolution is >= 4 and <= 4096 && BitOperations.IsPow2(Resolution),
            $"resolution {Resolution} must be a power of two from 4 to 4096");
        Require(Channels is >= 1 and <= 64, $"channels {Channels} must be from 1 to 64");
        Require(LatentSize is >= 0 and <= 65536, $"latent size {LatentSize} must be from 1 to 65536, or 0 for the default");
        Require(LabelSize is >= 0 and <= 1 << 20, $"label size {LabelSize} must be from 0 to 1048576");
        Require(FmapDecay is >= 0 and <= 8, $"fmap decay {FmapDecay} must be from 0 to 8");
        Require(FmapMax is >= 1 and <= 65536, $"fmap max {FmapMax} must be from 1 to 65536");
        Require(FmapBase is >= 1 and <= 1 << 24 && FeatureMaps(Levels) >= 1,
            $"fmap base {FmapBase} leaves no feature map at {Resolution}x{Resolution}; it must be at least 2^{Levels * FmapDecay:0.##}");
        Require(StdDevGroup >= 1, $"stddev group {StdDevGroup} must be at least 1");
        Require(PixelNormEpsilon > 0, $"pixel norm epsilon {PixelNormEpsilon} must be above 0");
        Require(Enum.IsDefined(Layout), $"there is no layout {Layout}");
        Require(Layout != NetworkLayout.Dcgan || Resolution >= 8, $"resolution {Resolution} of a DCGAN must be at least 8");
        Require(
            Layout != NetworkLayout.Dcgan || this is
            {
                PixelNorm: false, NormalizeLatents: false, StdDevGroup: 1, EqualizedLearningRate: false, LeakyRelu: false, TanhOutput: true,
            },
            "a DCGAN has neither pixel norm nor normalised latents, stddev group, equalized learning rate or a leaky ReLU in G, and it has a tanh output; the preset dcgan sets all of them");
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new ArgumentException(message);
    }
}
