using Spectre.Console;

namespace Pggan.Host.Tests;

/// <summary>Runs the program in this process.</summary>
internal static class CommandLine
{
    public static Task<(int Exit, string Output, string Error)> RunAsync(params string[] args) => RunUntilAsync(args, CancellationToken.None);

    /// <summary>The same, interrupted as by Ctrl-C.</summary>
    public static async Task<(int Exit, string Output, string Error)> RunUntilAsync(string[] args, CancellationToken cancellationToken)
    {
        await using StringWriter output = new();
        var (exit, error) = await RunIntoAsync(args, output, cancellationToken);
        return (exit, output.ToString(), error);
    }

    /// <summary>The same, with its output where a test wants it.</summary>
    public static async Task<(int Exit, string Error)> RunIntoAsync(string[] args, StringWriter output, CancellationToken cancellationToken)
    {
        await using StringWriter error = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(TextWriter.Synchronized(output)),
        });
        int exit = await Program.RunAsync(args, console, error, cancellationToken);
        return (exit, error.ToString());
    }
}
