using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>DCGAN's level of D: a strided convolution, batch norm, leaky ReLU.</summary>
internal sealed class DcganDiscriminatorBlock : nn.Module<Tensor, LayerNoise?, Tensor>
{
    private readonly StridedConv2d conv;
    private readonly BatchNorm norm;

    public DcganDiscriminatorBlock(int inputs, int outputs)
        : base(nameof(DcganDiscriminatorBlock))
    {
        conv = new StridedConv2d(inputs, outputs, isTransposed: false);
        norm = new BatchNorm(outputs);
        RegisterComponents();
    }

    /// <summary>[N, I, H, W] to [N, O, H/2, W/2].</summary>
    public override Tensor forward(Tensor x, LayerNoise? noise) => Activation.LeakyRelu(norm.forward(conv.forward(LayerNoise.On(x, noise))));
}
