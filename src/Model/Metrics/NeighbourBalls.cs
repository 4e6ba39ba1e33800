using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>The region that a set of features covers: a ball about each, out to its k-th nearest neighbour in the set.</summary>
internal sealed class NeighbourBalls
{
    private readonly FeatureTable centres;
    private readonly double[] squaredRadii;
    private readonly Action? between;

    /// <param name="centres">More than <paramref name="k"/> of them.</param>
    /// <param name="k">Which neighbour a ball reaches to.</param>
    /// <param name="between">Called between pieces of work; it may wait, or throw to end the work.</param>
    public NeighbourBalls(FeatureTable centres, int k, Action? between)
    {
        this.centres = centres;
        this.between = between;
        using NearestNeighbours neighbours = new(centres, k, [.. Enumerable.Range(0, centres.Count)]);
        neighbours.Add(centres, between);
        squaredRadii = [.. neighbours.SquaredDistances.Where((_, i) => i % k == k - 1)];
    }

    /// <summary>In how many balls each point lies, and how many points each ball holds.</summary>
    /// <param name="points">Of the same size of features.</param>
    /// <param name="closed">Whether a ball holds its surface.</param>
    public (long[] Balls, long[] Points) Count(FeatureTable points, bool closed)
    {
        long[] balls = new long[points.Count], held = new long[centres.Count];
        using var noGradients = no_grad();
        foreach ((int first, int count) in centres.Blocks())
        {
            using var scope = NewDisposeScope();
            Tensor rows = centres.Rows(first, count);
            Tensor radii = tensor(squaredRadii.AsSpan(first, count).ToArray()).to(rows.device);
            foreach ((int firstPoint, int pointCount) in points.Blocks())
            {
                using var block = NewDisposeScope();
                Tensor distances = NearestNeighbours.Square(points.Rows(firstPoint, pointCount), rows); // [points, centres]
                Tensor inside = closed ? distances.le(radii) : distances.lt(radii);
                Add(inside.sum(1L).cpu(), balls.AsSpan(firstPoint, pointCount));
                Add(inside.sum(0L).cpu(), held.AsSpan(first, count));
                between?.Invoke();
            }
        }
        return (balls, held);
    }

    private static void Add(Tensor counts, Span<long> sums)
    {
        long[] added = counts.data<long>().ToArray();
        for (int i = 0; i < sums.Length; i++)
            sums[i] += added[i];
    }
}
