using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// The generator of Karras et al. 2018 as the reference builds it (networks.py, G_paper): every block up to the final resolution
/// exists from the start, and a growth stage says how many of them run.
/// </summary>
public sealed class Generator : nn.Module<Tensor, Tensor?, GrowthStage, Tensor>
{
    private readonly nn.Module<Tensor, Tensor> stem;
    private readonly ModuleList<nn.Module<Tensor, Tensor>> blocks; // index 0 makes 8x8
    private readonly ModuleList<nn.Module<Tensor, Tensor>> toRgb;  // index 0 reads 4x4; 1x1 convolution, linear

    /// <summary>Builds the network with weights drawn from a seed.</summary>
    /// <exception cref="ArgumentException">The architecture is invalid.</exception>
    public Generator(NetworkArchitecture architecture, long seed = 0)
        : base(nameof(Generator))
    {
        ArgumentNullException.ThrowIfNull(architecture);
        architecture.Validate();
        Architecture = architecture;
        if (architecture.Layout == NetworkLayout.Dcgan)
        {
            int top = architecture.Levels - 1;                          // the level of an image's half resolution, 1 being 4x4
            stem = new DcganStem(architecture);
            blocks = nn.ModuleList(Enumerable.Range(1, top - 1)
                .Select(nn.Module<Tensor, Tensor> (k) => new DcganGeneratorBlock(architecture.FeatureMaps(k), architecture.FeatureMaps(k + 1))).ToArray());
            toRgb = nn.ModuleList<nn.Module<Tensor, Tensor>>(new StridedConv2d(architecture.FeatureMaps(top), architecture.Channels, isTransposed: true));
        }
        else
        {
            stem = new GeneratorStem(architecture);
            blocks = nn.ModuleList(Enumerable.Range(1, architecture.Levels - 1).Select(nn.Module<Tensor, Tensor> (k) => new GeneratorBlock(architecture, k)).ToArray());
            toRgb = nn.ModuleList(Enumerable.Range(0, architecture.Levels)
                .Select(nn.Module<Tensor, Tensor> (k) => new EqualizedConv2d(architecture.FeatureMaps(k + 1), architecture.Channels, 1, Gain.Output(architecture), scaleBias: architecture.IsOfZoo)).ToArray());
        }
        RegisterComponents();
        Chance.DrawWeights(this, seed, 0);
        IDrawn.SettleAll(this, architecture);
    }

    /// <summary>What the network was built from.</summary>
    public NetworkArchitecture Architecture { get; }

    /// <summary>What it computes with; weights and images are fp32.</summary>
    public Precision Precision { get; init; }

    /// <summary>Latent to 4x4 features. This and the next two are of the progressive layout.</summary>
    internal GeneratorStem Stem => (GeneratorStem)stem;

    /// <summary>Index 0 makes 8x8.</summary>
    internal IReadOnlyList<GeneratorBlock> Blocks => [.. blocks.Cast<GeneratorBlock>()];

    /// <summary>Index 0 reads 4x4.</summary>
    internal IReadOnlyList<EqualizedConv2d> ToRgb => [.. toRgb.Cast<EqualizedConv2d>()];

    /// <summary>
    /// Images of the stage's resolution. While fading: alpha * toRGB(new block) + (1 - alpha) * upscaled toRGB(old block).
    /// The reference repeats these pixels up to the final resolution.
    /// </summary>
    /// <param name="z">Latents [N, L], drawn from N(0, 1).</param>
    /// <param name="labels">Labels [N, S], or null for an unconditional network.</param>
    /// <param name="stage">How far the network has grown.</param>
    /// <returns>[N, C, H, W] of the stage, nominally in [-1, 1]: linear, or by tanh where the architecture says so.</returns>
    public override Tensor forward(Tensor z, Tensor? labels, GrowthStage stage)
    {
        int level = Architecture.LevelOf(stage.Resolution);
        Tensor input = (Architecture.LabelSize > 0 ? cat([z, labels!], 1) : z).Narrowed(Precision); // [N, L+S]
        Tensor image = Architecture.Layout == NetworkLayout.Dcgan
            ? toRgb[0].forward(blocks.Aggregate(stem.forward(input), (features, block) => block.forward(features)))
            : Grow(input, level, stage);
        image = image.Widened();
        return Architecture.TanhOutput ? image.tanh() : image;
    }

    /// <summary>[N, L+S] to [N, C, H, W].</summary>
    private Tensor Grow(Tensor input, int level, GrowthStage stage)
    {
        Tensor old = stem.forward(input);                               // [N, nf(1), H0, W0], 4x4 unless the base is another
        Tensor x = old;
        for (int k = 1; k <= level; k++)
        {
            old = x;
            x = blocks[k - 1].forward(x);                               // [N, nf(k+1), H0*2^k, W0*2^k]
        }
        Tensor image = toRgb[level].forward(x);                         // [N, C, H, W]
        if (level == 0 || !stage.IsFading)
            return image;
        Tensor oldImage = Resample.Up2x(toRgb[level - 1].forward(old)); // [N, C, H, W]
        return image.lerp(oldImage, 1 - stage.Alpha);
    }

    /// <summary>Names of the parameters that an image of this stage depends on.</summary>
    internal bool IsActive(string name, GrowthStage stage) => ActiveParameters.OfGenerator(name, Architecture, stage);
}
