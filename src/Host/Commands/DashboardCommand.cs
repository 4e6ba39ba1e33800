using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan dashboard.</summary>
internal static class DashboardCommand
{
    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console, TextWriter error)
    {
        Command command = new("dashboard", "Serves the dashboard of runs that are over, or of one, until Ctrl-C.");
        Argument<string> folder = new("DIR")
        {
            Description = "A folder of runs, or one run.",
            DefaultValueFactory = _ => new RunOptions().Out,
        };
        Option<bool> json = new("--json") { Description = "The address as a line of JSON; the text goes to the error stream." };
        command.Add(folder);
        command.Add(json);
        ServerArguments server = new(command);
        command.SetAction((parsed, cancellationToken) => ServeAsync(parsed.GetValue(folder)!, server.Read(parsed), parsed.GetValue(json), console.Profile.Out.Writer, error, cancellationToken));
        return command;
    }

    private static async Task<int> ServeAsync(string folder, ServerOptions options, bool json, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!Directory.Exists(path))
            throw new UserException($"There is no folder {folder}; name a folder of runs, or a run.");
        string? run = File.Exists(Path.Combine(path, RunDirectory.OptionsFile)) ? path : null;
        string runs = run is null ? path : Path.GetDirectoryName(path) ?? path;
        using ListenPort port = ListenPort.Take(options with { TokenFolder = runs });
        await using DashboardServer server = await DashboardServer.StartAsync(port, new RunStore(runs, null, run), null, cancellationToken);
        await (json ? error : output).WriteLineAsync($"{server.Announcement}\nServes {run ?? runs} until Ctrl-C.");
        if (json)
            await output.WriteLineAsync(new JsonObject { ["url"] = server.UrlWithToken, ["serves"] = run ?? runs }.ToJsonString());
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return ExitCodes.Done;
    }
}
