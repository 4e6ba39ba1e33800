using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Layer norm (Ba et al. 2016) as the paper's Theano code has it in D: all features of an image have mean 0 and variance 1, then one gain for the whole
/// layer and a bias for each feature map, which are learnt. No image has a part in another's.
/// </summary>
internal sealed class LayerNorm : nn.Module<Tensor, Tensor>
{
    private const double Epsilon = 1e-4;

    private readonly Parameter gain; // [1]
    private readonly Parameter bias; // [C]

    public LayerNorm(int features)
        : base(nameof(LayerNorm))
    {
        gain = new Parameter(ones(1));
        bias = new Parameter(zeros(features));
        RegisterComponents();
    }

    /// <summary>[N, C, …] to the same shape. In fp32 at least: squares of features are beyond fp16 from 256 on.</summary>
    public override Tensor forward(Tensor x)
    {
        Tensor wide = x.Widened();
        long[] axes = [.. Enumerable.Range(1, (int)x.Dimensions - 1).Select(axis => (long)axis)];
        Tensor y = wide - wide.mean(axes, keepdim: true);                 // [N, C, …]
        Tensor variance = (y * y).mean(axes, keepdim: true);              // [N, 1, …] biased
        y = y * (variance.Plus(Epsilon).rsqrt() * gain);                  // [N, C, …]
        return (y + bias.reshape([1, -1, .. axes[1..].Select(_ => 1L)])).Like(x);
    }
}
