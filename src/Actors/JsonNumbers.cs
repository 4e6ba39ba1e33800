using System.Globalization;
using System.Text.Json.Nodes;

namespace Pggan.Actors;

/// <summary>Numbers of JSON objects, whether just made or read from a file.</summary>
internal static class JsonNumbers
{
    /// <summary>The number as a double, whatever type it was made from; NaN where it is none.</summary>
    public static double ToDouble(this JsonValue value) =>
        double.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;

    /// <summary>JSON has no infinities and no NaN: null stands for a number that is none.</summary>
    public static JsonNode? OrNull(double? value) => value is { } number && double.IsFinite(number) ? JsonValue.Create(number) : null;
}
