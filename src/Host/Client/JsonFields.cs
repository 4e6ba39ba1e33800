using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pggan.Host;

/// <summary>Fields of an answer or of a line of a log; one that is missing or of another kind is null, as one that is not known.</summary>
internal static class JsonFields
{
    /// <summary>A finite number.</summary>
    public static double? Number(this JsonObject? from, string name) =>
        from?[name] is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.Deserialize<double>() is var number && double.IsFinite(number) ? number : null;

    /// <summary>A text.</summary>
    public static string? Text(this JsonObject? from, string name) =>
        from?[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.Deserialize<string>() : null;

    /// <summary>True or false.</summary>
    public static bool Is(this JsonObject from, string name) => from[name] is JsonValue value && value.GetValueKind() == JsonValueKind.True;

    /// <summary>An object.</summary>
    public static JsonObject? Object(this JsonObject from, string name) => from[name] as JsonObject;

    /// <summary>The objects of an array; none where there is no array.</summary>
    public static IEnumerable<JsonObject> Objects(this JsonObject from, string name) => from[name] is JsonArray array ? array.OfType<JsonObject>() : [];
}
