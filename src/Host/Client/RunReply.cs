using System.Net;
using System.Text.Json.Nodes;

namespace Pggan.Host;

/// <summary>What a training answered.</summary>
/// <param name="Status">HTTP's.</param>
/// <param name="Body">The JSON object.</param>
internal sealed record RunReply(HttpStatusCode Status, JsonObject Body)
{
    /// <summary>Done as asked.</summary>
    public bool IsAccepted => Status == HttpStatusCode.OK;

    /// <summary>What the process ends with: a refusal is an answer, a fault of the server is ours.</summary>
    public int ExitCode => IsAccepted ? ExitCodes.Done : Status == HttpStatusCode.InternalServerError ? ExitCodes.Defect : ExitCodes.Usage;

    /// <summary>The answer's object.</summary>
    /// <exception cref="UserException">It was refused; the message says why.</exception>
    public JsonObject Accepted() => IsAccepted
        ? Body
        : throw new UserException((Body.Text("error") ?? $"the training answered {(int)Status} without a reason").ReplaceLineEndings(" "), ExitCode);
}
