using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Latent to 4x4 features: a dense layer, then a 3x3 convolution.</summary>
internal sealed class GeneratorStem : nn.Module<Tensor, Tensor>, IDrawn
{
    private readonly Parameter weight; // [C*H*W, L], row (c*H + y)*W + x; H, W = 4 unless the base is another
    private readonly Parameter? bias;  // [C], one per feature map, or [C*H*W]; batch norm has one of its own
    private readonly BatchNorm? norm;
    private readonly EqualizedConv2d conv;
    private readonly NetworkArchitecture architecture;
    private double scale;

    public GeneratorStem(NetworkArchitecture architecture)
        : base(nameof(GeneratorStem))
    {
        this.architecture = architecture;
        int inputs = architecture.Latents + architecture.LabelSize;
        int features = architecture.FeatureMaps(1);
        scale = Gain.Stem(architecture) / Math.Sqrt(inputs);
        weight = new Parameter(zeros(features * architecture.BasePixels, inputs));
        bias = architecture.BatchNorm ? null : new Parameter(zeros(BiasSize(architecture)));
        norm = architecture.BatchNorm ? BatchNorm.OfTheano(features) : null;
        conv = new EqualizedConv2d(features, features, 3, Gain.LeakyRelu, scaleBias: architecture.IsOfZoo, norm: architecture.BatchNorm ? BatchNorm.OfTheano(features) : null);
        RegisterComponents();
    }

    /// <summary>Numbers of the dense layer's bias.</summary>
    public static int BiasSize(NetworkArchitecture architecture) => architecture.FeatureMaps(1) * (architecture.IsOfZoo ? architecture.BasePixels : 1);

    /// <inheritdoc/>
    public bool IsEqualized => true;

    /// <summary>The weight takes the scale on, and has none at run time.</summary>
    public void Settle() => IDrawn.Absorb(weight, ref scale);

    /// <summary>What follows the dense layer.</summary>
    internal EqualizedConv2d Conv => conv;

    /// <summary>What the latent is multiplied by, the run-time scale in it: [C*H*W, L].</summary>
    internal Tensor Kernel() => weight.Times(scale);

    /// <summary>What is added to each element of the dense layer: [C*H*W]. Of a layer without a norm.</summary>
    internal Tensor Bias() => architecture.IsOfZoo ? bias!.Times(scale) : bias!.repeat_interleave(architecture.BasePixels);

    /// <summary>[N, L] latents (with labels) to [N, C, H, W].</summary>
    public override Tensor forward(Tensor z)
    {
        if (architecture.NormalizeLatents)
            z = Normalized(z);                                          // [N, L]
        Tensor x = nn.functional.linear(z, Kernel().TurnedInto(z));     // [N, C*H*W]
        x = x.reshape(z.shape[0], -1, architecture.BaseHeight, architecture.BaseWidth);
        x = norm?.forward(ChannelsLast.Store(x)) ?? ChannelsLast.Store(x + BiasOfImage(bias!).Like(z));
        x = Activation.Generator(x, architecture);                      // [N, C, H, W]
        return Activation.Generator(conv.forward(x), architecture);     // [N, C, H, W]
    }

    private Tensor Normalized(Tensor z)
    {
        if (architecture.LabelSize == 0 || !architecture.LatentsAreDirections)
            return PixelNorm.Apply(z, architecture.PixelNormEpsilon);
        using Tensor latents = PixelNorm.Apply(z.narrow(1, 0, architecture.Latents), architecture.PixelNormEpsilon);
        return cat([latents, z.narrow(1, architecture.Latents, architecture.LabelSize)], 1);
    }

    private Tensor BiasOfImage(Tensor bias) => architecture.IsOfZoo
        ? bias.Times(scale).reshape(1, -1, architecture.BaseHeight, architecture.BaseWidth) // [1, C, H, W]
        : bias.reshape(1, -1, 1, 1);                                                        // [1, C, 1, 1]
}
