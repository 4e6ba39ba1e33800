using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// The k nearest of many images for each of some images, by Euclidean distance of features. The many are only streamed past: memory is that of
/// the queries and a block of distances.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class NearestNeighbours : IDisposable
{
    private readonly FeatureTable queries;
    private readonly int[]? own;
    private readonly Tensor squares; // [Q, k], nearest first
    private readonly Tensor numbers; // [Q, k]

    /// <summary>Nothing is near yet.</summary>
    /// <param name="queries">Whose neighbours are looked for; complete.</param>
    /// <param name="k">How many neighbours.</param>
    /// <param name="own">For queries that are themselves among the many: the number of each there, which is no neighbour of it. Null = none is.</param>
    public NearestNeighbours(FeatureTable queries, int k, IReadOnlyCollection<int>? own = null)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        if (own is not null && own.Count != queries.Count)
            throw new ArgumentException($"{own.Count} numbers for {queries.Count} images", nameof(own));
        this.queries = queries;
        this.own = own is null ? null : [.. own];
        Neighbours = k;
        squares = tensor(Enumerable.Repeat(double.PositiveInfinity, queries.Count * k).ToArray(), [queries.Count, k]).DetachFromDisposeScope();
        numbers = tensor(Enumerable.Repeat(-1L, queries.Count * k).ToArray(), [queries.Count, k]).DetachFromDisposeScope();
    }

    /// <summary>How many neighbours are kept, k.</summary>
    public int Neighbours { get; }

    /// <summary>Images that were streamed past.</summary>
    public int Seen { get; private set; }

    /// <summary>The numbers of the neighbours in the order of the stream, [Q, k], nearest first; -1 where fewer than k were seen.</summary>
    public long[] Numbers => [.. numbers.data<long>().ToArray().Zip(SquaredDistances, (number, square) => double.IsFinite(square) ? number : -1)];

    /// <summary>Their distances, [Q, k]; infinite where fewer than k were seen.</summary>
    public double[] Distances => [.. SquaredDistances.Select(Math.Sqrt)];

    /// <summary>
    /// The median distance to the nearest. That of reals to other reals says how near is too near: fakes that are mostly nearer are copies.
    /// </summary>
    public double MedianNearest
    {
        get
        {
            double[] nearest = [.. Distances.Where((_, i) => i % Neighbours == 0).Order()];
            return nearest.Length == 0 ? double.NaN : (nearest[(nearest.Length - 1) / 2] + nearest[nearest.Length / 2]) / 2;
        }
    }

    internal double[] SquaredDistances => squares.data<double>().ToArray();

    /// <summary>Takes all rows of a table as the next of the many.</summary>
    /// <param name="many">The rows.</param>
    /// <param name="between">Called between pieces of work; it may wait, or throw to end the work.</param>
    /// <exception cref="ArgumentException">The features differ in size.</exception>
    public void Add(FeatureTable many, Action? between = null)
    {
        FeatureTable.RequireComparable(queries, many, 0);
        using var noGradients = no_grad();
        foreach ((int first, int count) in many.Blocks())
        {
            using var scope = NewDisposeScope();
            Tensor rows = many.Rows(first, count);
            foreach ((int firstQuery, int queryCount) in queries.Blocks())
            {
                Merge(rows, firstQuery, queryCount);
                between?.Invoke();
            }
            Seen += count;
        }
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        squares.Dispose();
        numbers.Dispose();
    }

    /// <summary>Squared Euclidean distances [N, M] of rows [N, D] and [M, D], in doubles.</summary>
    internal static Tensor Square(Tensor x, Tensor y)
    {
        Tensor norms = (x * x).sum([1L], keepdim: true) + (y * y).sum([1L]);
        return (norms - x.matmul(y.t()).Times(2)).relu_();
    }

    /// <summary>The k nearest of a query are those of the k so far and of a block of the many.</summary>
    private void Merge(Tensor rows, int firstQuery, int queryCount)
    {
        using var scope = NewDisposeScope();
        Tensor distances = Square(queries.Rows(firstQuery, queryCount), rows).cpu();
        int count = (int)rows.shape[0];
        if (own is not null)
            Forget(distances, own.AsSpan(firstQuery, queryCount), count);
        Tensor keptSquares = squares.narrow(0, firstQuery, queryCount), keptNumbers = numbers.narrow(0, firstQuery, queryCount);
        Tensor candidates = cat([keptSquares, distances], 1);
        Tensor named = cat([keptNumbers, tensor(Enumerable.Range(Seen, count).Select(n => (long)n).ToArray()).expand(queryCount, count)], 1);
        (Tensor nearest, Tensor places) = candidates.topk(Neighbours, 1, largest: false, sorted: true);
        keptSquares.copy_(nearest);
        keptNumbers.copy_(named.gather(1, places));
    }

    private void Forget(Tensor distances, ReadOnlySpan<int> numbersOfQueries, int count)
    {
        using Scalar infinity = double.PositiveInfinity;
        for (int i = 0; i < numbersOfQueries.Length; i++)
        {
            int place = numbersOfQueries[i] - Seen;
            if (place >= 0 && place < count)
                distances[i, place].fill_(infinity);
        }
    }
}
