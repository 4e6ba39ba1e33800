using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pggan.Host;

/// <summary>Reads and writes a <see cref="ResolutionTable{T}"/>.</summary>
internal sealed class ResolutionTableConverter : JsonConverterFactory
{
    /// <summary>Name of the number that holds where a table has no entry.</summary>
    public const string DefaultKey = "default";

    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(ResolutionTable<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        typeToConvert == typeof(ResolutionTable<int>) ? new Converter<int>() : new Converter<double>();

    private sealed class Converter<T> : JsonConverter<ResolutionTable<T>>
        where T : struct
    {
        public override ResolutionTable<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
                return new ResolutionTable<T>(JsonSerializer.Deserialize<T>(ref reader, options));
            T? otherwise = null;
            SortedDictionary<int, T> at = [];
            foreach ((string key, T value) in JsonSerializer.Deserialize<Dictionary<string, T>>(ref reader, options)!)
            {
                if (key == DefaultKey)
                    otherwise = value;
                else if (int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int resolution))
                    at[resolution] = value;
                else
                    throw new JsonException($"'{key}' is no resolution");
            }
            return new ResolutionTable<T>(otherwise ?? throw new JsonException($"the table has no \"{DefaultKey}\""), at);
        }

        public override void Write(Utf8JsonWriter writer, ResolutionTable<T> value, JsonSerializerOptions options)
        {
            if (value.At.Count == 0)
            {
                JsonSerializer.Serialize(writer, value.Default, options);
                return;
            }
            writer.WriteStartObject();
            writer.WritePropertyName(DefaultKey);
            JsonSerializer.Serialize(writer, value.Default, options);
            foreach ((int resolution, T entry) in value.At.OrderBy(e => e.Key))
            {
                writer.WritePropertyName(resolution.ToString(CultureInfo.InvariantCulture));
                JsonSerializer.Serialize(writer, entry, options);
            }
            writer.WriteEndObject();
        }
    }
}
