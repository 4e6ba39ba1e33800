using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Latent to 4x4 features: a dense layer, then a 3x3 convolution.</summary>
internal sealed class GeneratorStem : nn.Module<Tensor, Tensor>, IDrawn
{
    /// <summary>Of the dense layer's image.</summary>
    private const int Pixels = 16;

    private readonly Parameter weight; // [C*16, L], row c*16 + y*4 + x
    private readonly Parameter bias;   // [C], one per feature map, or [C*16]
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
        weight = new Parameter(zeros(features * Pixels, inputs));
        bias = new Parameter(zeros(BiasSize(architecture)));
        conv = new EqualizedConv2d(features, features, 3, Gain.LeakyRelu, scaleBias: architecture.IsOfZoo);
        RegisterComponents();
    }

    /// <summary>Numbers of the dense layer's bias.</summary>
    public static int BiasSize(NetworkArchitecture architecture) => architecture.FeatureMaps(1) * (architecture.IsOfZoo ? Pixels : 1);

    /// <summary>The weight takes the scale on, and has none at run time.</summary>
    public void Settle() => IDrawn.Absorb(weight, ref scale);

    /// <summary>What follows the dense layer.</summary>
    internal EqualizedConv2d Conv => conv;

    /// <summary>What the latent is multiplied by, the run-time scale in it: [C*16, L].</summary>
    internal Tensor Kernel() => weight.Times(scale);

    /// <summary>What is added to each element of the dense layer: [C*16].</summary>
    internal Tensor Bias() => architecture.IsOfZoo ? bias.Times(scale) : bias.repeat_interleave(Pixels);

    /// <summary>[N, L] latents (with labels) to [N, C, 4, 4].</summary>
    public override Tensor forward(Tensor z)
    {
        if (architecture.NormalizeLatents)
            z = PixelNorm.Apply(z, architecture.PixelNormEpsilon);      // [N, L]
        Tensor x = nn.functional.linear(z, Kernel());                   // [N, C*16]
        x = x.reshape(z.shape[0], -1, 4, 4) + BiasOfImage();             // [N, C, 4, 4]
        x = Activation.Generator(ChannelsLast.Store(x), architecture);  // [N, C, 4, 4]
        return Activation.Generator(conv.forward(x), architecture);     // [N, C, 4, 4]
    }

    private Tensor BiasOfImage() => architecture.IsOfZoo
        ? bias.Times(scale).reshape(1, -1, 4, 4)                        // [1, C, 4, 4]
        : bias.reshape(1, -1, 1, 1);                                    // [1, C, 1, 1]
}
