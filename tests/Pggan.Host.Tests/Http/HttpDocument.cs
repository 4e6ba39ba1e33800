using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Pggan.Host.Tests;

/// <summary>What docs/http.md promises.</summary>
internal static partial class HttpDocument
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "http.md")).ReplaceLineEndings("\n");

    /// <summary>Method, path and query of every route but the page's: "GET /api/stats run since".</summary>
    public static IEnumerable<string> Routes()
    {
        foreach (Match row in Rows().Matches(Text))
        {
            string path = row.Groups["path"].Value;
            Match list = Lists().Match(path);
            string[] paths = list.Success ? [.. list.Groups[1].Value.Split(',').Select(name => path.Replace(list.Value, name, StringComparison.Ordinal))] : [path];
            IEnumerable<string> query = row.Groups["query"].Value.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')[0]);
            foreach (string each in paths)
                yield return string.Join(' ', [row.Groups["method"].Value, each, .. query]);
        }
    }

    /// <summary>Names of all fields in the example of a section, each once.</summary>
    public static IEnumerable<string> Fields(string section)
    {
        string example = Text[Text.IndexOf($"\n### {section}\n", StringComparison.Ordinal)..].Split("```")[1];
        return Names().Matches(example).Select(name => name.Groups[1].Value).Distinct();
    }

    /// <summary>Names of all fields of an answer, each once.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="but">Fields of which only the name is taken.</param>
    public static IEnumerable<string> Fields(JsonNode? answer, params string[] but) => (answer switch
    {
        JsonObject document => document.SelectMany(field => Fields(but.Contains(field.Key) ? null : field.Value, but).Prepend(field.Key)),
        JsonArray list => list.SelectMany(item => Fields(item, but)),
        _ => [],
    }).Distinct();

    [GeneratedRegex(@"^\| `(?<method>GET|POST|PATCH) (?<path>/[^`? ]+)(\?(?<query>[^`]*))?` \|", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex(@"\{([a-z]+(?:,[a-z]+)+)\}")]
    private static partial Regex Lists();

    [GeneratedRegex(@"""([a-z_]+)"":")]
    private static partial Regex Names();
}
