namespace Pggan.Model;

/// <summary>How the numbers of a weight are distributed.</summary>
/// <param name="Name">Of the weight, as in a checkpoint: <c>G/stem.weight</c>.</param>
/// <param name="Count">Numbers that were counted: those that are finite.</param>
/// <param name="Min">The smallest; 0 where there is none.</param>
/// <param name="Max">The largest; 0 where there is none.</param>
/// <param name="Sum">Of the numbers.</param>
/// <param name="SumOfSquares">Of the numbers.</param>
/// <param name="Limits">Upper limits of intervals in order; each begins where the one before it ends, and empty neighbours are one interval.</param>
/// <param name="Counts">Numbers in each interval.</param>
public sealed record WeightHistogram(
    string Name, long Count, double Min, double Max, double Sum, double SumOfSquares, IReadOnlyList<double> Limits, IReadOnlyList<double> Counts)
{
    /// <summary>The weights of G and D that take part at the checkpoint's stage, as they are stored: without run-time scale.</summary>
    public static IReadOnlyList<WeightHistogram> Of(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        (NetworkArchitecture architecture, GrowthStage stage) = (checkpoint.State.Architecture, checkpoint.State.Stage);
        return
        [
            .. checkpoint.Tensors
                .Where(t => t.Key.StartsWith(NetworkSnapshot.G, StringComparison.Ordinal) && ActiveParameters.OfGenerator(t.Key[NetworkSnapshot.G.Length..], architecture, stage)
                    || t.Key.StartsWith(NetworkSnapshot.D, StringComparison.Ordinal) && ActiveParameters.OfDiscriminator(t.Key[NetworkSnapshot.D.Length..], architecture, stage))
                .Select(t => Of(t.Key, t.Value.Data)),
        ];
    }

    /// <summary>Of some numbers.</summary>
    public static WeightHistogram Of(string name, ReadOnlySpan<float> numbers)
    {
        long[] counts = new long[ExponentialBuckets.Limits.Count];
        (long count, double min, double max, double sum, double squares) = (0, double.PositiveInfinity, double.NegativeInfinity, 0, 0);
        foreach (float number in numbers)
        {
            if (!float.IsFinite(number))
                continue;
            counts[ExponentialBuckets.Of(number)]++;
            count++;
            min = Math.Min(min, number);
            max = Math.Max(max, number);
            sum += number;
            squares += (double)number * number;
        }
        (List<double> limits, List<double> kept) = WithoutEmptyNeighbours(counts);
        return new WeightHistogram(name, count, count > 0 ? min : 0, count > 0 ? max : 0, sum, squares, limits, kept);
    }

    private static (List<double> Limits, List<double> Counts) WithoutEmptyNeighbours(long[] counts)
    {
        (List<double> limits, List<double> kept) = ([], []);
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] == 0 && kept is [.., 0])
            {
                limits[^1] = ExponentialBuckets.Limits[i];
                continue;
            }
            limits.Add(ExponentialBuckets.Limits[i]);
            kept.Add(counts[i]);
        }
        return (limits, kept);
    }
}
