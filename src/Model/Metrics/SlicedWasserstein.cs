using System.Buffers;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// The paper's distance of two sets of images: the patches of each level of their Laplacian pyramids, each set normalised by its own mean and
/// deviation of each channel, projected on 4 x 128 random directions; the mean distance of the sorted projections (Rabin et al. 2011), times 1000.
/// Near 0 for sets alike in colour, texture and shape at that level. Paper, section 5; official sliced_wasserstein.py.
/// </summary>
public static class SlicedWasserstein
{
    /// <summary>Random directions of a distance.</summary>
    internal const int Directions = 4 * 128;

    private const double Unit = 1000;

    /// <summary>Floats of the projections that are held at once: 128 MiB, and as many as 512 MiB so that large sets are not read too often.</summary>
    private const long ProjectionsAtOnce = 1L << 25;
    private const long MostProjectionsAtOnce = 1L << 27;
    private const int DirectionsWorthReading = 32;

    /// <summary>The distances by level, finest first, x 1000; their mean is the metric.</summary>
    /// <param name="a">A set.</param>
    /// <param name="b">Another of the same size of images, perhaps with more or fewer of them.</param>
    /// <param name="seed">Of the directions.</param>
    /// <param name="between">Called between pieces of work; it may wait, or throw to end the work.</param>
    /// <exception cref="ArgumentException">The sets are of different sizes of images, or one is empty.</exception>
    public static IReadOnlyList<(int Level, double Distance)> Between(PatchSet a, PatchSet b, long seed, Action between)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        ArgumentNullException.ThrowIfNull(between);
        if ((a.Channels, a.Height, a.Width) != (b.Channels, b.Height, b.Width))
            throw new ArgumentException($"images of {a.Channels}x{a.Height}x{a.Width} and {b.Channels}x{b.Height}x{b.Width} can't be compared");
        if (a.Images == 0 || b.Images == 0)
            throw new ArgumentException("a set without images has no distance from another");
        int size = a.Channels * PatchSet.Side * PatchSet.Side;
        float[] directions = RandomDirections(size, seed);
        long patches = (long)(a.Images + b.Images) * PatchSet.PatchesOfImage;
        long some = Math.Max(ProjectionsAtOnce, Math.Min(DirectionsWorthReading * patches, MostProjectionsAtOnce));
        int atOnce = (int)Math.Clamp(some / patches, 1, Directions);
        float[][] left = Places(a, atOnce), right = Places(b, atOnce);
        List<(int, double)> distances = [];
        for (int level = 0; level < a.Levels.Count; level++)
        {
            (float[] Shift, float[] Scale) ofA = Normalisation(a, level, between), ofB = Normalisation(b, level, between);
            double sum = 0;
            for (int first = 0; first < Directions; first += atOnce)
            {
                int count = Math.Min(atOnce, Directions - first);
                ReadOnlyMemory<float> along = directions.AsMemory(first * size, count * size);
                Project(a, level, ofA, along, left.AsSpan(0, count), between);
                Project(b, level, ofB, along, right.AsSpan(0, count), between);
                sum += Distances(left[..count], right[..count], between);
            }
            distances.Add((a.Levels[level], sum / Directions * Unit));
        }
        return distances;
    }

    /// <summary>Mean distance of two sets of points, [N, K] and [M, K], along directions [K, D].</summary>
    internal static double Sliced(Tensor a, Tensor b, Tensor directions)
    {
        float[][] left = Columns(a), right = Columns(b);
        return Distances(left, right, () => { }) / left.Length;

        float[][] Columns(Tensor points)
        {
            using var scope = NewDisposeScope();
            Tensor projections = points.matmul(directions).t().contiguous(); // [D, N]
            float[] all = HostTensor.From(projections).Data;
            return [.. all.Chunk((int)points.shape[0])];
        }
    }

    /// <summary>
    /// Distance of two distributions on a line, each given by equally likely numbers in ascending order: the area between their quantile
    /// functions. Of as many numbers it is the mean difference of the n-th ones.
    /// </summary>
    internal static double OnLine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        if (a.Length == b.Length)
        {
            for (int i = 0; i < a.Length; i++)
                sum += Math.Abs(a[i] - (double)b[i]);
            return sum / a.Length;
        }
        long at = 0, whole = (long)a.Length * b.Length; // a number of a is b.Length long, and one of b a.Length
        for (int i = 0, j = 0; at < whole;)
        {
            long endOfA = (i + 1L) * b.Length, endOfB = (j + 1L) * a.Length, end = Math.Min(endOfA, endOfB);
            sum += Math.Abs(a[i] - (double)b[j]) * (end - at);
            if (end == endOfA)
                i++;
            if (end == endOfB)
                j++;
            at = end;
        }
        return sum / whole;
    }

    private static double Distances(float[][] a, float[][] b, Action between)
    {
        double[] distances = new double[a.Length];
        int atOnce = CpuThreads.IsAlone ? 1 : Environment.ProcessorCount;
        for (int first = 0; first < a.Length; first += atOnce)
        {
            Parallel.For(first, Math.Min(first + atOnce, a.Length), i =>
            {
                float[] spare = ArrayPool<float>.Shared.Rent(Math.Max(a[i].Length, b[i].Length));
                FloatSort.Sort(a[i], spare);
                FloatSort.Sort(b[i], spare);
                ArrayPool<float>.Shared.Return(spare);
                distances[i] = OnLine(a[i], b[i]);
            });
            between();
        }
        return distances.Sum(); // in order, so that the threads change nothing
    }

    /// <summary>Directions of unit length in K dimensions, [D, K].</summary>
    private static float[] RandomDirections(int size, long seed)
    {
        using var scope = NewDisposeScope();
        Tensor drawn = Chance.Normal(Directions, size, seed, Purpose.Patches, -1);
        return HostTensor.From(drawn / drawn.square().sum(1, keepdim: true).sqrt()).Data;
    }

    /// <summary>Mean and one over the deviation of each channel.</summary>
    private static (float[] Shift, float[] Scale) Normalisation(PatchSet set, int level, Action between)
    {
        const int area = PatchSet.Side * PatchSet.Side;
        double[] sums = new double[set.Channels], squares = new double[set.Channels];
        long count = 0;
        foreach ((float[] rows, int some) in set.Patches(level))
        {
            for (int row = 0, at = 0; row < some; row++)
            {
                for (int c = 0; c < sums.Length; c++)
                {
                    for (int i = 0; i < area; i++, at++)
                    {
                        sums[c] += rows[at];
                        squares[c] += (double)rows[at] * rows[at];
                    }
                }
            }
            count += (long)some * area;
            between();
        }
        double[] means = [.. sums.Select(sum => sum / count)];
        return ([.. means.Select(mean => (float)mean)],
            [.. squares.Zip(means, (square, mean) => (float)(1 / Math.Sqrt(Math.Max(square / count - mean * mean, 1e-12))))]);
    }

    /// <summary>Room for a number for each patch of a level and each of so many directions.</summary>
    private static float[][] Places(PatchSet set, int directions) =>
        [.. Enumerable.Range(0, directions).Select(_ => new float[set.Images * PatchSet.PatchesOfImage])];

    /// <summary>The patches' places along each of some directions [D, K], into D arrays.</summary>
    private static void Project(
        PatchSet set, int level, (float[] Shift, float[] Scale) normalisation, ReadOnlyMemory<float> directions, Span<float[]> places, Action between)
    {
        const int area = PatchSet.Side * PatchSet.Side;
        int channels = set.Channels, size = channels * area, count = places.Length, filled = 0;
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        Tensor along = tensor(directions.ToArray(), [count, size]);
        Tensor shift = tensor(normalisation.Shift, [1, channels, 1]), scale = tensor(normalisation.Scale, [1, channels, 1]);
        Tensor? room = null;
        foreach ((float[] rows, int some) in set.Patches(level))
        {
            room ??= empty([some, channels, area], float32); // the first part is the largest
            using var step = NewDisposeScope();
            Tensor patches = room.narrow(0, 0, some); // [some, C, 49]
            rows.AsSpan(0, some * size).CopyTo(HostTensor.NumbersOf(patches));
            patches.sub_(shift).mul_(scale);
            ReadOnlySpan<float> projected = HostTensor.NumbersOf(along.matmul(patches.reshape(some, size).t())); // [D, some]
            for (int d = 0; d < count; d++)
                projected.Slice(d * some, some).CopyTo(places[d].AsSpan(filled));
            filled += some;
            between();
        }
    }
}
