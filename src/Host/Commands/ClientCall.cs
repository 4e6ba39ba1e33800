using System.Text.Json.Nodes;
using Pggan.Pipeline;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>One call of a command that talks to a training.</summary>
/// <param name="Client">To the training.</param>
/// <param name="Console">Where answers go.</param>
/// <param name="Json">As JSON.</param>
internal sealed record ClientCall(RunClient Client, IAnsiConsole Console, bool Json)
{
    private TextWriter Output => Console.Profile.Out.Writer;

    /// <summary>Sends a command and prints the answer.</summary>
    /// <param name="method">POST or PATCH.</param>
    /// <param name="path">Of the command.</param>
    /// <param name="body">Null = none.</param>
    /// <param name="patience">How long it may take.</param>
    /// <param name="say">The answer as a line.</param>
    /// <param name="cancellationToken">Gives up; the command may be carried out all the same.</param>
    /// <exception cref="UserException">It was refused.</exception>
    public async Task<int> SendAsync(
        HttpMethod method, string path, JsonObject? body, TimeSpan patience, Func<JsonObject, string> say, CancellationToken cancellationToken)
    {
        RunReply reply = await Client.SendAsync(method, path, body, patience, cancellationToken);
        if (Json)
        {
            await Output.WriteLineAsync(reply.Body.ToJsonString());
            return reply.ExitCode;
        }
        await PrintAsync(say(reply.Accepted()));
        return ExitCodes.Done;
    }

    /// <summary>A line that names the training and says what it answered.</summary>
    public string Told(JsonObject reply, string otherwise) => $"{Client.Endpoint.Name}: {reply.Text("message") ?? otherwise}";

    /// <summary>Prints a line whose text may come from elsewhere.</summary>
    public Task PrintAsync(string line) => Output.WriteLineAsync(DisplayName.Of(line));
}
