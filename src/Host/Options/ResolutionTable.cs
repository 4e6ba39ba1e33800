using System.Text.Json.Serialization;

namespace Pggan.Host;

/// <summary>
/// A number that may differ by resolution. In JSON a number, or an object of "default" and resolutions: <c>{"default": 16, "8": 128}</c>.
/// </summary>
/// <param name="Default">Where there is no entry.</param>
/// <param name="At">Entries by resolution in pixels.</param>
[JsonConverter(typeof(ResolutionTableConverter))]
internal sealed record ResolutionTable<T>(T Default, IReadOnlyDictionary<int, T> At)
    where T : struct
{
    /// <summary>The same everywhere.</summary>
    public ResolutionTable(T value)
        : this(value, new Dictionary<int, T>())
    {
    }

    /// <summary>The same everywhere.</summary>
    public static implicit operator ResolutionTable<T>(T value) => new(value);

    /// <summary>The same with another entry.</summary>
    public ResolutionTable<T> With(int resolution, T value) => this with { At = new Dictionary<int, T>(At) { [resolution] = value } };
}
