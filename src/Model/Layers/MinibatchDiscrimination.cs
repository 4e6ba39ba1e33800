using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Minibatch discrimination (Salimans et al. 2016) as the paper's Theano code has it: each kernel maps an image's features to a few numbers, and appends how
/// near the other images of the minibatch are by them: f = sum over the others of exp(-|difference|), plus a bias. A kernel's directions have length 1 times
/// a factor that is learnt by its logarithm.
/// </summary>
internal sealed class MinibatchDiscrimination : nn.Module<Tensor, Tensor>, IDrawn
{
    /// <summary>Numbers a kernel.</summary>
    public const int Dimensions = 5;

    private const double Deviation = 0.05;   // of the weight at its begin
    private const double FirstBias = -1;
    private const double FromItself = 1e6;   // added to an image's distance from itself, which is not counted

    private readonly Parameter weight;    // [K*5, I]
    private readonly Parameter logScale; // [K, 5]
    private readonly Parameter bias;      // [K]
    private readonly int kernels;

    public MinibatchDiscrimination(int inputs, int kernels)
        : base(nameof(MinibatchDiscrimination))
    {
        this.kernels = kernels;
        weight = new Parameter(zeros(kernels * Dimensions, inputs));
        logScale = new Parameter(zeros(kernels, Dimensions));
        using Scalar first = FirstBias;
        bias = new Parameter(full(kernels, first));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public void Settle()
    {
        using Scalar by = Deviation;
        weight.mul_(by);
    }

    /// <summary>[N, I] to [N, I+K].</summary>
    public override Tensor forward(Tensor x) => cat([x, (Nearness(Distances(Numbers(x.Widened()))) + bias).Like(x)], 1);

    /// <summary>
    /// Makes the factors and biases fit features [N, I] of reals, as they are before the first step: the nearest other image is 2 away on average, and what is
    /// appended has mean 0. Does nothing to a layer that has learnt: its factors are no longer 1.
    /// </summary>
    public void Fit(Tensor x)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        if (logScale.count_nonzero().item<long>() > 0)
            return;
        Tensor numbers = Numbers(x.Widened());                              // [N, K, 5]
        for (int k = 0; k < kernels; k++)
        {
            // One at a time: of some hundred images and kernels the distances fill gigabytes.
            using var one = NewDisposeScope();
            Tensor distances = Distances(numbers.narrow(1, k, 1));          // [N, N, 1]
            Tensor unit = distances.amin([1L]).mean([0L]).Times(0.5);       // [1]
            unit = where(unit > zeros_like(unit), unit, ones_like(unit));   // of images that are all alike
            logScale.narrow(0, k, 1).sub_(unit.log().unsqueeze(1));
            bias.narrow(0, k, 1).copy_(-Nearness(distances / unit).mean([0L]));
        }
    }

    /// <summary>[N, I] to each kernel's numbers [N, K, 5].</summary>
    private Tensor Numbers(Tensor x)
    {
        Tensor length = (weight * weight).sum(1).sqrt();                                            // [K*5]
        Tensor projection = weight * (logScale.exp().flatten() / length).unsqueeze(1);             // [K*5, I]
        return nn.functional.linear(x, projection).reshape(x.shape[0], kernels, Dimensions);
    }

    /// <summary>[N, K, 5] to the sums of their absolute differences [N, N, K].</summary>
    private static Tensor Distances(Tensor numbers)
    {
        Tensor distances = (numbers.unsqueeze(1) - numbers.unsqueeze(0)).abs().sum(3);              // [N, N, K]
        return distances + eye(numbers.shape[0], dtype: numbers.dtype, device: numbers.device).Times(FromItself).unsqueeze(2);
    }

    /// <summary>[N, N, K] to [N, K].</summary>
    private static Tensor Nearness(Tensor distances) => (-distances).exp().sum(1);
}
