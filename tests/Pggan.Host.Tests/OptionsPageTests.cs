using System.CommandLine;
using System.Globalization;
using System.Reflection;

namespace Pggan.Host.Tests;

/// <summary>docs/options.md tells the truth.</summary>
public sealed class OptionsPageTests
{
    private static readonly DocumentPage Page = new("options.md");

    private static readonly (string Key, string Option, string Default)[] Rows =
        [.. Page.Rows("key | option | default | what it is").Select(row => (row[0].Trim('`'), row[1].Trim('`'), row[2].Trim('`')))];

    [Fact]
    public void Every_key_has_a_row_with_its_default() => Assert.Equal(
        OptionsDocument.From(new RunOptions()).Select(option => (option.Key, option.Value?.ToJsonString().Trim('"') ?? "null")).Order(),
        Rows.Select(row => (row.Key, row.Default)).Order());

    [Fact]
    public void Every_option_of_the_command_line_stands_beside_its_key()
    {
        Command command = new("train");
        _ = new RunArguments(command);
        Assert.Equal(
            command.Options.Select(option => option.Name).Except(["--config", "--set"]).Order(StringComparer.Ordinal),
            Rows.Select(row => row.Option).Where(option => option.Length > 0).Order(StringComparer.Ordinal));
        Assert.All(Rows.Where(row => row.Option.Length > 0), row => Assert.Equal(row.Key, row.Option == "--keep" ? "keep_checkpoints" : row.Option[2..].Replace('-', '_')));
    }

    [Fact]
    public void Every_preset_is_described_there_or_among_the_losses() =>
        Assert.Empty(Presets.Names.Except(Page.Names()).Except(new DocumentPage("losses.md").Names()));

    [Fact]
    public void Every_exit_code_is_explained() => Assert.Equal(
        typeof(ExitCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(code => (int)code.GetRawConstantValue()!).Order(),
        Page.Rows("code | means").Select(row => int.Parse(row[0], CultureInfo.InvariantCulture)));
}
