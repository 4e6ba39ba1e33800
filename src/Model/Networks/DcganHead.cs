using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>DCGAN's features of the smallest level to a score and label logits: a convolution of its size to a single pixel, which is a dense layer.</summary>
internal sealed class DcganHead : nn.Module<Tensor, LayerNoise?, (Tensor Outputs, Tensor Features)>, IDrawn
{
    private readonly Parameter weight; // [1+S, C*H*W]

    public DcganHead(NetworkArchitecture architecture)
        : base(nameof(DcganHead))
    {
        weight = new Parameter(zeros(1 + architecture.LabelSize, architecture.LastFeatures));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public void Settle()
    {
        using Scalar by = StridedConv2d.Deviation;
        weight.mul_(by);
    }

    /// <summary>[N, C, H, W] to [N, 1+S], the score in column 0, then the label logits, and the features before them [N, C*H*W].</summary>
    public override (Tensor Outputs, Tensor Features) forward(Tensor x, LayerNoise? noise)
    {
        Tensor features = LayerNoise.On(x, noise).flatten(1);
        return (nn.functional.linear(features, weight.Like(features)), features);
    }
}
