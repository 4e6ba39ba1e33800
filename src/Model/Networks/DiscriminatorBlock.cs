using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Halves the resolution: a convolution, then a convolution and 2x2 mean.</summary>
/// <remarks>
/// Fused, the mean comes before bias and activation; unfused, after them. These are two different functions, as in the reference.
/// </remarks>
internal sealed class DiscriminatorBlock : nn.Module<Tensor, LayerNoise?, Tensor>
{
    private readonly EqualizedConv2d conv0;
    private readonly EqualizedConv2d conv1;
    private readonly bool fused;

    /// <param name="architecture">The networks'.</param>
    /// <param name="level">Level of the block's input, 1 being 8x8.</param>
    public DiscriminatorBlock(NetworkArchitecture architecture, int level)
        : base(nameof(DiscriminatorBlock))
    {
        fused = architecture.FusedScale;
        int inputs = architecture.FeatureMaps(level + 1), outputs = architecture.FeatureMaps(level);
        conv0 = new EqualizedConv2d(inputs, inputs, 3, Gain.LeakyRelu, scaleBias: architecture.IsOfZoo, norm: Norm(inputs));
        conv1 = new EqualizedConv2d(inputs, outputs, 3, Gain.LeakyRelu, fused ? Scaling.FusedDown : Scaling.None, architecture.IsOfZoo, Norm(outputs));
        RegisterComponents();

        LayerNorm? Norm(int features) => architecture.LayerNorm ? new LayerNorm(features) : null;
    }

    /// <summary>[N, I, H, W] to [N, O, H/2, W/2].</summary>
    public override Tensor forward(Tensor x, LayerNoise? noise)
    {
        x = Activation.LeakyRelu(conv0.forward(LayerNoise.On(x, noise))); // [N, I, H, W]
        x = Activation.LeakyRelu(conv1.forward(LayerNoise.On(x, noise))); // [N, O, H/2, W/2] fused, [N, O, H, W] not
        return fused ? x : Resample.Down2x(x);                            // [N, O, H/2, W/2]
    }
}
