using System.CommandLine;
using System.CommandLine.Invocation;
using Pggan.Pipeline;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>From the command line to a command, and from its outcome to an exit code.</summary>
internal static class Program
{
    private const string Verbose = "--verbose";

    /// <summary>What other programs call --help.</summary>
    private const string HelpCommand = "help";

    private const string Help = "--help";

    private static readonly string[] OfTheProgram = ["-h", "-?", "/?", Help, "--version"];

    public static async Task<int> Main(string[] args)
    {
        // First of all, and never disposed: no moment is without an answer to Ctrl-C, the last one included.
        StopSignals signals = new();
        int exit = await RunAsync(args, AnsiConsole.Console, Console.Error, signals.Token);
        await Console.Out.FlushAsync();
        await Console.Error.FlushAsync();
        GC.KeepAlive(signals);

        // Work that was given up, as the evaluation of a checkpoint, may still be inside a library.
        StopSignals.LeaveAtOnce(exit);
        return exit;
    }

    /// <summary>The program, with its output where a test can read it.</summary>
    public static async Task<int> RunAsync(string[] args, IAnsiConsole console, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            ParseResult parsed = Build(console, error).Parse(Complete(args));
            if (parsed.Action is ParseErrorAction)
            {
                await error.WriteLineAsync(Shown(CommandLineErrors.Describe(parsed)));
                return ExitCodes.Usage;
            }
            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null, // signals are those of Main
                    Output = console.Profile.Out.Writer,
                    Error = error,
                },
                cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await error.WriteLineAsync("pggan: interrupted");
            return ExitCodes.Interrupted;
        }
        catch (Exception e) when (e is UserException or DatasetUnusableException)
        {
            await error.WriteLineAsync(args.Contains(Verbose) ? e.ToString() : Shown("pggan: " + e.Message));
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

    /// <summary>Without what steers a terminal: messages quote files and what was typed.</summary>
    private static string Shown(string message) => string.Join('\n', message.Split('\n').Select(DisplayName.Of));

    private static RootCommand Build(IAnsiConsole console, TextWriter error)
    {
        RootCommand root = new("Trains progressive GANs. Without a command: train, whose options need not be preceded by it.");
        root.Add(new Option<bool>(Verbose) { Description = "Errors with stack traces.", Recursive = true });
        root.Add(TrainCommand.Build(console, error));
        root.Add(DashboardCommand.Build(console, error));
        root.Add(SampleCommand.Build(console, error));
        root.Add(EvaluateCommand.Build(console, error));
        root.Add(InvertCommand.Build(console, error));
        root.Add(ExportCommand.Build(console, error));
        root.Add(TrainFeaturesCommand.Build(console, error));
        root.Add(ImportCommand.Build(console));
        root.Add(InterpolateCommand.Build(console, error));
        root.Add(TimelapseCommand.Build(console, error));
        root.Add(IngestCommand.Build(console, error));
        root.Add(DataInfoCommand.Build(console));
        root.Add(DoctorCommand.Build(console));
        root.Add(StatusCommand.Build(console));
        root.Add(WatchCommand.Build(console));
        foreach (Command control in ControlCommand.BuildAll(console))
            root.Add(control);
        root.Add(SetCommand.Build(console));
        root.Add(DrawCommand.Build(console));
        root.Add(CompletionCommand.Build(console));
        CompletionValues.AddTo(root);
        CommandLineErrors.RefuseEmptyValues(root);
        return root;
    }

    /// <summary>Options without a command belong to train.</summary>
    private static string[] Complete(string[] args)
    {
        args = CompletionValues.OfTrain(args);
        string? first = args.FirstOrDefault(a => a != Verbose);
        if (first == HelpCommand)
            return [.. args.Where(a => a != HelpCommand), Help];
        return first is null || (first.StartsWith('-') && !OfTheProgram.Contains(first)) ? [TrainCommand.Name, .. args] : args;
    }
}
