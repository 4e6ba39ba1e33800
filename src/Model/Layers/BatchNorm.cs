using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Batch norm (Ioffe and Szegedy 2015): a feature map has mean 0 and variance 1 over the minibatch and its pixels, then a gain and a bias that are learnt.
/// In evaluation mode the running statistics take the minibatch's place. They are parameters without a gradient, so that checkpoints, files of
/// networks and the average of G hold them like all others.
/// </summary>
internal sealed class BatchNorm : nn.Module<Tensor, Tensor>, IDrawn
{
    /// <summary>Added to the variance in a DCGAN.</summary>
    public const double Epsilon = 1e-5;

    /// <summary>The same in the progressive networks of the paper's Theano code.</summary>
    public const double EpsilonOfTheano = 1e-4;

    private const double Momentum = 0.1;
    private const double Deviation = 0.02; // of a DCGAN's gain around 1

    private readonly double epsilon;
    private readonly double deviation;

    private readonly Parameter weight;   // [C]
    private readonly Parameter bias;     // [C]
    private readonly Parameter mean;     // [C], running
    private readonly Parameter variance; // [C], running

    public BatchNorm(int features)
        : this(features, Epsilon, Deviation)
    {
    }

    private BatchNorm(int features, double epsilon, double deviation)
        : base(nameof(BatchNorm))
    {
        (this.epsilon, this.deviation) = (epsilon, deviation);
        weight = new Parameter(zeros(features));
        bias = new Parameter(zeros(features));
        mean = new Parameter(zeros(features), requires_grad: false);
        variance = new Parameter(ones(features), requires_grad: false);
        RegisterComponents();
    }

    /// <summary>As the paper's Theano code has it in G: all gains begin as 1.</summary>
    public static BatchNorm OfTheano(int features) => new(features, EpsilonOfTheano, deviation: 0);

    /// <summary>The gain begins as 1, and in a DCGAN a little noise.</summary>
    public void Settle()
    {
        using Scalar by = deviation, one = 1;
        weight.mul_(by).add_(one);
    }

    /// <summary>[N, C, H, W] to the same shape; in training mode the running statistics move on. In fp32, whatever the features are.</summary>
    public override Tensor forward(Tensor x) =>
        nn.functional.batch_norm(x.Widened(), mean, variance, weight, bias, training, Momentum, epsilon).Like(x);
}
