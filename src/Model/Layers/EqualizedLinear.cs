using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Dense layer with an equalised learning rate: weight from N(0, 1), times gain / sqrt(fan-in) at run time; the bias unscaled, unless told.
/// </summary>
internal sealed class EqualizedLinear : nn.Module<Tensor, Tensor>, IDrawn
{
    private readonly Parameter weight; // [O, I]
    private readonly Parameter? bias;  // [O]
    private readonly nn.Module<Tensor, Tensor>? norm;
    private readonly bool scaleBias;
    private double scale;

    /// <param name="inputs">I.</param>
    /// <param name="outputs">O.</param>
    /// <param name="gain">He's constant.</param>
    /// <param name="scaleBias">The bias is scaled too.</param>
    /// <param name="norm">Follows the layer, with a bias of its own in place of the layer's; null = none.</param>
    public EqualizedLinear(int inputs, int outputs, double gain, bool scaleBias = false, nn.Module<Tensor, Tensor>? norm = null)
        : base(nameof(EqualizedLinear))
    {
        scale = gain / Math.Sqrt(inputs);
        this.scaleBias = scaleBias;
        weight = new Parameter(zeros(outputs, inputs));
        bias = norm is null ? new Parameter(zeros(outputs)) : null;
        this.norm = norm;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public bool IsEqualized => true;

    /// <summary>The weight takes the scale on, and has none at run time.</summary>
    public void Settle() => IDrawn.Absorb(weight, ref scale);

    /// <summary>[N, I] to [N, O].</summary>
    public override Tensor forward(Tensor x)
    {
        using Tensor w = weight.Times(scale).TurnedInto(x);
        using Tensor? scaledBias = scaleBias ? bias?.Times(scale) : null;
        Tensor y = nn.functional.linear(x, w, (scaledBias ?? bias)?.Like(x));
        return norm?.forward(y) ?? y;
    }
}
