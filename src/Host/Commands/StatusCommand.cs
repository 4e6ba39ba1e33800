using System.CommandLine;
using System.Text.Json.Nodes;
using Pggan.Pipeline;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan status: what a training does right now.</summary>
internal static class StatusCommand
{
    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console)
    {
        Command command = new("status", "Shows what a training does right now.");
        ClientArguments arguments = new(command);
        arguments.SetAction(command, console, _ => async (call, cancellationToken) =>
        {
            JsonObject status = await call.Client.GetAsync("/api/status", cancellationToken);
            if (call.Json)
            {
                await call.PrintAsync(status.ToJsonString());
                return ExitCodes.Done;
            }
            int width = console.Profile.Width - 1;
            foreach (string line in new StatusText(status, width, console.Profile.Capabilities.Unicode).Lines())
                await call.PrintAsync(console.Profile.Out.IsTerminal ? Say.Cut(DisplayName.Of(line), width) : line); // as it is shown it is longer
            return ExitCodes.Done;
        });
        return command;
    }
}
