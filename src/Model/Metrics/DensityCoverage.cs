namespace Pggan.Model;

/// <summary>Precision and recall that outliers do not mislead (Naeem et al., 2020), by balls about reals to the fifth nearest neighbour.</summary>
/// <param name="Density">Balls that a fake lies in, on average, over 5; above 1 where fakes crowd where reals are dense.</param>
/// <param name="Coverage">Share of the reals whose ball holds a fake.</param>
public sealed record DensityCoverage(double Density, double Coverage)
{
    private const int Neighbours = 5;

    /// <summary>Fewest images a side.</summary>
    internal const int FewestImages = Neighbours + 1;

    /// <summary>Both; the sets may be of different sizes.</summary>
    /// <param name="reals">One set.</param>
    /// <param name="fakes">The other.</param>
    /// <param name="between">Called between pieces of work; it may wait, or throw to end the work.</param>
    /// <exception cref="ArgumentException">A set has fewer than 6 images, or the features differ in size.</exception>
    public static DensityCoverage Between(FeatureTable reals, FeatureTable fakes, Action? between = null)
    {
        FeatureTable.RequireComparable(reals, fakes, FewestImages);
        (long[] balls, long[] points) = new NeighbourBalls(reals, Neighbours, between).Count(fakes, closed: false);
        return new DensityCoverage(balls.Average() / Neighbours, points.Average(held => held > 0 ? 1.0 : 0));
    }
}
