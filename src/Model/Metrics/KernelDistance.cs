using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// The kernel distance between two sets of features (Binkowski et al., 2018): the unbiased squared maximum mean discrepancy under the kernel
/// (x.y / D + 1)^3, averaged over subsets. About 0 = alike; it may be a little below.
/// </summary>
public static class KernelDistance
{
    private const int Subsets = 100;
    private const int MostOfSubset = 1000;

    /// <summary>The distance; the sets may be of different sizes.</summary>
    /// <param name="a">One set.</param>
    /// <param name="b">The other.</param>
    /// <param name="seed">Of the subsets. Sets of one size up to 1000 are compared whole, and then it does not matter.</param>
    /// <param name="between">Called between pieces of work; it may wait, or throw to end the work.</param>
    /// <exception cref="ArgumentException">A set has fewer than 2 images, or the features differ in size.</exception>
    public static double Between(FeatureTable a, FeatureTable b, long seed, Action? between = null)
    {
        FeatureTable.RequireComparable(a, b, 2);
        using var noGradients = no_grad();
        int count = Math.Min(MostOfSubset, Math.Min(a.Count, b.Count));
        int subsets = a.Count == count && b.Count == count ? 1 : Subsets;
        double sum = 0;
        for (int subset = 0; subset < subsets; subset++)
        {
            using var scope = NewDisposeScope();
            sum += Discrepancy(Draw(a, count, seed, 2 * subset), Draw(b, count, seed, 2 * subset + 1));
            between?.Invoke();
        }
        return sum / subsets;
    }

    private static Tensor Draw(FeatureTable table, int count, long seed, long number) =>
        table.Rows(Chance.Order(table.Count, seed, Purpose.Subsets, number).Take(count), count);

    /// <summary>Of rows [n, D] and [n, D].</summary>
    private static double Discrepancy(Tensor x, Tensor y)
    {
        long n = x.shape[0];
        Tensor xx = Kernel(x, x), yy = Kernel(y, y);
        double within = (xx.sum() - xx.trace() + yy.sum() - yy.trace()).item<double>() / (n * (n - 1.0));
        return within - 2 * Kernel(x, y).mean().item<double>();
    }

    private static Tensor Kernel(Tensor x, Tensor y)
    {
        Tensor k = x.matmul(y.t()).Times(1.0 / x.shape[1]).Plus(1);
        return k * k * k;
    }
}
