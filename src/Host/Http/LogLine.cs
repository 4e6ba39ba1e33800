using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Pggan.Host;

/// <summary>A line of a run's log, which a crash, a full disk or a stranger may have damaged. Nothing here throws.</summary>
internal static class LogLine
{
    /// <summary>Whether it is one whole JSON object whose texts are text: only such a line is sent to anybody.</summary>
    public static bool IsObject(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || !Utf8.IsValid(line))
            return false;
        Utf8JsonReader reader = new(line);
        try
        {
            bool isObject = reader.Read() && reader.TokenType == JsonTokenType.StartObject;
            while (isObject && reader.Read())
            {
                // Half a surrogate pair is found out only when it is unescaped.
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                    reader.GetString();
            }
            return isObject;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The object, or null where it is none.</summary>
    public static JsonObject? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return IsObject(line) ? JsonNode.Parse(line, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A whole number of the object, or null. What comes after it is not looked at.</summary>
    public static long? Number(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name)
    {
        Utf8JsonReader reader = new(line);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool found = reader.ValueTextEquals(name);
                reader.Read();
                if (found)
                    return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number) ? number : null;
                reader.Skip();
            }
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
