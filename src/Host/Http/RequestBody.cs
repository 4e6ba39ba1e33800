using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pggan.Host;

/// <summary>The JSON object that a request may bring.</summary>
internal static class RequestBody
{
    private const int MostDepth = 8;
    private const int MostNameShown = 64;

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = MostDepth, AllowDuplicateProperties = false };

    /// <summary>Reads the body; none at all is an empty object.</summary>
    /// <exception cref="RequestException">It is no JSON object.</exception>
    /// <exception cref="BadHttpRequestException">It is too large, or breaks off.</exception>
    public static async Task<JsonObject> ReadAsync(HttpContext context)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return Parse(body.ToArray());
    }

    /// <summary>Parses a body.</summary>
    /// <exception cref="RequestException">It is no JSON object.</exception>
    public static JsonObject Parse(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
            return [];
        try
        {
            CheckText(body);
            if (JsonNode.Parse(body, null, Reading) is JsonObject document)
                return document;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new RequestException($"the body is no JSON: {e.Message}");
        }
        throw new RequestException("the body must be a JSON object");
    }

    /// <summary>Fails when an object has another key than these.</summary>
    /// <param name="document">The object.</param>
    /// <param name="what">What its keys are called, in the singular.</param>
    /// <param name="known">The keys.</param>
    /// <exception cref="RequestException">It has; the message says what was probably meant.</exception>
    public static void CheckKeys(JsonObject document, string what, params IReadOnlyCollection<string> known)
    {
        foreach ((string key, _) in document)
        {
            if (!known.Contains(key))
                throw new RequestException($"there is no {what} '{Shown(key)}'.{(key.Length <= MostNameShown ? DidYouMean.Hint(key, known) : "")} Known: {string.Join(", ", known)}");
        }
    }

    /// <summary>A value, where the key is there.</summary>
    /// <exception cref="RequestException">It is of another type; the message names the key.</exception>
    public static T? Value<T>(JsonObject document, string key)
        where T : struct => document.TryGetPropertyValue(key, out JsonNode? node) ? Value<T>(node, key) : null;

    /// <summary>A value of a key.</summary>
    /// <exception cref="RequestException">It is of another type; the message names the key.</exception>
    public static T Value<T>(JsonNode? node, string key)
        where T : struct => node is JsonValue value && value.TryGetValue(out T found) && found is not double.PositiveInfinity and not double.NegativeInfinity
            ? found
            : throw new RequestException($"'{key}' is {Shown(node?.ToJsonString() ?? "null")}; it must be {Describe<T>()}");

    /// <summary>A document is read text by text, as each is wanted; what is no Unicode is refused here, before any of it is.</summary>
    private static void CheckText(ReadOnlySpan<byte> body)
    {
        Utf8JsonReader reader = new(body, new JsonReaderOptions { MaxDepth = MostDepth });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String)
                reader.GetString();
        }
    }

    /// <summary>Text of a request as it can be quoted.</summary>
    public static string Shown(string text) =>
        Pipeline.DisplayName.Of(text.Length <= MostNameShown ? text : text[..MostNameShown] + "…");

    private static string Describe<T>() =>
        typeof(T) == typeof(bool) ? "true or false" : typeof(T) == typeof(double) ? "a number" : "a whole number";
}
