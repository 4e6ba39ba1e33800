using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Latent to 4x4 features: a dense layer, then a 3x3 convolution.</summary>
internal sealed class GeneratorStem : nn.Module<Tensor, Tensor>, IDrawn
{
    // The reference's 4x4 'full' convolution had a fan-in 16 times larger; the gain of a quarter reproduces its scale.
    private static readonly double DenseGain = Math.Sqrt(2) / 4;

    private readonly Parameter weight; // [C*16, L], row c*16 + y*4 + x
    private readonly Parameter bias;   // [C], one per feature map
    private readonly EqualizedConv2d conv;
    private readonly NetworkArchitecture architecture;
    private double scale;

    public GeneratorStem(NetworkArchitecture architecture)
        : base(nameof(GeneratorStem))
    {
        this.architecture = architecture;
        int inputs = architecture.Latents + architecture.LabelSize;
        int features = architecture.FeatureMaps(1);
        scale = DenseGain / Math.Sqrt(inputs);
        weight = new Parameter(zeros(features * 16, inputs));
        bias = new Parameter(zeros(features));
        conv = new EqualizedConv2d(features, features, 3, Gain.LeakyRelu);
        RegisterComponents();
    }

    /// <summary>The weight takes the scale on, and has none at run time.</summary>
    public void Settle()
    {
        using Scalar by = scale;
        weight.mul_(by);
        scale = 1;
    }

    /// <summary>[N, L] latents (with labels) to [N, C, 4, 4].</summary>
    public override Tensor forward(Tensor z)
    {
        if (architecture.NormalizeLatents)
            z = PixelNorm.Apply(z, architecture.PixelNormEpsilon);      // [N, L]
        Tensor x = nn.functional.linear(z, weight.Times(scale));         // [N, C*16]
        x = x.reshape(z.shape[0], -1, 4, 4) + bias.reshape(1, -1, 1, 1); // [N, C, 4, 4]
        x = Activation.Generator(ChannelsLast.Store(x), architecture);  // [N, C, 4, 4]
        return Activation.Generator(conv.forward(x), architecture);     // [N, C, 4, 4]
    }
}
