using System.Numerics;
using System.Text.Json.Serialization;

namespace Pggan.Model;

/// <summary>
/// What both networks are built from. Defaults are the reference's (networks.py, G_paper and D_paper).
/// </summary>
public sealed record NetworkArchitecture
{
    /// <summary>
    /// Final resolution: a power of two, at least 4. It is the side of the images in pixels with a base of 4x4; with another base images are
    /// <see cref="WidthAt"/> wide and <see cref="HeightAt"/> high.
    /// </summary>
    public int Resolution { get; init; } = 64;

    /// <summary>Width in pixels of the smallest level, that of resolution 4.</summary>
    [JsonIgnore]
    public int BaseWidth { get; init; } = 4;

    /// <summary>Height in pixels of the smallest level.</summary>
    [JsonIgnore]
    public int BaseHeight { get; init; } = 4;

    /// <summary>Both in files, where another base than 4x4 alone is named.</summary>
    [JsonInclude]
    [JsonPropertyName("base")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal int[]? SavedBase
    {
        get => IsDefault ? null : [BaseWidth, BaseHeight];
        init => (BaseWidth, BaseHeight) = value is [int width, int height] ? (width, height) : (0, 0); // of which no network can be
    }

    /// <summary>Colour channels: 1 grey, 3 RGB, or any other count of at least 1.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Components of the latent z; 0 = as many as the feature maps of stage 0.</summary>
    public int LatentSize { get; init; }

    /// <summary>Components of a label; 0 = unconditional.</summary>
    public int LabelSize { get; init; }

    /// <summary>How these belong together, which decides what D's class outputs mean; null = they are one choice.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LabelGroups? LabelGroups { get; init; }

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

    /// <summary>Where latents are normalised, labels are so with them; off: they stay as they are behind the normalised latent.</summary>
    [JsonIgnore]
    public bool NormalizeLabels { get; init; } = true;

    /// <summary>The same in files, where it is off alone.</summary>
    [JsonInclude]
    [JsonPropertyName("normalize_labels")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal bool? SavedNormalizeLabels
    {
        get => NormalizeLabels ? null : false;
        init => NormalizeLabels = value ?? true;
    }

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

    /// <summary>G has batch norm behind each convolution but toRGB, before the activation, as where the paper began (Table 1, rows a to c).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool BatchNorm { get; init; }

    /// <summary>D has layer norm behind each layer but fromRGB and the last, before the activation, as where the paper began.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool LayerNorm { get; init; }

    /// <summary>Kernels of minibatch discrimination before D's last layer (Table 1, row e*); 0 = no such layer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int DiscriminationKernels { get; init; }

    /// <summary>Whose reading of the paper decides what it leaves open: scales, gains, statistics of a minibatch.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public NetworkConventions Conventions { get; init; }

    /// <summary>
    /// Feature maps of each stage by themselves, stage 0 first, in place of <see cref="FmapBase"/>, <see cref="FmapDecay"/> and
    /// <see cref="FmapMax"/>; null = by those.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FeatureMapList? FeatureMapList { get; init; }

    /// <summary>Number of growth levels: 1 for a 4x4 network.</summary>
    public int Levels => BitOperations.Log2((uint)Resolution) - 1;

    /// <summary>Pixels of the smallest level.</summary>
    internal int BasePixels => BaseWidth * BaseHeight;

    /// <summary>Whether images are squares of <see cref="Resolution"/> pixels a side.</summary>
    [JsonIgnore]
    public bool IsDefault => (BaseWidth, BaseHeight) == (4, 4);

    /// <summary>Width of an image in pixels.</summary>
    public int WidthAt(int resolution) => BaseWidth * resolution / 4;

    /// <summary>Height of an image in pixels.</summary>
    public int HeightAt(int resolution) => BaseHeight * resolution / 4;

    /// <summary>Pixels of an image.</summary>
    public int PixelsAt(int resolution) => WidthAt(resolution) * HeightAt(resolution);

    /// <summary>Bytes of an image, one for each channel and pixel.</summary>
    public int BytesAt(int resolution) => Channels * PixelsAt(resolution);

    /// <summary>Width and height of an image for a person: "64x96".</summary>
    public string SizeAt(int resolution) => $"{WidthAt(resolution)}x{HeightAt(resolution)}";

    /// <summary>Components of z with the default resolved.</summary>
    public int Latents => LatentSize > 0 ? LatentSize : FeatureMaps(0);

    /// <summary>Feature maps of a stage: nf(stage) of the reference; the block of resolution 2^r has nf(r-1).</summary>
    public int FeatureMaps(int stage) => FeatureMapList is { } list ? list[stage] : Math.Min((int)(FmapBase / Math.Pow(2, stage * FmapDecay)), FmapMax);

    /// <summary>The same with these feature maps: by base and most where these give them, else by a list.</summary>
    internal NetworkArchitecture WithFeatureMaps(IReadOnlyList<int> maps)
    {
        // The formula halves from stage to stage, so the last stage tells its base, unless all are the most: then it may be the paper's.
        int last = maps.Count - 1;
        foreach (long fmapBase in new[] { new NetworkArchitecture().FmapBase, (long)maps[last] << last })
        {
            NetworkArchitecture byFormula = this with { FmapMax = maps[0], FmapBase = (int)Math.Min(fmapBase, int.MaxValue), FmapDecay = 1, FeatureMapList = null };
            if (maps.Select((count, stage) => byFormula.FeatureMaps(stage) == count).All(same => same))
                return byFormula;
        }
        return this with { FeatureMapList = new FeatureMapList(maps) };
    }

    /// <summary>Whether the latent is normalised by itself, so that an image does not depend on its length.</summary>
    internal bool LatentsAreDirections => NormalizeLatents && (LabelSize == 0 || !NormalizeLabels);

    /// <summary>What differs in networks of pytorch_GAN_zoo.</summary>
    internal bool IsOfZoo => Conventions == NetworkConventions.GanZoo;

    /// <summary>Weight of the newest path in D: as in G, but for the first growth of a network of the zoo, which D takes in one step.</summary>
    internal bool DiscriminatorFades(GrowthStage stage) => stage.IsFading && !(IsOfZoo && stage.Resolution == ResolutionOf(1));

    /// <summary>Components of an image's features before D's last layer.</summary>
    internal int LastFeatures => Layout == NetworkLayout.Dcgan ? FeatureMaps(1) * BasePixels : FeatureMaps(0);

    /// <summary>Whether what D or G makes of an image depends on all images of the minibatch, so that it can't be computed in parts.</summary>
    internal bool NeedsWholeMinibatch => Layout == NetworkLayout.Dcgan || BatchNorm || DiscriminationKernels > 0;

    /// <summary>Whether images can be drawn at a stage: a DCGAN has its final one alone.</summary>
    public bool Has(GrowthStage stage) => Layout == NetworkLayout.Dcgan
        ? stage == GrowthStage.Grown(Resolution)
        : stage.Resolution >= 4 && stage.Resolution <= Resolution && BitOperations.IsPow2(stage.Resolution) && stage.Alpha is >= 0 and <= 1;

    /// <summary>Resolution of a level, 0 being 4.</summary>
    public static int ResolutionOf(int level) => 4 << level;

    /// <summary>Level of a resolution, 0 being 4.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The network has no such resolution.</exception>
    public int LevelOf(int resolution)
    {
        if (resolution < 4 || resolution > Resolution || !BitOperations.IsPow2(resolution))
            throw new ArgumentOutOfRangeException(nameof(resolution), resolution, $"must be a power of two from 4 to {Resolution}");
        return BitOperations.Log2((uint)resolution) - 2;
    }

    /// <summary>Why weights of this architecture can't be those of the lower layers of another, valid one, for a person; null = they can.</summary>
    public string? MisfitIn(NetworkArchitecture larger)
    {
        ArgumentNullException.ThrowIfNull(larger);
        if ((BaseWidth, BaseHeight) != (larger.BaseWidth, larger.BaseHeight))
            return $"they grow from {SizeAt(4)}, and the run from {larger.SizeAt(4)}";
        if (Resolution > larger.Resolution)
            return $"they are for {SizeAt(Resolution)}, and the run ends at {larger.SizeAt(larger.Resolution)}";
        if (Layout == NetworkLayout.Dcgan && Resolution != larger.Resolution)
            return $"a DCGAN for {SizeAt(Resolution)} does not grow, and the run is of {larger.SizeAt(larger.Resolution)}";
        for (int stage = 0; stage <= Levels; stage++)
        {
            if (FeatureMaps(stage) != larger.FeatureMaps(stage))
            {
                string where = stage == 0 ? "in the last dense layer" : $"at {SizeAt(ResolutionOf(stage - 1))}";
                return $"they have {FeatureMaps(stage)} feature maps {where}, and the run has {larger.FeatureMaps(stage)}";
            }
        }
        (string Name, object Has, object Needs)[] others =
        [
            ("colour channels", Channels, larger.Channels),
            ("latent components", Latents, larger.Latents),
            ("label components", LabelSize, larger.LabelSize),
            ("fused_scale", FusedScale, larger.FusedScale),
            ("minibatch deviation", StdDevGroup > 1, larger.StdDevGroup > 1), // its weights are the same for groups of any size
            ("normalize_latents", NormalizeLatents, larger.NormalizeLatents),
            ("normalize_labels", NormalizeLabels || LabelSize == 0 || !NormalizeLatents, larger.NormalizeLabels || larger.LabelSize == 0 || !larger.NormalizeLatents),
            ("pixel_norm", PixelNorm, larger.PixelNorm),
            ("pixel_norm_epsilon", PixelNormEpsilon, larger.PixelNormEpsilon),
            ("conventions", Conventions, larger.Conventions),
            ("layout", Layout, larger.Layout),
            ("equalized_learning_rate", EqualizedLearningRate, larger.EqualizedLearningRate),
            ("leaky_relu", LeakyRelu, larger.LeakyRelu),
            ("tanh_output", TanhOutput, larger.TanhOutput),
            ("batch_norm", BatchNorm, larger.BatchNorm),
            ("layer_norm", LayerNorm, larger.LayerNorm),
            ("discrimination_kernels", DiscriminationKernels, larger.DiscriminationKernels),
        ];
        string? named = others.Where(o => !o.Has.Equals(o.Needs)).Select(o => $"they have {o.Name} {o.Has}, and the run has {o.Needs}").FirstOrDefault();
        return named ?? (Rest(this) == Rest(larger) ? null : $"they are of {this}, and the run is of {larger}");

        // All that was not compared by itself, and decides about weights.
        static NetworkArchitecture Rest(NetworkArchitecture a) => a with { LabelGroups = null, NormalizeLabels = true, Resolution = 4, LatentSize = 1, StdDevGroup = 1, FmapBase = 1, FmapDecay = 1, FmapMax = 1, FeatureMapList = null };
    }

    /// <summary>Checks every number.</summary>
    /// <exception cref="ArgumentException">A number is out of its range; the message names it.</exception>
    public void Validate()
    {
        Require(Resolution is >= 4 and <= 4096 && BitOperations.IsPow2(Resolution),
            $"resolution {Resolution} must be a power of two from 4 to 4096");
        Require(BaseWidth is >= 4 and <= 32 && BaseHeight is >= 4 and <= 32, $"base {BaseWidth}x{BaseHeight} must be from 4 to 32 pixels wide and high");
        Require(Math.Max(WidthAt(Resolution), HeightAt(Resolution)) <= 4096,
            $"resolution {Resolution} with a base of {BaseWidth}x{BaseHeight} makes images of {SizeAt(Resolution)}; a side has at most 4096 pixels");
        Require(Channels is >= 1 and <= 64, $"channels {Channels} must be from 1 to 64");
        Require(LatentSize is >= 0 and <= 65536, $"latent size {LatentSize} must be from 1 to 65536, or 0 for the default");
        Require(LabelSize is >= 0 and <= 1 << 20, $"label size {LabelSize} must be from 0 to 1048576");
        Require(LabelGroups is null || LabelGroups.AreOf(LabelSize),
            $"label groups must be sizes of at least 1 that add up to the label's, {LabelSize}");
        Require(FmapDecay is >= 0 and <= 8, $"fmap decay {FmapDecay} must be from 0 to 8");
        Require(FmapMax is >= 1 and <= 65536, $"fmap max {FmapMax} must be from 1 to 65536");
        Require(FeatureMapList is not { } list || (list.Count == Levels + 1 && list.All(maps => maps is >= 1 and <= 65536)),
            $"feature maps {FeatureMapList} must be {Levels + 1} numbers from 1 to 65536 at {SizeAt(Resolution)}: of the last dense layer, then of each resolution from {SizeAt(4)} up");
        Require(FeatureMapList is not null || (FmapBase is >= 1 and <= 1 << 24 && FeatureMaps(Levels) >= 1),
            $"fmap base {FmapBase} leaves no feature map at {SizeAt(Resolution)}; it must be at least 2^{Levels * FmapDecay:0.##}");
        Require(StdDevGroup is >= 1 and <= 65536, $"stddev group {StdDevGroup} must be from 1 to 65536");
        Require(PixelNormEpsilon > 0 && double.IsFinite(PixelNormEpsilon), $"pixel norm epsilon {PixelNormEpsilon} must be above 0");
        Require(Enum.IsDefined(Conventions), $"conventions {Conventions} are unknown");
        Require(Enum.IsDefined(Layout), $"there is no layout {Layout}");
        Require(Layout != NetworkLayout.Dcgan || Resolution >= 8, $"resolution {Resolution} of a DCGAN must be at least 8");
        Require(
            Layout != NetworkLayout.Dcgan || this is
            {
                PixelNorm: false, NormalizeLatents: false, StdDevGroup: 1, EqualizedLearningRate: false, LeakyRelu: false, TanhOutput: true,
                Conventions: NetworkConventions.Official,
            },
            "a DCGAN has neither pixel norm nor normalised latents, stddev group, equalized learning rate, a leaky ReLU in G or others' conventions, and it has a tanh output; the preset dcgan sets all of them");
        Require(DiscriminationKernels is >= 0 and <= 4096, $"discrimination kernels {DiscriminationKernels} must be from 0 to 4096");
        Require(Layout == NetworkLayout.Progressive || this is { BatchNorm: false, LayerNorm: false, DiscriminationKernels: 0 },
            "a DCGAN has its own batch norm; batch_norm, layer_norm and discrimination_kernels are of the progressive networks");
        Require(!IsOfZoo || this is { BatchNorm: false, LayerNorm: false, DiscriminationKernels: 0 },
            "networks of the zoo have neither batch norm nor layer norm nor minibatch discrimination; take the official conventions");
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new ArgumentException(message);
    }
}
