using System.CommandLine;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan completion: the script with which a shell completes commands, options and their values.</summary>
internal static class CompletionCommand
{
    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console)
    {
        Command command = new("completion", "Prints a script that completes commands, options and values in a shell; its first lines say where it goes.");
        Argument<string> shell = new("SHELL") { Description = string.Join(", ", CompletionScripts.Shells) + "." };
        shell.CompletionSources.Add([.. CompletionScripts.Shells]);
        command.Add(shell);
        command.SetAction(parsed =>
        {
            string name = parsed.GetRequiredValue(shell);
            console.Profile.Out.Writer.WriteLine(CompletionScripts.Of(name) ?? throw new UserException(
                $"there is no completion for '{name}'; there is for {string.Join(", ", CompletionScripts.Shells)}.{DidYouMean.Hint(name, CompletionScripts.Shells)}"));
            return ExitCodes.Done;
        });
        return command;
    }
}
