using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>DCGAN's latent to 4x4 features: a transposed 4x4 convolution of a single pixel, which is a dense layer; batch norm, ReLU.</summary>
internal sealed class DcganStem : nn.Module<Tensor, Tensor>, IDrawn
{
    private readonly Parameter weight; // [C*16, L], row c*16 + y*4 + x
    private readonly BatchNorm norm;

    public DcganStem(NetworkArchitecture architecture)
        : base(nameof(DcganStem))
    {
        int features = architecture.FeatureMaps(1);
        weight = new Parameter(zeros(features * 16, architecture.Latents + architecture.LabelSize));
        norm = new BatchNorm(features);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public void Settle()
    {
        using Scalar by = StridedConv2d.Deviation;
        weight.mul_(by);
    }

    /// <summary>[N, L] latents (with labels) to [N, C, 4, 4].</summary>
    public override Tensor forward(Tensor z)
    {
        Tensor x = nn.functional.linear(z, weight).reshape(z.shape[0], -1, 4, 4); // [N, C, 4, 4]
        return norm.forward(ChannelsLast.Store(x)).relu();
    }
}
