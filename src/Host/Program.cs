using System.CommandLine;
using System.CommandLine.Invocation;
using Pggan.Pipeline;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>From the command line to a command, and from its outcome to an exit code.</summary>
internal static class Program
{
    private const string Verbose = "--verbose";

    private static readonly string[] OfTheProgram = ["-h", "-?", "/?", "--help", "--version"];

    public static Task<int> Main(string[] args) => RunAsync(args, AnsiConsole.Console, Console.Error);

    /// <summary>The program, with its output where a test can read it.</summary>
    public static async Task<int> RunAsync(string[] args, IAnsiConsole console, TextWriter error)
    {
        try
        {
            ParseResult parsed = Build(console, error).Parse(Complete(args));
            if (parsed.Action is ParseErrorAction)
            {
                await error.WriteLineAsync(CommandLineErrors.Describe(parsed));
                return ExitCodes.Usage;
            }
            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null, // train ends by itself, after a checkpoint
                    Output = console.Profile.Out.Writer,
                    Error = error,
                },
                CancellationToken.None);
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
        catch (Exception e) when (e is UserException or DatasetUnusableException)
        {
            await error.WriteLineAsync(args.Contains(Verbose) ? e.ToString() : "pggan: " + e.Message);
            return e is UserException user ? user.ExitCode : ExitCodes.DataUnusable;
        }
        catch (Exception e)
        {
            await error.WriteLineAsync(args.Contains(Verbose)
                ? e.ToString()
                : $"pggan: a defect of ours: {e.GetType().Name}: {e.Message.Split('\n')[0].Trim()}\nRun it again with --verbose and report what it prints.");
            return ExitCodes.Defect;
        }
    }

    private static RootCommand Build(IAnsiConsole console, TextWriter error)
    {
        RootCommand root = new("Trains progressive GANs. Without a command: train, with all defaults.");
        root.Add(new Option<bool>(Verbose) { Description = "Errors with stack traces.", Recursive = true });
        root.Add(TrainCommand.Build(console));
        root.Add(SampleCommand.Build(console, error));
        root.Add(DataInfoCommand.Build(console));
        root.Add(DoctorCommand.Build(console));
        CommandLineErrors.RefuseEmptyValues(root);
        return root;
    }

    /// <summary>Options without a command belong to train.</summary>
    private static string[] Complete(string[] args)
    {
        string? first = args.FirstOrDefault(a => a != Verbose);
        return first is null || (first.StartsWith('-') && !OfTheProgram.Contains(first)) ? [TrainCommand.Name, .. args] : args;
    }
}
