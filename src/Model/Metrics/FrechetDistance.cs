using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// The Frechet distance between two sets of features taken as Gaussians (Heusel et al., 2017): |m1 - m2|^2 + Tr(S1 + S2 - 2 sqrt(S1 S2)), with
/// unbiased covariances, in double precision. 0 = alike.
/// </summary>
public static class FrechetDistance
{
    /// <summary>The distance; the sets may be of different sizes, and of fewer images than a feature has components.</summary>
    /// <param name="a">One set.</param>
    /// <param name="b">The other.</param>
    /// <param name="between">Called between pieces of work; it may wait, or throw to end the work.</param>
    /// <exception cref="ArgumentException">A set has fewer than 2 images, or the features differ in size.</exception>
    public static double Between(FeatureTable a, FeatureTable b, Action? between = null)
    {
        FeatureTable.RequireComparable(a, b, 2);
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        (Tensor meanA, Tensor covarianceA) = Moments(a, between);
        (Tensor meanB, Tensor covarianceB) = Moments(b, between);
        return Between(meanA, covarianceA, meanB, covarianceB, between);
    }

    /// <summary>The distance of two Gaussians with means [D] and covariances [D, D] in double precision on the CPU.</summary>
    internal static double Between(Tensor meanA, Tensor covarianceA, Tensor meanB, Tensor covarianceB, Action? between = null)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();

        // S1 S2 has the eigenvalues of sqrt(S1) S2 sqrt(S1), which is symmetric. Rounding may take those that are 0 a little below it.
        (Tensor values, Tensor vectors) = linalg.eigh(covarianceA);
        between?.Invoke();
        Tensor root = (vectors * values.relu().sqrt()).matmul(vectors.t());
        Tensor product = root.matmul(covarianceB).matmul(root);
        Tensor symmetric = (product + product.t()).Times(0.5);
        between?.Invoke();
        double traceOfRoot = linalg.eigvalsh(symmetric).relu().sqrt().sum().item<double>();

        Tensor shift = meanA - meanB;
        double traces = (covarianceA.trace() + covarianceB.trace()).item<double>();
        return Math.Max(0, shift.dot(shift).item<double>() + traces - 2 * traceOfRoot);
    }

    /// <summary>Mean [D] and unbiased covariance [D, D] of a table's rows, on the CPU.</summary>
    internal static (Tensor Mean, Tensor Covariance) Moments(FeatureTable table, Action? between = null)
    {
        using var scope = NewDisposeScope();
        Tensor sum = zeros(table.Size, dtype: float64);
        foreach ((int first, int count) in table.Blocks())
        {
            using var block = NewDisposeScope();
            sum.add_(table.Rows(first, count).sum([0L]).cpu());
            between?.Invoke();
        }
        Tensor mean = sum.Times(1.0 / table.Count);

        // From centred rows, so that a mean far from 0 costs no digits.
        Tensor scatter = zeros(table.Size, table.Size, dtype: float64);
        foreach ((int first, int count) in table.Blocks())
        {
            using var block = NewDisposeScope();
            Tensor rows = table.Rows(first, count);
            Tensor centred = rows - mean.to(rows.device);
            scatter.add_(centred.t().matmul(centred).cpu());
            between?.Invoke();
        }
        return (mean.MoveToOuterDisposeScope(), scatter.Times(1.0 / (table.Count - 1)).MoveToOuterDisposeScope());
    }
}
