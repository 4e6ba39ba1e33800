using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>The options that say which training is meant, for every command that talks to one.</summary>
internal sealed class ClientArguments
{
    private readonly Option<string?> _url = new("--url") { Description = "The URL that the training printed, with its #token=….", HelpName = "URL" };
    private readonly Option<string?> _run = new("--run") { Description = "The run: a path, a number or a name (the newest that is trained).", HelpName = "RUN" };
    private readonly Option<string> _out = new("--out", "--runs") { Description = "Folder of the runs.", HelpName = "DIR", DefaultValueFactory = _ => "runs" };
    private readonly Option<bool> _json = new("--json") { Description = "For programs: the answer as JSON, errors too." };
    private readonly Argument<string?>? _runArgument;

    /// <summary>Adds them to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="runIsArgument">The run stands behind the command, without --run.</param>
    public ClientArguments(Command command, bool runIsArgument = false)
    {
        if (runIsArgument)
            command.Add(_runArgument = new Argument<string?>("RUN") { Description = _run.Description, Arity = ArgumentArity.ZeroOrOne });
        foreach (Option option in runIsArgument ? (Option[])[_url, _out, _json] : [_url, _run, _out, _json])
            command.Add(option);
    }

    /// <summary>Reads what is asked for, finds the training, does the work, and says an error as was asked for.</summary>
    public void SetAction(Command command, IAnsiConsole console, Func<ParseResult, Func<ClientCall, CancellationToken, Task<int>>> read) =>
        command.SetAction(async (parsed, cancellationToken) =>
        {
            bool json = parsed.GetValue(_json);
            try
            {
                Func<ClientCall, CancellationToken, Task<int>> work = read(parsed); // what is wrong in itself needs no training
                string? run = _runArgument is null ? parsed.GetValue(_run) : parsed.GetValue(_runArgument);
                Endpoint endpoint = await LiveRuns.FindAsync(parsed.GetValue(_url), run, parsed.GetRequiredValue(_out), cancellationToken);
                using RunClient client = new(endpoint);
                return await work(new ClientCall(client, console, json), cancellationToken);
            }
            catch (UserException e) when (json)
            {
                await console.Profile.Out.Writer.WriteLineAsync(new JsonObject { ["error"] = e.Message }.ToJsonString());
                return e.ExitCode;
            }
        });
}
