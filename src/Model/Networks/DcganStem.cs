using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>DCGAN's latent to 4x4 features: a transposed 4x4 convolution of a single pixel, which is a dense layer; batch norm, ReLU.</summary>
internal sealed class DcganStem : nn.Module<Tensor, Tensor>, IDrawn
{
    private readonly Parameter weight; // [C*H*W, L], row (c*H + y)*W + x
    private readonly BatchNorm norm;
    private readonly NetworkArchitecture architecture;

    public DcganStem(NetworkArchitecture architecture)
        : base(nameof(DcganStem))
    {
        this.architecture = architecture;
        int features = architecture.FeatureMaps(1);
        weight = new Parameter(zeros(features * architecture.BasePixels, architecture.Latents + architecture.LabelSize));
        norm = new BatchNorm(features);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public void Settle()
    {
        using Scalar by = StridedConv2d.Deviation;
        weight.mul_(by);
    }

    /// <summary>[N, L] latents (with labels) to [N, C, H, W].</summary>
    public override Tensor forward(Tensor z)
    {
        Tensor x = nn.functional.linear(z, weight.Like(z)).reshape(z.shape[0], -1, architecture.BaseHeight, architecture.BaseWidth); // [N, C, H, W]
        return norm.forward(ChannelsLast.Store(x)).relu();
    }
}
