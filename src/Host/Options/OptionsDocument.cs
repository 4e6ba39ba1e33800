using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>
/// <see cref="RunOptions"/> as JSON, layer over layer: a preset, a file, options of the command line, --set. A layer replaces whole values;
/// only a dotted key of --set changes one entry of a table.
/// </summary>
internal static class OptionsDocument
{
    /// <summary>Key of what options.json tells besides the options: versions, device, dataset. Ignored when read.</summary>
    public const string AboutKey = "about";

    private const int MostBytes = 1 << 20;

    private const string LooksLike = "; it must look like the options.json of a run.";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false), new BaseSizeConverter() },
        WriteIndented = true,
        NewLine = "\n",
    };

    private static readonly JsonDocumentOptions Reading =
        new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false };

    private static readonly Dictionary<string, PropertyInfo> Properties = typeof(RunOptions)
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(p => p.CanWrite)
        .ToDictionary(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name));

    /// <summary>Every key of the document.</summary>
    public static IEnumerable<string> Keys => Properties.Keys;

    /// <summary>The options as a document.</summary>
    public static JsonObject From(RunOptions options) => JsonSerializer.SerializeToNode(options, Json)!.AsObject();

    /// <summary>The options of a document whose keys are known.</summary>
    /// <exception cref="UserException">A value is of the wrong kind.</exception>
    public static RunOptions To(JsonObject document)
    {
        foreach ((string key, JsonNode? value) in document)
            CheckValue(key, value);
        return document.Deserialize<RunOptions>(Json)!;
    }

    /// <summary>As text, with what the run is made of.</summary>
    public static string Print(RunOptions options, JsonNode? about)
    {
        JsonObject document = From(options);
        if (about is not null)
            document[AboutKey] = about;
        return document.ToJsonString(Json) + "\n";
    }

    /// <summary>Reads a configuration file.</summary>
    /// <exception cref="UserException">It can't be read, is no JSON object or has an unknown key.</exception>
    public static JsonObject ReadFile(string path)
    {
        JsonNode? node;
        try
        {
            node = JsonNode.Parse(ReadText(path), null, Reading);
        }
        catch (JsonException e)
        {
            string where = e.LineNumber is { } line ? $" (line {line + 1})" : $": {e.Message.TrimEnd('.')}";
            throw new UserException($"{path} is no valid JSON{where}{LooksLike}", ExitCodes.Usage, e);
        }
        catch (DecoderFallbackException e)
        {
            throw new UserException($"{path} is no valid JSON: it is not UTF-8 text{LooksLike}", ExitCodes.Usage, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserException($"{path} can't be read: {e.Message}", ExitCodes.Usage, e);
        }
        if (node is not JsonObject document)
            throw new UserException($"{path} holds no JSON object{LooksLike}");
        document.Remove(AboutKey);
        foreach ((string key, _) in document)
            CheckKey(key, $" in {path}");
        return document;
    }

    /// <summary>The text of a file that may also be a pipe or, by mistake, anything else.</summary>
    private static string ReadText(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] bytes = new byte[MostBytes + 1];
        int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length > MostBytes)
            throw new UserException($"{path} has more than {MostBytes} bytes; a configuration must look like an options.json.");
        using StreamReader text = new(new MemoryStream(bytes, 0, length), new UTF8Encoding(false, throwOnInvalidBytes: true));
        return text.ReadToEnd();
    }

    /// <summary>Puts the values of one layer over another.</summary>
    public static void Merge(JsonObject under, JsonObject over)
    {
        foreach ((string key, JsonNode? value) in over)
            under[key] = value?.DeepClone();
    }

    /// <summary>Carries out one --set.</summary>
    /// <param name="document">Changed.</param>
    /// <param name="assignment">key=value or table.resolution=value, and resolution=WxH; hyphens count as underscores.</param>
    /// <exception cref="UserException">No assignment, or no such key.</exception>
    public static void Set(JsonObject document, string assignment)
    {
        int equals = assignment.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1)
            throw new UserException($"--set {assignment} is no assignment; write --set key=value.");
        string path = assignment[..equals].Trim().Replace('-', '_');
        if (path == "resolution" && TypedSize.TryParse("resolution", assignment[(equals + 1)..].Trim()) is var (size, resolution))
        {
            // Width and height are two options: the smallest images that they grow from, and how far.
            document["base"] = size.ToString();
            document["resolution"] = resolution;
            return;
        }
        int dot = path.IndexOf('.', StringComparison.Ordinal);
        string key = dot < 0 ? path : path[..dot];
        CheckKey(key, " in --set");
        JsonNode? value = ParseValue(Properties[key].PropertyType, assignment[(equals + 1)..].Trim());
        if (dot < 0)
        {
            document[key] = value;
            return;
        }

        string entry = path[(dot + 1)..];
        bool isTable = TableOf(Properties[key].PropertyType) is not null;
        bool isEntry = entry == ResolutionTableConverter.DefaultKey || int.TryParse(entry, NumberStyles.None, CultureInfo.InvariantCulture, out _);
        if (!isTable || !isEntry)
            throw new UserException($"--set {assignment}: '{path}' is no key; a resolution follows the name of a table, as in minibatch.16=64.");
        if (document[key] is not JsonObject table)
        {
            table = [];
            if (document[key] is { } otherwise)
                table[ResolutionTableConverter.DefaultKey] = otherwise.DeepClone();
            document[key] = table;
        }
        table[entry] = value;
    }

    /// <summary>The text under a key; null where there is none or it is no text.</summary>
    public static string? Text(JsonObject document, string key) =>
        document[key] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>The number under a key; null where there is none or it is no number.</summary>
    public static double? Number(JsonObject document, string key) =>
        document[key] is JsonValue value && value.TryGetValue(out double number) ? number : null;

    /// <summary>Fails when an option that names a file or folder can't be a path.</summary>
    public static void CheckPaths(JsonObject document)
    {
        foreach (string key in (string[])["data", "out", "init_from", "features"])
        {
            if (Text(document, key) is { } path && (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal)))
                throw new UserException($"Option '{key}' is {(path.Length == 0 ? "empty" : "no path")}; it must name a file or folder.");
        }
    }

    private static void CheckKey(string key, string where)
    {
        if (!Properties.ContainsKey(key))
            throw new UserException($"There is no option '{key}'{where}.{(RunArguments.KeyOf("--" + key) is var other && Properties.ContainsKey(other) ? $" Did you mean '{other}'?" : DidYouMean.Hint(key, Properties.Keys))}");
    }

    private static void CheckValue(string key, JsonNode? value)
    {
        Type type = Properties[key].PropertyType;
        bool mayBeNull = new NullabilityInfoContext().Create(Properties[key]).ReadState == NullabilityState.Nullable;
        try
        {
            switch (value.Deserialize(type, Json))
            {
                case null when !mayBeNull:
                    throw new JsonException("null");
                case double number when !double.IsFinite(number):
                    throw new JsonException("beyond the largest number");
            }
        }
        catch (JsonException e)
        {
            throw new UserException($"Option '{key}' is {value?.ToJsonString() ?? "null"}; it must be {Describe(type)}.", ExitCodes.Usage, e);
        }
    }

    /// <summary>A value as typed: JSON where the option is a number, a switch or a table, else text.</summary>
    private static JsonNode? ParseValue(Type type, string text)
    {
        if (type == typeof(string) || type.IsEnum)
            return text == "null" ? null : JsonValue.Create(text);
        try
        {
            return JsonNode.Parse(text, null, Reading);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static Type? TableOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ResolutionTable<>) ? type.GenericTypeArguments[0]
        : type == typeof(IReadOnlyDictionary<int, int>) ? typeof(int)
        : null;

    private static string Describe(Type type) => type switch
    {
        { IsEnum: true } => "one of " + string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.KebabCaseLower.ConvertName)),
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(double) => "a number",
        _ when type == typeof(ResolutionTable<int>) => "a whole number or a table such as {\"default\": 16, \"8\": 128}",
        _ when type == typeof(ResolutionTable<double>) => "a number or a table such as {\"default\": 0.001, \"64\": 0.0015}",
        _ when type == typeof(BaseSize) => "WIDTHxHEIGHT of the smallest images, each from 4 to 32, such as 4x6",
        _ when type == typeof(FeatureMapList) => "a list such as [64, 64, 64, 32]",
        _ when TableOf(type) is not null => "a table such as {\"256\": 16, \"512\": 8}",
        _ => "text",
    };
}
