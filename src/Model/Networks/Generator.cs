using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// The generator of Karras et al. 2018 as the reference builds it (networks.py, G_paper): every block up to the final resolution
/// exists from the start, and a growth stage says how many of them run.
/// </summary>
public sealed class Generator : nn.Module<Tensor, Tensor?, GrowthStage, Tensor>
{
    private readonly GeneratorStem stem;
    private readonly ModuleList<GeneratorBlock> blocks;    // index 0 makes 8x8
    private readonly ModuleList<EqualizedConv2d> toRgb;    // index 0 reads 4x4; 1x1 convolution, linear

    /// <summary>Builds the network with weights drawn from a seed.</summary>
    /// <exception cref="ArgumentException">The architecture is invalid.</exception>
    public Generator(NetworkArchitecture architecture, long seed = 0)
        : base(nameof(Generator))
    {
        ArgumentNullException.ThrowIfNull(architecture);
        architecture.Validate();
        Architecture = architecture;
        stem = new GeneratorStem(architecture);
        blocks = nn.ModuleList(Enumerable.Range(1, architecture.Levels - 1).Select(k => new GeneratorBlock(architecture, k)).ToArray());
        toRgb = nn.ModuleList(Enumerable.Range(0, architecture.Levels)
            .Select(k => new EqualizedConv2d(architecture.FeatureMaps(k + 1), architecture.Channels, 1, Gain.Linear)).ToArray());
        RegisterComponents();
        Chance.DrawWeights(this, seed, 0);
    }

    /// <summary>What the network was built from.</summary>
    public NetworkArchitecture Architecture { get; }

    /// <summary>Latent to 4x4 features.</summary>
    internal GeneratorStem Stem => stem;

    /// <summary>Index 0 makes 8x8.</summary>
    internal ModuleList<GeneratorBlock> Blocks => blocks;

    /// <summary>Index 0 reads 4x4.</summary>
    internal ModuleList<EqualizedConv2d> ToRgb => toRgb;

    /// <summary>
    /// Images of the stage's resolution. While fading: alpha * toRGB(new block) + (1 - alpha) * upscaled toRGB(old block).
    /// The reference repeats these pixels up to the final resolution.
    /// </summary>
    /// <param name="z">Latents [N, L], drawn from N(0, 1).</param>
    /// <param name="labels">Labels [N, S], or null for an unconditional network.</param>
    /// <param name="stage">How far the network has grown.</param>
    /// <returns>[N, C, R, R], linear, nominally in [-1, 1].</returns>
    public override Tensor forward(Tensor z, Tensor? labels, GrowthStage stage)
    {
        int level = Architecture.LevelOf(stage.Resolution);
        Tensor input = Architecture.LabelSize > 0 ? cat([z, labels!], 1) : z; // [N, L+S]
        Tensor old = stem.forward(input);                               // [N, nf(1), 4, 4]
        Tensor x = old;
        for (int k = 1; k <= level; k++)
        {
            old = x;
            x = blocks[k - 1].forward(x);                               // [N, nf(k+1), 4*2^k, 4*2^k]
        }
        Tensor image = toRgb[level].forward(x);                         // [N, C, R, R]
        if (level == 0 || !stage.IsFading)
            return image;
        Tensor oldImage = Resample.Up2x(toRgb[level - 1].forward(old)); // [N, C, R, R]
        return image.lerp(oldImage, 1 - stage.Alpha);
    }

    /// <summary>Names of the parameters that an image of this stage depends on.</summary>
    internal bool IsActive(string name, GrowthStage stage) => ActiveParameters.Of(name, Architecture.LevelOf(stage.Resolution), stage.IsFading);
}
