using System.Globalization;
using System.Text.Json.Nodes;

namespace Pggan.Host;

/// <summary>Settings as typed, <c>minibatch.16=8 mirror=on</c>, as the change that a training is sent. It knows no values: the training judges them.</summary>
internal static class SettingsPatch
{
    /// <summary>The body of the request.</summary>
    /// <exception cref="UserException">Something is no key=value, or is said twice.</exception>
    public static JsonObject Parse(IEnumerable<string> settings)
    {
        JsonObject patch = [];
        foreach (string setting in settings)
        {
            int equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || equals == setting.Length - 1)
                throw new UserException($"'{setting}' is no setting; write KEY=VALUE, as in minibatch.16=8 or mirror=on.");
            string[] path = setting[..equals].Split('.');
            if (path.Length > 2 || path.Any(p => p.Length == 0))
                throw new UserException($"'{setting[..equals]}' is no key; write KEY or KEY.RESOLUTION, as in minibatch.16=8.");
            Add(patch, path, ValueOf(setting[(equals + 1)..]));
        }
        return patch;
    }

    private static void Add(JsonObject patch, string[] path, JsonNode value)
    {
        string key = path[0];
        if (path.Length == 1)
        {
            if (!patch.TryAdd(key, value))
                throw Twice(key);
            return;
        }
        if (patch[key] is null)
            patch[key] = new JsonObject();
        if (patch[key] is not JsonObject table || !table.TryAdd(path[1], value))
            throw Twice(key);
    }

    private static UserException Twice(string key) =>
        new($"{key} is said twice; {key}=VALUE replaces the whole table, {key}.default=VALUE and {key}.RESOLUTION=VALUE change what they name.");

    private static JsonNode ValueOf(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
            return whole;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number))
            return number;
        return text switch
        {
            "on" or "true" => true,
            "off" or "false" => false,
            _ => text,
        };
    }
}
