using System.Text.RegularExpressions;

namespace Pggan.Host.Tests;

/// <summary>A page of docs/, whose tables are compared with the code.</summary>
internal sealed partial class DocumentPage(string name)
{
    private readonly string[] _lines = File.ReadAllLines(Path.Combine(Repository.Root, "docs", name));

    /// <summary>The rows of all tables with these columns, each as its cells.</summary>
    public IEnumerable<string[]> Rows(string columns) => _lines
        .Select((line, at) => (line, at))
        .Where(head => head.line == $"| {columns} |")
        .SelectMany(head => _lines.Skip(head.at + 2).TakeWhile(line => line.StartsWith('|')))
        .Select(row => row.Split('|')[1..^1].Select(cell => cell.Trim()).ToArray());

    /// <summary>All that stands in backticks.</summary>
    public IEnumerable<string> Names() => _lines.SelectMany(NamesIn);

    /// <summary>What stands in backticks in a text.</summary>
    public static IEnumerable<string> NamesIn(string text) => Quoted().Matches(text).Select(name => name.Groups[1].Value);

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
