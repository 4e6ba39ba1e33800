using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pggan.Actors;

namespace Pggan.Host.Tests;

/// <summary>docs/run-folder.md tells the truth.</summary>
[Collection(ReadersOfRuns.Name)]
public sealed partial class RunFolderPageTests(SmallRun real)
{
    private static readonly DocumentPage Page = new("run-folder.md");

    [Fact]
    public void Every_file_of_a_run_is_named() => Assert.Empty(
        Directory.GetFileSystemEntries(real.Run).Select(entry => Shape(Path.GetFileName(entry))).Except(Page.Names().Select(name => Shape(name.Split('/')[0]))));

    [Fact]
    public void Every_field_of_a_tick_has_a_row() => Assert.Equal(
        EventJson.Of(ExampleTick.Summary, 1).Select(field => field.Key),
        Page.Rows("field | unit | is").SelectMany(row => DocumentPage.NamesIn(row[0])));

    [Fact]
    public void Every_event_has_a_row_with_its_fields() => Assert.Equal(
        EventJsonTests.Examples.Where(example => example is not (TickCompleted or TrainingProgressed)).Select(example => Told(EventJson.Of(example, 1))).Distinct().Order(StringComparer.Ordinal),
        Page.Rows("event | fields | means").Select(row => $"{row[0].Trim('`')}: {row[1].Replace("`", "", StringComparison.Ordinal)}").Order(StringComparer.Ordinal));

    private static string Told(JsonObject line) => $"{(string)line["event"]!}: {string.Join(", ", line.Select(field => field.Key).Except(["time", "event"]))}";

    /// <summary>A name without its numbers.</summary>
    private static string Shape(string name) => Digits().Replace(name, "").Replace("metric-swd", "metric-NAME", StringComparison.Ordinal);

    [GeneratedRegex("[0-9]")]
    private static partial Regex Digits();
}
