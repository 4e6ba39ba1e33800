using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// The discriminator of Karras et al. 2018 as the reference builds it (networks.py, D_paper), with all blocks from the start.
/// </summary>
public sealed class Discriminator : nn.Module<Tensor, GrowthStage, (Tensor Scores, Tensor LabelLogits)>
{
    private const int FittedAtOnce = 16;

    private readonly ModuleList<nn.Module<Tensor, Tensor>> fromRgb;              // index 0 makes 4x4 features; 1x1 convolution, leaky ReLU
    private readonly ModuleList<nn.Module<Tensor, LayerNoise?, Tensor>> blocks;  // index 0 reads 8x8
    private readonly nn.Module<Tensor, LayerNoise?, (Tensor Outputs, Tensor Features)> head;

    /// <summary>Builds the network with weights drawn from a seed.</summary>
    /// <exception cref="ArgumentException">The architecture is invalid.</exception>
    public Discriminator(NetworkArchitecture architecture, long seed = 0)
        : base(nameof(Discriminator))
    {
        ArgumentNullException.ThrowIfNull(architecture);
        architecture.Validate();
        Architecture = architecture;
        if (architecture.Layout == NetworkLayout.Dcgan)
        {
            int top = architecture.Levels - 1;                          // the level of an image's half resolution, 1 being 4x4
            fromRgb = nn.ModuleList<nn.Module<Tensor, Tensor>>(new StridedConv2d(architecture.Channels, architecture.FeatureMaps(top), isTransposed: false));
            blocks = nn.ModuleList(Enumerable.Range(1, top - 1)
                .Select(nn.Module<Tensor, LayerNoise?, Tensor> (k) => new DcganDiscriminatorBlock(architecture.FeatureMaps(k + 1), architecture.FeatureMaps(k))).ToArray());
            head = new DcganHead(architecture);
        }
        else
        {
            fromRgb = nn.ModuleList(Enumerable.Range(0, architecture.Levels)
                .Select(nn.Module<Tensor, Tensor> (k) => new EqualizedConv2d(architecture.Channels, architecture.FeatureMaps(k + 1), 1, Gain.LeakyRelu, scaleBias: architecture.IsOfZoo)).ToArray());
            blocks = nn.ModuleList(Enumerable.Range(1, architecture.Levels - 1)
                .Select(nn.Module<Tensor, LayerNoise?, Tensor> (k) => new DiscriminatorBlock(architecture, k)).ToArray());
            head = new DiscriminatorHead(architecture);
        }
        RegisterComponents();
        Chance.DrawWeights(this, seed, 1);
        IDrawn.SettleAll(this, architecture);
    }

    /// <summary>What the network was built from.</summary>
    public NetworkArchitecture Architecture { get; }

    /// <summary>What it computes with; weights, scores and logits are fp32.</summary>
    public Precision Precision { get; init; }

    /// <summary>
    /// Scores images of the stage's resolution. While fading, the features below the newest block are
    /// alpha * block(fromRGB(image)) + (1 - alpha) * fromRGB(2x2 mean of the image).
    /// </summary>
    /// <param name="images">[N, C, H, W] in [-1, 1].</param>
    /// <param name="stage">How far the network has grown.</param>
    /// <returns>Scores [N, 1] and label logits [N, S].</returns>
    public override (Tensor Scores, Tensor LabelLogits) forward(Tensor images, GrowthStage stage)
    {
        (Tensor scores, Tensor logits, _) = Examine(images, stage, null);
        return (scores, logits);
    }

    /// <summary>The same, with noise on the layers or without, and what it is judged by: the features [N, F] before the last layer.</summary>
    internal (Tensor Scores, Tensor LabelLogits, Tensor Features) Examine(Tensor images, GrowthStage stage, LayerNoise? noise)
    {
        (Tensor y, Tensor features) = head.forward(Features(images, stage, noise), noise); // [N, 1+S], [N, F]
        y = y.Widened();
        return (y.narrow(1, 0, 1), y.narrow(1, 1, Architecture.LabelSize), features.Widened());
    }

    /// <summary>What is seen of each image by itself: [N, C, H, W] to [N, nf(1), H0, W0].</summary>
    internal Tensor Features(Tensor images, GrowthStage stage, LayerNoise? noise = null)
    {
        int level = Architecture.LevelOf(stage.Resolution);
        images = images.Narrowed(Precision);
        if (Architecture.Layout == NetworkLayout.Dcgan)
            return blocks.Reverse().Aggregate(FromRgb(images, 0), (features, block) => block.forward(features, noise));
        Tensor x = FromRgb(images, level);                              // [N, nf(level+1), H, W]
        for (int k = level; k >= 1; k--)
        {
            x = blocks[k - 1].forward(x, noise);                        // [N, nf(k), H0*2^(k-1), W0*2^(k-1)]
            if (k == level && Architecture.DiscriminatorFades(stage))
                x = x.lerp(FromRgb(Resample.Down2x(images), level - 1), 1 - stage.Alpha);
        }
        return x;
    }

    /// <summary>What is made of it beside the rest of the minibatch: [N, nf(1), H0, W0] to [N, 1+S].</summary>
    internal Tensor Judge(Tensor features) => head.forward(features, null).Outputs.Widened();

    /// <summary>Before the first step: makes minibatch discrimination, where the network has it and it has not learnt, fit reals [N, C, H, W] in [-1, 1].</summary>
    internal void Fit(Tensor reals, GrowthStage stage)
    {
        if (Architecture.DiscriminationKernels == 0)
            return;
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        long n = reals.shape[0];
        n -= n % Math.Min(Architecture.StdDevGroup, n);                   // whole stddev groups
        ((DiscriminatorHead)head).Fit(cat([.. reals.narrow(0, 0, n).split(FittedAtOnce).Select(some => Features(some, stage))]));
    }

    private Tensor FromRgb(Tensor images, int level) => Activation.LeakyRelu(fromRgb[level].forward(ChannelsLast.Store(images)));

    /// <summary>Names of the parameters that a score of this stage depends on.</summary>
    internal bool IsActive(string name, GrowthStage stage) => ActiveParameters.OfDiscriminator(name, Architecture, stage);
}
