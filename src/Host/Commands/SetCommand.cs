using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan set: changes settings of a training that lives.</summary>
internal static class SetCommand
{
    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console)
    {
        Command command = new("set", "Changes settings of a training from its next step on; one bad value refuses the whole change. 'pggan status --json' shows those that hold.");
        Argument<string[]> settings = new("KEY=VALUE")
        {
            Description = $"{string.Join(", ", SettingsJson.Keys)}; of a table at one resolution: minibatch.16=8.",
            Arity = ArgumentArity.OneOrMore,
        };
        settings.CompletionSources.Add([.. SettingsJson.Keys.Select(k => k + "=")]);
        command.Add(settings);
        ClientArguments arguments = new(command);
        arguments.SetAction(command, console, parsed =>
        {
            JsonObject patch = SettingsPatch.Parse(parsed.GetRequiredValue(settings));
            return (call, cancellationToken) =>
                call.SendAsync(HttpMethod.Patch, "/api/settings", patch, RunClient.ToAct, reply => call.Told(reply, "settings changed"), cancellationToken);
        });
        return command;
    }
}
