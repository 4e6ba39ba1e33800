namespace Pggan.Model;

/// <summary>He's constants for the run-time scale of a weight.</summary>
internal static class Gain
{
    /// <summary>For a layer that a leaky ReLU follows.</summary>
    public static readonly double LeakyRelu = Math.Sqrt(2);

    /// <summary>For a layer without an activation.</summary>
    public const double Linear = 1;

    /// <summary>For toRGB and the last dense layer of D, by the conventions of an architecture.</summary>
    public static double Output(NetworkArchitecture architecture) => architecture.IsOfZoo ? LeakyRelu : Linear;

    /// <summary>For the dense layer of G. The reference's 4x4 'full' convolution had a fan-in 16 times larger; a quarter reproduces its scale.</summary>
    public static double Stem(NetworkArchitecture architecture) => architecture.IsOfZoo ? LeakyRelu : LeakyRelu / 4;
}
