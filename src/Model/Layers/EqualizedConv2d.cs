using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>How a convolution changes the resolution.</summary>
internal enum Scaling
{
    None,

    /// <summary>Nearest-neighbour upscale by 2, then the convolution, as one transposed convolution.</summary>
    FusedUp,

    /// <summary>The convolution, then a 2x2 mean, as one strided convolution.</summary>
    FusedDown,
}

/// <summary>
/// Convolution with an equalised learning rate (paper, section 4.1): the weight, drawn from N(0, 1) when the
/// network is whole, is multiplied by gain / sqrt(fan-in) at run time. The bias is not scaled, unless told. Zero padding keeps the size.
/// </summary>
internal sealed class EqualizedConv2d : nn.Module<Tensor, Tensor>, IDrawn
{
    private readonly Parameter weight; // [O, I, k, k]
    private readonly Parameter? bias;  // [O]
    private readonly nn.Module<Tensor, Tensor>? norm;
    private readonly Scaling scaling;
    private readonly bool scaleBias;
    private readonly long padding;
    private double scale;

    /// <param name="inputs">I.</param>
    /// <param name="outputs">O.</param>
    /// <param name="kernel">k.</param>
    /// <param name="gain">He's constant.</param>
    /// <param name="scaling">How the resolution changes.</param>
    /// <param name="scaleBias">The bias is scaled too.</param>
    /// <param name="norm">Follows the convolution, with a bias of its own in place of the convolution's; null = none.</param>
    public EqualizedConv2d(
        int inputs, int outputs, int kernel, double gain, Scaling scaling = Scaling.None, bool scaleBias = false, nn.Module<Tensor, Tensor>? norm = null)
        : base(nameof(EqualizedConv2d))
    {
        this.scaling = scaling;
        this.scaleBias = scaleBias;
        scale = gain / Math.Sqrt(kernel * kernel * inputs);
        padding = kernel / 2;
        weight = new Parameter(zeros(outputs, inputs, kernel, kernel));
        bias = norm is null ? new Parameter(zeros(outputs)) : null;
        this.norm = norm;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public bool IsEqualized => true;

    /// <summary>The weight takes the scale on, and has none at run time.</summary>
    public void Settle() => IDrawn.Absorb(weight, ref scale);

    /// <summary>[N, I, H, W] to [N, O, H', W'], H' = H, 2H or H/2.</summary>
    public override Tensor forward(Tensor x)
    {
        using Tensor kernel = Kernel().TurnedInto(x);
        using Tensor? scaledBias = scaleBias ? bias?.Times(scale) : null;
        Tensor? added = (scaledBias ?? bias)?.Like(x);
        Tensor y = scaling switch
        {
            Scaling.FusedUp => nn.functional.conv_transpose2d(x, kernel, added, strides: [2L, 2L], padding: [1L, 1L]),
            Scaling.FusedDown => nn.functional.conv2d(x, kernel, added, strides: [2L, 2L], padding: [1L, 1L]),
            _ => nn.functional.conv2d(x, kernel, added, padding: [padding, padding]),
        };
        return norm?.forward(y) ?? y;
    }

    /// <summary>What is added, the run-time scale in it where it has one: [O]. Of a layer without a norm.</summary>
    internal Tensor Bias() => scaleBias ? bias!.Times(scale) : bias!.alias();

    /// <summary>What the input is convolved with, the run-time scale in it: [O, I, k, k]; fused up [I, O, 4, 4], fused down [O, I, 4, 4].</summary>
    internal Tensor Kernel()
    {
        if (scaling == Scaling.None)
            return weight.Times(scale);
        using Tensor w = weight.Times(scale);

        // conv(nearest2x(x), w) spreads each input pixel over a 4x4 patch: the four shifted copies of w, summed. The transposed convolution
        // applies its kernel mirrored, hence the flip.
        return scaling == Scaling.FusedUp ? MeanOfShifts(w).Times(4).flip(2, 3).transpose(0, 1) : MeanOfShifts(w);
    }

    /// <summary>[O, I, 3, 3] to [O, I, 4, 4]: the mean of w and its copies shifted by one pixel down, right, and both.</summary>
    private static Tensor MeanOfShifts(Tensor w)
    {
        using Tensor padded = nn.functional.pad(w, [1L, 1L, 1L, 1L]); // [O, I, 5, 5]
        return nn.functional.avg_pool2d(padded, 2, stride: 1);
    }
}
