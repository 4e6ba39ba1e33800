using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Generative determinantal point processes (Elfeki et al. 2019), a term of G's loss that wants fakes to be as diverse as reals: the Gram matrices of
/// D's features of both have the same eigenvalues, and eigenvectors in the same directions.
/// </summary>
internal static class Gdpp
{
    private const double MagnitudeWeight = 1e-4;

    /// <summary>
    /// 1e-4 * mean((l - l')^2) - sum(minmax(l) * |v . v'|) over the eigenvalues l of the reals and l' of the fakes, in ascending order, and their
    /// eigenvectors v and v'. Those have no sign of their own, hence the absolute value.
    /// </summary>
    /// <param name="reals">Features of reals [N, F], without a graph.</param>
    /// <param name="fakes">Features of fakes [N, F], N at most F: more images have Gram matrices whose eigenvalues coincide.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Loss(Tensor reals, Tensor fakes)
    {
        (Tensor realValues, Tensor realVectors) = Decompose(reals);          // [N], [N, N], an eigenvector a column
        (Tensor values, Tensor vectors) = Decompose(fakes);
        Tensor difference = values - realValues;                             // [N]
        Tensor magnitude = (difference * difference).mean();
        Tensor least = realValues.min();
        Tensor share = (realValues - least) / (realValues.max() - least);    // [N] from 0 to 1
        Tensor cosines = (realVectors * vectors).sum([0L]).abs();               // [N]
        return (magnitude.Times(MagnitudeWeight) - (share * cosines).sum()).to(fakes.dtype);
    }

    /// <summary>Of the Gram matrix of features of length 1, in double precision: eigenvectors are differentiated by the gaps between eigenvalues.</summary>
    private static (Tensor Values, Tensor Vectors) Decompose(Tensor features)
    {
        Tensor x = features.to(ScalarType.Float64);                          // [N, F]
        x = nn.functional.normalize(x, 2, 1);
        return linalg.eigh(x.matmul(x.t()));
    }
}
