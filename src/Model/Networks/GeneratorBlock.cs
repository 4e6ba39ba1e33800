using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Doubles the resolution: upscale and convolution (one operation when fused), then a second convolution.</summary>
internal sealed class GeneratorBlock : nn.Module<Tensor, Tensor>
{
    private readonly EqualizedConv2d conv0;
    private readonly EqualizedConv2d conv1;
    private readonly NetworkArchitecture architecture;

    /// <param name="architecture">The networks'.</param>
    /// <param name="level">Level of the block's output, 1 being 8x8.</param>
    public GeneratorBlock(NetworkArchitecture architecture, int level)
        : base(nameof(GeneratorBlock))
    {
        this.architecture = architecture;
        int inputs = architecture.FeatureMaps(level), outputs = architecture.FeatureMaps(level + 1);
        conv0 = new EqualizedConv2d(inputs, outputs, 3, Gain.LeakyRelu, architecture.FusedScale ? Scaling.FusedUp : Scaling.None, architecture.IsOfZoo, Norm());
        conv1 = new EqualizedConv2d(outputs, outputs, 3, Gain.LeakyRelu, scaleBias: architecture.IsOfZoo, norm: Norm());
        RegisterComponents();

        BatchNorm? Norm() => architecture.BatchNorm ? BatchNorm.OfTheano(outputs) : null;
    }

    /// <summary>The first convolution, which upscales by itself where the architecture is fused.</summary>
    internal EqualizedConv2d Conv0 => conv0;

    /// <summary>The second.</summary>
    internal EqualizedConv2d Conv1 => conv1;

    /// <summary>[N, I, H, W] to [N, O, 2H, 2W].</summary>
    public override Tensor forward(Tensor x)
    {
        if (!architecture.FusedScale)
            x = Resample.Up2x(x);                                       // [N, I, 2H, 2W]
        x = Activation.Generator(conv0.forward(x), architecture);       // [N, O, 2H, 2W]
        return Activation.Generator(conv1.forward(x), architecture);    // [N, O, 2H, 2W]
    }
}
