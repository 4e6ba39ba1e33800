using System.Text.Json;
using System.Text.Json.Serialization;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>Reads and writes a <see cref="BaseSize"/> as text: "4x6".</summary>
internal sealed class BaseSizeConverter : JsonConverter<BaseSize>
{
    public override BaseSize Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && BaseSize.TryParse(reader.GetString(), out BaseSize size) ? size : throw new JsonException("no base");

    public override void Write(Utf8JsonWriter writer, BaseSize value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
