using System.CommandLine;

namespace Pggan.Host;

/// <summary>What is wrong with a command line, in one or two lines.</summary>
internal static class CommandLineErrors
{
    /// <summary>The first error, with what was probably meant.</summary>
    public static string Describe(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string help = $"Try 'pggan {(command is RootCommand ? "" : PathOf(command) + " ")}--help'.";
        if (parsed.UnmatchedTokens is [var unknown, ..])
        {
            bool isOption = unknown.StartsWith('-');
            if (!isOption && command.Subcommands.Count == 0)
                return $"pggan: {PathOf(command)} takes no {(command.Arguments.Count > 0 ? "further " : "")}argument '{unknown}'.{OptionHint(parsed, unknown)}\n{help}";
            string name = unknown.Split('=')[0];
            IEnumerable<string> known = isOption
                ? OptionsOf(command).SelectMany(o => o.Aliases.Append(o.Name))
                : command.Subcommands.Select(c => c.Name);
            return $"pggan: there is no {(isOption ? "option" : "command")} '{name}'.{SetHint(command, name) ?? DidYouMean.Hint(name, known)}\n{help}";
        }
        return $"pggan: {parsed.Errors[0].Message}\n{help}";
    }

    /// <summary>Makes every empty value of a command and those below it an error: none of them means anything.</summary>
    public static void RefuseEmptyValues(Command command)
    {
        foreach (Option option in command.Options)
        {
            option.Validators.Add(result =>
            {
                if (result.Tokens.Any(t => t.Value.Length == 0))
                    result.AddError($"{option.Name} is empty; give it a value or leave it out.");
            });
        }
        foreach (Argument argument in command.Arguments)
        {
            argument.Validators.Add(result =>
            {
                if (result.Tokens.Any(t => t.Value.Length == 0))
                    result.AddError($"{argument.Name} is empty.");
            });
        }
        foreach (Command sub in command.Subcommands)
            RefuseEmptyValues(sub);
    }

    /// <summary>For an option of a run that has no name of its own on the command line; null for all others.</summary>
    private static string? SetHint(Command command, string name)
    {
        string key = name.TrimStart('-').Replace('-', '_');
        return command.Name == TrainCommand.Name && name.StartsWith("--", StringComparison.Ordinal) && OptionsDocument.Keys.Contains(key) ? $" Write --set {key}=VALUE." : null;
    }

    /// <summary>The option that an argument was probably meant for; empty where it can't be told.</summary>
    private static string OptionHint(ParseResult parsed, string argument)
    {
        Command command = parsed.CommandResult.Command;
        string data = File.Exists(Path.Combine(argument, RunDirectory.OptionsFile)) ? "--resume" : "--data";
        string? option = command.Arguments.Count > 0 ? null : new[] { "--network", data, "--run" }
            .FirstOrDefault(name => command.Options.Any(o => o.Name == name && parsed.GetResult(o) is null or { Implicit: true }));
        return option is null ? "" : $" Did you mean {option} {argument}?";
    }

    /// <summary>A command's own, and those of the commands above that hold here too.</summary>
    private static IEnumerable<Option> OptionsOf(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(OptionsOf).Where(o => o.Recursive));

    private static string PathOf(Command command)
    {
        Command? parent = command.Parents.OfType<Command>().FirstOrDefault();
        return parent is null or RootCommand ? command.Name : $"{PathOf(parent)} {command.Name}";
    }
}
