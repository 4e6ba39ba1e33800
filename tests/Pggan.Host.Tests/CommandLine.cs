using Spectre.Console;

namespace Pggan.Host.Tests;

/// <summary>Runs the program in this process.</summary>
internal static class CommandLine
{
    public static async Task<(int Exit, string Output, string Error)> RunAsync(params string[] args)
    {
        await using StringWriter output = new(), error = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(TextWriter.Synchronized(output)),
        });
        int exit = await Program.RunAsync(args, console, error);
        return (exit, output.ToString(), error.ToString());
    }
}
