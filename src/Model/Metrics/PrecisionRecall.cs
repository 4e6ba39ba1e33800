namespace Pggan.Model;

/// <summary>How many fakes look real and how many reals could be faked (Kynkaanniemi et al., 2019), by balls to the third nearest neighbour.</summary>
/// <param name="Precision">Share of fakes that lie in the region of the reals.</param>
/// <param name="Recall">Share of reals that lie in the region of the fakes.</param>
public sealed record PrecisionRecall(double Precision, double Recall)
{
    private const int Neighbours = 3;

    /// <summary>Fewest images a side.</summary>
    internal const int FewestImages = Neighbours + 1;

    /// <summary>Both shares; the sets may be of different sizes.</summary>
    /// <param name="reals">One set.</param>
    /// <param name="fakes">The other.</param>
    /// <param name="between">Called between pieces of work; it may wait, or throw to end the work.</param>
    /// <exception cref="ArgumentException">A set has fewer than 4 images, or the features differ in size.</exception>
    public static PrecisionRecall Between(FeatureTable reals, FeatureTable fakes, Action? between = null)
    {
        FeatureTable.RequireComparable(reals, fakes, FewestImages);
        return new PrecisionRecall(Share(fakes, reals, between), Share(reals, fakes, between));
    }

    private static double Share(FeatureTable points, FeatureTable region, Action? between) =>
        new NeighbourBalls(region, Neighbours, between).Count(points, closed: true).Balls.Average(balls => balls > 0 ? 1.0 : 0);
}
