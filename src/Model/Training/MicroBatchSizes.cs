namespace Pggan.Model;

/// <summary>Images computed at once, by resolution in pixels. Two are equal when their entries are.</summary>
public sealed class MicroBatchSizes : SortedDictionary<int, int>, IEquatable<MicroBatchSizes>
{
    /// <summary>Without entries.</summary>
    public MicroBatchSizes()
    {
    }

    /// <summary>A copy.</summary>
    public MicroBatchSizes(IReadOnlyDictionary<int, int> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        foreach ((int resolution, int images) in entries)
            Add(resolution, images);
    }

    /// <inheritdoc/>
    public bool Equals(MicroBatchSizes? other) => other is not null && this.SequenceEqual(other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MicroBatchSizes);

    /// <inheritdoc/>
    public override int GetHashCode() => this.Aggregate(0, HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', this.Select(e => $"{e.Key}:{e.Value}"));
}
