using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Dense layer with an equalised learning rate: weight from N(0, 1), times gain / sqrt(fan-in) at run time; the bias unscaled, unless told.
/// </summary>
internal sealed class EqualizedLinear : nn.Module<Tensor, Tensor>, IDrawn
{
    private readonly Parameter weight; // [O, I]
    private readonly Parameter bias;   // [O]
    private readonly bool scaleBias;
    private double scale;

    public EqualizedLinear(int inputs, int outputs, double gain, bool scaleBias = false)
        : base(nameof(EqualizedLinear))
    {
        scale = gain / Math.Sqrt(inputs);
        this.scaleBias = scaleBias;
        weight = new Parameter(zeros(outputs, inputs));
        bias = new Parameter(zeros(outputs));
        RegisterComponents();
    }

    /// <summary>The weight takes the scale on, and has none at run time.</summary>
    public void Settle() => IDrawn.Absorb(weight, ref scale);

    /// <summary>[N, I] to [N, O].</summary>
    public override Tensor forward(Tensor x)
    {
        using Tensor w = weight.Times(scale).TurnedInto(x);
        using Tensor? scaledBias = scaleBias ? bias.Times(scale) : null;
        return nn.functional.linear(x, w, (scaledBias ?? bias).Like(x));
    }
}
