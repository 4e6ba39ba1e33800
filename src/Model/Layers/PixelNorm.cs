using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Unit mean square for the feature vector of each pixel (paper, section 4.2): b = a / sqrt(mean_c(a^2) + eps).</summary>
internal static class PixelNorm
{
    /// <summary>[N, C, …] to the same shape; the norm is over axis 1.</summary>
    public static Tensor Apply(Tensor x, double epsilon)
    {
        using Tensor square = x * x;
        using Tensor meanSquare = square.mean([1L], keepdim: true); // [N, 1, …]
        using Tensor shifted = meanSquare.Plus(epsilon);
        using Tensor inverse = shifted.rsqrt();
        return x * inverse;
    }
}
