using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>What a network says of many images: [N, Size] floats in host memory, one image a row.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class FeatureTable
{
    /// <summary>Rows that metrics compute with at a time, so that their memory does not grow with the table.</summary>
    internal const int RowsAtOnce = 1024;

    private const int FloatsOfChunk = 1 << 18;

    private readonly List<float[]> chunks = [];
    private readonly int rowsOfChunk;
    private readonly Device device;

    /// <summary>An empty table.</summary>
    /// <param name="size">Numbers in a row.</param>
    /// <param name="device">Where metrics of this table are computed; the CPU unless told.</param>
    public FeatureTable(int size, Device? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        Size = size;
        this.device = device ?? CPU;
        rowsOfChunk = Math.Max(1, FloatsOfChunk / size);
    }

    /// <summary>Numbers in a row.</summary>
    public int Size { get; }

    /// <summary>Rows, N.</summary>
    public int Count { get; private set; }

    /// <summary>One row, [Size].</summary>
    public ReadOnlySpan<float> this[int row]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(row);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Count);
            return chunks[row / rowsOfChunk].AsSpan(row % rowsOfChunk * Size, Size);
        }
    }

    /// <summary>Adds whole rows at the end.</summary>
    /// <param name="rows">[n, Size], row after row.</param>
    /// <exception cref="ArgumentException">They are no whole rows, or hold a number that is not finite; nothing was added.</exception>
    public void Append(ReadOnlySpan<float> rows)
    {
        if (rows.Length % Size != 0)
            throw new ArgumentException($"{rows.Length} numbers are no whole rows of {Size}", nameof(rows));
        foreach (float number in rows)
        {
            if (!float.IsFinite(number))
                throw new ArgumentException($"a feature is {number}; metrics need finite ones", nameof(rows));
        }
        for (; !rows.IsEmpty; rows = rows[Size..], Count++)
        {
            if (Count == chunks.Count * rowsOfChunk)
                chunks.Add(new float[rowsOfChunk * Size]);
            rows[..Size].CopyTo(chunks[^1].AsSpan(Count % rowsOfChunk * Size));
        }
    }

    /// <summary>Adds rows [n, Size] of any device and floating type.</summary>
    internal void Append(Tensor rows)
    {
        if (rows.dim() != 2 || rows.shape[1] != Size)
            throw new ArgumentException($"features are [{string.Join(", ", rows.shape)}], and the table's are [N, {Size}]", nameof(rows));
        Append(HostTensor.From(rows).Data);
    }

    /// <summary>A copy of all rows, [N, Size].</summary>
    internal HostTensor ToTensor()
    {
        float[] data = new float[Count * (long)Size];
        for (int row = 0; row < Count; row++)
            this[row].CopyTo(data.AsSpan(row * Size, Size));
        return new HostTensor([Count, Size], data);
    }

    /// <summary>A table of some of the rows.</summary>
    internal FeatureTable Part(int first, int count)
    {
        FeatureTable part = new(Size, device);
        for (int row = first; row < first + count; row++)
            part.Append(this[row]);
        return part;
    }

    /// <summary>Rows as doubles [count, Size] on the table's device.</summary>
    internal Tensor Rows(int first, int count) => Rows(Enumerable.Range(first, count), count);

    /// <summary>Rows by their numbers, as doubles [count, Size] on the table's device.</summary>
    internal Tensor Rows(IEnumerable<int> numbers, int count)
    {
        float[] data = new float[count * Size];
        int filled = 0;
        foreach (int number in numbers)
            this[number].CopyTo(data.AsSpan(filled++ * Size, Size));
        using Tensor host = tensor(data, [count, Size]);
        return host.to(float64, device);
    }

    /// <summary>The first row and the length of each part that is computed with at a time.</summary>
    internal IEnumerable<(int First, int Count)> Blocks()
    {
        for (int first = 0; first < Count; first += RowsAtOnce)
            yield return (first, Math.Min(RowsAtOnce, Count - first));
    }

    /// <summary>Fails where two tables can't be compared.</summary>
    internal static void RequireComparable(FeatureTable a, FeatureTable b, int leastRows)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.Size != b.Size)
            throw new ArgumentException($"features of {a.Size} and of {b.Size} numbers can't be compared");
        if (Math.Min(a.Count, b.Count) < leastRows)
            throw new ArgumentException($"at least {leastRows} images a side are needed, and there are {a.Count} and {b.Count}");
    }
}
