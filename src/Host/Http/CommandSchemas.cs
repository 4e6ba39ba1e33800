using Microsoft.OpenApi;

namespace Pggan.Host;

/// <summary>What the OpenAPI document says of the bodies of commands and of their answers.</summary>
internal static class CommandSchemas
{
    /// <summary>A body with one switch.</summary>
    public static OpenApiSchema Switch(string key) => Object((key, Of(JsonSchemaType.Boolean)));

    /// <summary>A change of settings.</summary>
    public static OpenApiSchema Settings => Object([.. SettingsJson.Keys.Select(key => (key, key switch
    {
        "g_learning_rate" or "d_learning_rate" or "tick_kimg" or "train_kimg" or "fade_kimg" => Table(JsonSchemaType.Number),
        "minibatch" => Table(JsonSchemaType.Integer),
        "checkpoint_every_minutes" => Of(JsonSchemaType.Number),
        "mirror" => Of(JsonSchemaType.Boolean),
        _ => Of(JsonSchemaType.Integer),
    }))]);

    /// <summary>A wish for images: count and seed, or seeds.</summary>
    public static OpenApiSchema Samples => Object(
        ("count", Of(JsonSchemaType.Integer)),
        ("seed", Of(JsonSchemaType.Integer)),
        ("class", Of(JsonSchemaType.Integer | JsonSchemaType.String | JsonSchemaType.Null)),
        ("seeds", new OpenApiSchema { Type = JsonSchemaType.Array, Items = Of(JsonSchemaType.Integer) }));

    /// <summary>That a command was carried out.</summary>
    public static OpenApiSchema Reply
    {
        get
        {
            OpenApiSchema picture = Of(JsonSchemaType.String);
            picture.Description = "Of drawSamples: the picture's name";
            OpenApiSchema reply = Object(("accepted", Of(JsonSchemaType.Boolean)), ("message", Of(JsonSchemaType.String | JsonSchemaType.Null)), ("picture", picture));
            reply.Required = new HashSet<string> { "accepted", "message" };
            return reply;
        }
    }

    /// <summary>Why something was refused.</summary>
    public static OpenApiSchema Error
    {
        get
        {
            OpenApiSchema accepted = Of(JsonSchemaType.Boolean);
            accepted.Description = "False, where a command was understood and refused";
            OpenApiSchema error = Object(("error", Of(JsonSchemaType.String)), ("accepted", accepted));
            error.Required = new HashSet<string> { "error" };
            return error;
        }
    }

    /// <summary>A number, or an object of default and resolutions.</summary>
    private static OpenApiSchema Table(JsonSchemaType value) => new()
    {
        OneOf = [Of(value), new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = Of(value) }],
    };

    private static OpenApiSchema Object(params (string Name, OpenApiSchema Schema)[] properties) => new()
    {
        Type = JsonSchemaType.Object,
        AdditionalPropertiesAllowed = false,
        Properties = properties.ToDictionary(p => p.Name, IOpenApiSchema (p) => p.Schema),
    };

    private static OpenApiSchema Of(JsonSchemaType type) => new() { Type = type };
}
