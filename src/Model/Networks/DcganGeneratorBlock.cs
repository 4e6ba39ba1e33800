using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>DCGAN's level of G: a transposed convolution, batch norm, ReLU.</summary>
internal sealed class DcganGeneratorBlock : nn.Module<Tensor, Tensor>
{
    private readonly StridedConv2d conv;
    private readonly BatchNorm norm;

    public DcganGeneratorBlock(int inputs, int outputs)
        : base(nameof(DcganGeneratorBlock))
    {
        conv = new StridedConv2d(inputs, outputs, isTransposed: true);
        norm = new BatchNorm(outputs);
        RegisterComponents();
    }

    /// <summary>[N, I, H, W] to [N, O, 2H, 2W].</summary>
    public override Tensor forward(Tensor x) => norm.forward(conv.forward(x)).relu();
}
