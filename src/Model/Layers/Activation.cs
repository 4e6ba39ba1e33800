using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>What follows each convolution's bias.</summary>
internal static class Activation
{
    internal const double Slope = 0.2;

    /// <summary>max(0.2 x, x).</summary>
    public static Tensor LeakyRelu(Tensor x) => x.LeakyRelu(Slope);

    /// <summary>Leaky or plain ReLU, then pixel norm where the architecture has it.</summary>
    public static Tensor Generator(Tensor x, NetworkArchitecture architecture)
    {
        Tensor y = architecture.LeakyRelu ? LeakyRelu(x) : x.relu();
        return architecture.PixelNorm ? PixelNorm.Apply(y, architecture.PixelNormEpsilon) : y;
    }
}
