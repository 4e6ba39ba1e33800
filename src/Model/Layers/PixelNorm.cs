using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Unit mean square for the feature vector of each pixel (paper, section 4.2): b = a / sqrt(mean_c(a^2) + eps). Squares are beyond fp16 from 256 on, and
/// eps below its smallest number, so the factor is computed in fp32 whatever the features are.
/// </summary>
internal static class PixelNorm
{
    /// <summary>[N, C, …] to the same shape; the norm is over axis 1.</summary>
    public static Tensor Apply(Tensor x, double epsilon)
    {
        Tensor wide = x.Widened();
        using Tensor square = wide * wide;
        using Tensor meanSquare = square.mean([1L], keepdim: true); // [N, 1, …]
        using Tensor shifted = meanSquare.Plus(epsilon);
        using Tensor inverse = shifted.rsqrt().TurnedInto(x);
        return x * inverse;
    }
}
