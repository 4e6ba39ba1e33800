using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>DCGAN's convolution: 4x4 with stride 2, without a bias, its weight drawn from N(0, 0.02) and used as it is.</summary>
internal sealed class StridedConv2d : nn.Module<Tensor, Tensor>, IDrawn
{
    /// <summary>Deviation of every weight of a DCGAN at its begin.</summary>
    public const double Deviation = 0.02;

    private readonly Parameter weight; // [O, I, 4, 4], or [I, O, 4, 4] where it is transposed
    private readonly bool isTransposed;

    /// <param name="inputs">I.</param>
    /// <param name="outputs">O.</param>
    /// <param name="isTransposed">It doubles the resolution; else it halves it.</param>
    public StridedConv2d(int inputs, int outputs, bool isTransposed)
        : base(nameof(StridedConv2d))
    {
        this.isTransposed = isTransposed;
        weight = new Parameter(isTransposed ? zeros(inputs, outputs, 4, 4) : zeros(outputs, inputs, 4, 4));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public void Settle()
    {
        using Scalar by = Deviation;
        weight.mul_(by);
    }

    /// <summary>[N, I, H, W] to [N, O, 2H, 2W] transposed, else to [N, O, H/2, W/2].</summary>
    public override Tensor forward(Tensor x) => isTransposed
        ? nn.functional.conv_transpose2d(x, weight.Like(x), strides: [2L, 2L], padding: [1L, 1L])
        : nn.functional.conv2d(x, weight.Like(x), strides: [2L, 2L], padding: [1L, 1L]);
}
