using System.Collections.ObjectModel;

namespace Pggan.Model;

/// <summary>Feature maps of each stage, stage 0 first. Two are equal when their numbers are.</summary>
public sealed class FeatureMapList : Collection<int>, IEquatable<FeatureMapList>
{
    /// <summary>Without numbers.</summary>
    public FeatureMapList()
    {
    }

    /// <summary>A copy.</summary>
    public FeatureMapList(IEnumerable<int> maps)
        : base([.. maps])
    {
    }

    /// <inheritdoc/>
    public bool Equals(FeatureMapList? other) => other is not null && this.SequenceEqual(other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FeatureMapList);

    /// <inheritdoc/>
    public override int GetHashCode() => this.Aggregate(0, HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => string.Join(',', this);
}
