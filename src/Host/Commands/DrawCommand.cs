using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan draw: images from a training as it stands, without a checkpoint.</summary>
internal static class DrawCommand
{
    private const int UsualCount = 16;

    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console)
    {
        Command command = new("draw", "Draws a grid of images from a training as it stands, into the run's folder.");
        Option<int> count = new("--count") { Description = "Images.", HelpName = "N", DefaultValueFactory = _ => UsualCount };
        Option<long> seed = new("--seed") { Description = "Seed of their latents (0).", HelpName = "S" };
        Option<string?> seeds = new("--seeds") { Description = "One seed an image, instead of --count and --seed.", HelpName = "0-15,99" };
        Option<string?> @class = new("--class") { Description = "Class of all images by name, or by number from 0; else the classes in turn.", HelpName = "CLASS" };
        foreach (Option option in new Option[] { count, seed, seeds, @class })
            command.Add(option);
        ClientArguments arguments = new(command);
        arguments.SetAction(command, console, parsed =>
        {
            JsonObject body;
            if (parsed.GetValue(seeds) is not { } list)
                body = new JsonObject { ["count"] = parsed.GetValue(count), ["seed"] = parsed.GetValue(seed) };
            else if (parsed.GetResult(count) is { Implicit: false } || parsed.GetResult(seed) is { Implicit: false })
                throw new UserException("--seeds names every image; leave --count and --seed out.");
            else
                body = new JsonObject { ["seeds"] = new JsonArray([.. SeedList.Parse(list).Select(s => (JsonNode)s)]) };
            if (parsed.GetValue(@class) is { } name)
                body["class"] = name; // what a number means, the training knows
            return (call, cancellationToken) =>
                call.SendAsync(HttpMethod.Post, "/api/samples", body, RunClient.ToAct, reply => FileOf(call.Client.Endpoint, reply), cancellationToken);
        });
        return command;
    }

    private static string FileOf(Endpoint endpoint, JsonObject reply) => reply.Text("picture") is { } name
        ? endpoint.Run is { } run ? Path.Combine(run, name + ".png") : name
        : "drawn";
}
