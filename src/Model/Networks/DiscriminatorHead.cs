using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>4x4 features to a score and label logits, with the minibatch standard deviation as one more feature map.</summary>
internal sealed class DiscriminatorHead : nn.Module<Tensor, LayerNoise?, (Tensor Outputs, Tensor Features)>
{
    private readonly EqualizedConv2d conv;
    private readonly EqualizedLinear dense0;
    private readonly MinibatchDiscrimination? discrimination;
    private readonly EqualizedLinear dense1;
    private readonly NetworkArchitecture architecture;

    public DiscriminatorHead(NetworkArchitecture architecture)
        : base(nameof(DiscriminatorHead))
    {
        this.architecture = architecture;
        int features = architecture.FeatureMaps(1), hidden = architecture.FeatureMaps(0);
        conv = new EqualizedConv2d(architecture.StdDevGroup > 1 ? features + 1 : features, features, 3, Gain.LeakyRelu, scaleBias: architecture.IsOfZoo, norm: Norm(features));
        dense0 = new EqualizedLinear(features * architecture.BasePixels, hidden, Gain.LeakyRelu, architecture.IsOfZoo, Norm(hidden));
        discrimination = architecture.DiscriminationKernels > 0 ? new MinibatchDiscrimination(hidden, architecture.DiscriminationKernels) : null;
        dense1 = new EqualizedLinear(hidden + architecture.DiscriminationKernels, 1 + architecture.LabelSize, Gain.Output(architecture), architecture.IsOfZoo);
        RegisterComponents();

        LayerNorm? Norm(int of) => architecture.LayerNorm ? new LayerNorm(of) : null;
    }

    /// <summary>[N, C, H, W] of the smallest level to [N, 1+S], the score in column 0, then the label logits, and the features before them [N, nf(0)].</summary>
    public override (Tensor Outputs, Tensor Features) forward(Tensor x, LayerNoise? noise)
    {
        x = Hidden(x, noise);                                                         // [N, nf(0)]
        return (dense1.forward(discrimination?.forward(x) ?? x), x);
    }

    /// <summary>Makes minibatch discrimination fit what a network that has learnt nothing yet sees of reals, [N, C, H, W] of the smallest level; nothing without it.</summary>
    public void Fit(Tensor x) => discrimination?.Fit(Hidden(x, null));

    private Tensor Hidden(Tensor x, LayerNoise? noise)
    {
        if (architecture.StdDevGroup > 1)
            x = MinibatchStdDev.Append(x, architecture);                              // [N, C+1, H, W]
        x = Activation.LeakyRelu(conv.forward(LayerNoise.On(x, noise)));             // [N, C, H, W]
        return Activation.LeakyRelu(dense0.forward(LayerNoise.On(x, noise).flatten(1)));
    }
}
