using System.CommandLine;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan watch: a training as its own terminal shows it.</summary>
internal static class WatchCommand
{
    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console)
    {
        Command command = new("watch", "Follows a training from another terminal until it ends; Ctrl-C ends only the watching.");
        ClientArguments arguments = new(command, runIsArgument: true);
        arguments.SetAction(command, console, _ => async (call, cancellationToken) =>
        {
            try
            {
                return call.Json ? await PrintAsync(call, cancellationToken) : await ShowAsync(call, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && !call.Json)
            {
                await call.PrintAsync($"The training of {call.Client.Endpoint.Name} goes on.");
                return ExitCodes.Interrupted;
            }
        });
        return command;
    }

    private static async Task<int> ShowAsync(ClientCall call, CancellationToken cancellationToken)
    {
        ConsoleReporter reporter = new(call.Console, log: null, time: null, "Ctrl-C ends the watching only");
        WatchedRun watched = new(call.Client, reporter);
        Task following = watched.FollowAsync(cancellationToken);
        await reporter.ShowUntilAsync(following);
        await call.PrintAsync($"The training of {call.Client.Endpoint.Name} {watched.Outcome}.");
        return ExitCodes.Done;
    }

    private static async Task<int> PrintAsync(ClientCall call, CancellationToken cancellationToken)
    {
        RunStream stream = new(call.Client, RunStream.Patience, () => { });
        await foreach (SseItem<string> item in stream.ReadAsync(cancellationToken))
        {
            JsonObject line = new() { ["type"] = item.EventType, ["id"] = item.EventId, ["data"] = WatchedRun.Parse(item.Data) };
            await call.PrintAsync(line.ToJsonString());
        }
        return ExitCodes.Done;
    }
}
