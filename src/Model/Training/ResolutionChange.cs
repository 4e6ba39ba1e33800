using System.Text.Json.Serialization;

namespace Pggan.Model;

/// <summary>A change of a number that may differ by resolution.</summary>
/// <param name="Everywhere">The number at every resolution that has no entry in <paramref name="At"/>; earlier entries are forgotten. Null = they stay.</param>
/// <param name="At">Entries by resolution in pixels.</param>
public sealed record ResolutionChange<T>(T? Everywhere, IReadOnlyDictionary<int, T> At)
    where T : struct
{
    /// <summary>The number at every resolution without an entry, earlier ones included. Null = it stays.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public T? Default { get; init; }

    /// <summary>This change and a later one.</summary>
    public ResolutionChange<T> Then(ResolutionChange<T>? later)
    {
        if (later is null)
            return this;
        if (later.Everywhere is not null)
            return later;
        Dictionary<int, T> at = new(At);
        foreach ((int resolution, T value) in later.At)
            at[resolution] = value;
        return Everywhere is { } number
            ? new ResolutionChange<T>(later.Default ?? number, at)
            : new ResolutionChange<T>(null, at) { Default = later.Default ?? Default };
    }

    /// <summary>Every number that it sets.</summary>
    public IEnumerable<T> Numbers() => At.Values.Concat(new[] { Everywhere, Default }.OfType<T>());

    /// <summary>The same number and the same entries.</summary>
    public bool Equals(ResolutionChange<T>? other) =>
        other is not null && Nullable.Equals(Everywhere, other.Everywhere) && Nullable.Equals(Default, other.Default) && At.Count == other.At.Count
        && At.All(entry => other.At.TryGetValue(entry.Key, out T value) && value.Equals(entry.Value));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Everywhere, Default, At.Count);

    /// <summary>A base value and its entries after the change.</summary>
    internal (T Base, IReadOnlyDictionary<int, T> At) Over(T before, IReadOnlyDictionary<int, T> entries)
    {
        ResolutionChange<T> changed = new ResolutionChange<T>(null, entries) { Default = before }.Then(this);
        return (changed.Everywhere ?? changed.Default ?? before, changed.At);
    }
}
