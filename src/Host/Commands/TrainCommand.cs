using System.CommandLine;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan train.</summary>
internal static class TrainCommand
{
    /// <summary>Name of the command.</summary>
    public const string Name = "train";

    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console, TextWriter error)
    {
        Command command = new(Name, "Trains a network. Precedence: preset < configuration file < options < --set.");
        RunArguments run = new(command);
        Option<string?> resume = new("--resume")
        {
            Description = "Continue a run in its folder: a path, a number or a name, or nothing for the newest.",
            HelpName = "RUN",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<bool> dryRun = new("--dry-run") { Description = "Print the options, memory and time, and create nothing." };
        Option<bool> smoke = new("--smoke") { Description = "Steps at every resolution, with their time and memory, a checkpoint and a restore; keep nothing." };
        Option<bool> noDashboard = new("--no-dashboard") { Description = "Serve no dashboard: open no port at all." };
        Option<bool> json = new("--json") { Description = "What happens as lines of JSON; the text goes to the error stream." };
        foreach (Option option in new Option[] { resume, dryRun, smoke, noDashboard, json })
            command.Add(option);
        ServerArguments server = new(command);

        command.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.GetValue(dryRun) && parsed.GetValue(smoke))
                throw new UserException("--dry-run creates nothing and --smoke takes steps; name one of them.");
            if (parsed.GetValue(noDashboard) && server.AreGiven(parsed))
                throw new UserException("--no-dashboard opens no port, and another option says which; leave one of them out.");
            TrainRequest request = run.Read(parsed) with
            {
                Resume = parsed.GetResult(resume) is { Implicit: false },
                ResumeRun = parsed.GetValue(resume),
                DryRun = parsed.GetValue(dryRun),
                Smoke = parsed.GetValue(smoke),
                Server = parsed.GetValue(noDashboard) ? null : server.Read(parsed),
            };
            if (request.Resume && request.GivenKeys.Contains("init_from"))
                throw new UserException("--resume continues with a run's own weights and --init-from begins with others; leave one out.");
            return parsed.GetValue(json)
                ? TrainRun.ExecuteAsync(request, Plain(error), console.Profile.Out.Writer, cancellationToken)
                : TrainRun.ExecuteAsync(request, console, forPrograms: null, cancellationToken);
        });
        return command;
    }

    /// <summary>A console of lines.</summary>
    private static IAnsiConsole Plain(TextWriter output) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(TextWriter.Synchronized(output)),
    });
}
