using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Dynamic scaling of a network's loss for fp16 (tfutil.py, Optimizer): gradients are computed of 2^s times the loss and divided by it before they are used.
/// s rises slowly while they are finite; where they are not the update is skipped and s falls. In other precisions nothing is scaled.
/// </summary>
internal sealed class LossScale(Precision precision)
{
    /// <summary>s at the start: far too much, so that the first updates are skipped until it fits.</summary>
    public const double Start = 64;

    private const double Rise = 0.0005;
    private const double Fall = 1;

    /// <summary>s; null = nothing is scaled.</summary>
    public double? Log2 { get; private set; } = precision == Precision.Fp16 ? Start : null;

    /// <summary>Whether a gradient that is not finite may be no fault but the scale's: below a scale of 1 it can't.</summary>
    public bool MayOverflow => Log2 > 0;

    /// <summary>What is differentiated in the loss's place.</summary>
    public Tensor Apply(Tensor loss) => Log2 is { } power ? loss.Times(Math.Pow(2, power)) : loss;

    /// <summary>The loss's gradient, from what was computed.</summary>
    public Tensor Undo(Tensor gradient) => Log2 is { } power ? gradient.Times(Math.Pow(2, -power)) : gradient;

    /// <summary>Learns whether gradients were finite.</summary>
    public void Follow(bool updated) => Log2 += updated ? Rise : -Fall;

    /// <summary>Takes a checkpoint's scale, or starts anew where it has none: it is of another precision, or from before there was one.</summary>
    public void Restore(double? stored) => Log2 = Log2 is null ? null : stored ?? Start;
}
