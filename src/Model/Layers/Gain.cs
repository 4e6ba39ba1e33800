namespace Pggan.Model;

/// <summary>He's constants for the run-time scale of a weight.</summary>
internal static class Gain
{
    /// <summary>For a layer that a leaky ReLU follows.</summary>
    public static readonly double LeakyRelu = Math.Sqrt(2);

    /// <summary>For a layer without an activation: toRGB and the last dense layer of D.</summary>
    public const double Linear = 1;
}
