using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Multiplicative noise on D's layers, as in the paper's Theano code (GDropLayer, "prop"): what enters a layer of C feature maps is multiplied, map by
/// map of each image, by 1 + strength * sqrt(C) * N(0, 1). It is of one pass through D: each layer takes the next columns.
/// </summary>
/// <param name="normal">Of N(0, 1), [N, at least <see cref="Columns"/>].</param>
/// <param name="strength">Above 0.</param>
internal sealed class LayerNoise(Tensor normal, double strength)
{
    private long next;

    /// <summary>Columns that a pass takes: the inputs of all layers but fromRGB and the last, which have no noise.</summary>
    /// <param name="architecture">The networks'.</param>
    /// <param name="level">0 being 4x4.</param>
    public static int Columns(NetworkArchitecture architecture, int level)
    {
        if (architecture.Layout == NetworkLayout.Dcgan)
            return architecture.FeatureMaps(1) + Enumerable.Range(2, architecture.Levels - 2).Sum(architecture.FeatureMaps);
        int head = 2 * architecture.FeatureMaps(1) + (architecture.StdDevGroup > 1 ? 1 : 0);
        return head + Enumerable.Range(1, level).Sum(k => 2 * architecture.FeatureMaps(k + 1));
    }

    /// <summary>[N, C, H, W] to the same shape; as it is where there is no noise.</summary>
    public static Tensor On(Tensor x, LayerNoise? noise) => noise is null ? x : noise.Multiply(x);

    private Tensor Multiply(Tensor x)
    {
        long n = x.shape[0], c = x.shape[1];
        Tensor factor = normal.narrow(1, next, c).Times(strength * Math.Sqrt(c)).Plus(1); // [N, C]
        next += c;
        return x * factor.to(x.dtype).reshape(n, c, 1, 1);
    }
}
