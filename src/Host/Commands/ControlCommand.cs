using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan pause, resume, grow, checkpoint, snapshot, stop: one word to a training, and its answer.</summary>
internal static class ControlCommand
{
    /// <summary>The commands.</summary>
    public static IEnumerable<Command> BuildAll(IAnsiConsole console)
    {
        Option<bool> release = new("--release") { Description = "Free the device, too: the training waits in host memory." };
        Option<bool> force = new("--force") { Description = "While a resolution fades in, complete the fade." };
        return
        [
            Build(console, "pause", "Pauses a training between two steps.", "paused", RunClient.ToAct, release),
            Build(console, "resume", "Goes on after a pause.", "goes on", RunClient.ToAct),
            Build(console, "grow", "Ends the stabilise phase and fades the next resolution in.", "growing", RunClient.ToAct, force),
            Build(console, "checkpoint", "Saves a checkpoint and waits until it is on disk.", "saved", RunClient.ToAct),
            Build(console, "snapshot", "Draws the run's fixed grid now.", "drawn", RunClient.ToAct),
            Build(console, "stop", "Saves a training, ends it and waits until all is on disk; train --resume continues it.", "saved and stopped; 'pggan train --resume' continues", RunClient.ToStop),
        ];
    }

    /// <param name="console">Where the answer goes.</param>
    /// <param name="verb">Name of the command and of its route.</param>
    /// <param name="description">For help.</param>
    /// <param name="done">What to say of an answer without a message.</param>
    /// <param name="patience">How long it may take.</param>
    /// <param name="with">An option that is a field of the request.</param>
    private static Command Build(IAnsiConsole console, string verb, string description, string done, TimeSpan patience, Option<bool>? with = null)
    {
        Command command = new(verb, description);
        ClientArguments arguments = new(command);
        if (with is not null)
            command.Add(with);
        arguments.SetAction(command, console, parsed =>
        {
            JsonObject? body = with is not null && parsed.GetValue(with) ? new JsonObject { [with.Name.TrimStart('-')] = true } : null;
            return (call, cancellationToken) => call.SendAsync(HttpMethod.Post, $"/api/control/{verb}", body, patience, reply => call.Told(reply, done), cancellationToken);
        });
        return command;
    }
}
