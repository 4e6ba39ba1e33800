using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;

namespace Pggan.Host;

/// <summary>What can stand behind an option, for a shell that completes.</summary>
internal static class CompletionValues
{
    private const string Directive = "[suggest:";

    private static readonly Dictionary<string, string[]> Values = new()
    {
        ["--preset"] = [.. Presets.Names],
        ["--loss"] = ["wgan-gp", "lsgan", "lsgan-nash", "dcgan", "logistic"],
        ["--device"] = ["auto", "cpu", "cuda", "cuda:0"],
        ["--labels"] = ["auto", "on", "off"],
        ["--precision"] = ["fp32", "bf16", "fp16"],
        ["--format"] = [.. ExportCommand.Formats],
        ["--method"] = [.. InvertCommand.Methods],
        ["--data"] = [RunOptions.EmbeddedData, SyntheticData.Name],
    };

    private static readonly Dictionary<string, string[]> OfIngest = new()
    {
        ["--labels"] = ["auto", "none"],
        ["--crop"] = [.. IngestArguments.Crops.Keys],
        ["--format"] = [.. IngestArguments.Formats.Keys],
        ["--resize"] = [.. IngestArguments.Filters.Keys],
        ["--without-box"] = ["refuse", "centre"],
        ["--channels"] = ["1", "3", "4"],
    };

    /// <summary>Adds them to the options of a command and of those below it.</summary>
    public static void AddTo(Command command)
    {
        foreach (Option option in command.Options)
        {
            if (command.Name == IngestCommand.Name && OfIngest.TryGetValue(option.Name, out string[]? values))
                option.CompletionSources.Add(values);
            else if (Values.TryGetValue(option.Name, out values))
                option.CompletionSources.Add(values);
            else if (option.Name is "--run" or "--resume")
                option.CompletionSources.Add(Runs);
        }
        foreach (Argument argument in command.Arguments)
            argument.HelpName ??= argument.Name; // else help shows what completes it
        foreach (Argument argument in command.Arguments.Where(a => a.Name == "RUN"))
            argument.CompletionSources.Add(Runs);
        foreach (Command sub in command.Subcommands)
            AddTo(sub);
    }

    /// <summary>Options without a command belong to train, and so do their completions.</summary>
    public static string[] OfTrain(string[] args)
    {
        if (args is not [var directive, ['-', ..] line] || !directive.StartsWith(Directive, StringComparison.Ordinal))
            return args;
        string before = TrainCommand.Name + " ";
        return int.TryParse(directive.AsSpan(Directive.Length).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out int position)
            ? [$"{Directive}{position + before.Length}]", before + line]
            : args;
    }

    /// <summary>Names of the runs here; a shell can't be told why there are none.</summary>
    private static IEnumerable<CompletionItem> Runs(CompletionContext context)
    {
        try
        {
            return [.. RunDirectory.NewestFirst("runs").Select(r => new CompletionItem(Path.GetFileName(r)))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
