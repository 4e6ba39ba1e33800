using System.Text.Json.Nodes;

namespace Pggan.Host;

/// <summary>What a run was last heard to be doing.</summary>
/// <param name="State">As in Status of the HTTP interface.</param>
/// <param name="Failure">Why it failed, or null.</param>
internal sealed record RunEnd(string State, string? Failure)
{
    /// <summary>By the last events of a run.</summary>
    /// <param name="run">Its folder.</param>
    /// <param name="isLive">This process trains it.</param>
    public static RunEnd Of(string run, bool isLive)
    {
        if (!isLive && RunLock.SeemsHeld(run))
            return new RunEnd("elsewhere", null);
        string? state = null;
        foreach (JsonObject line in RunFile.NewestFirst(run, RunFile.Events))
        {
            switch (line.Text("event"))
            {
                case "training_completed":
                    return new RunEnd("completed", null);
                case "training_stopped":
                    return new RunEnd("stopped", null);
                case "training_failed":
                    return new RunEnd("failed", line.Text("reason"));
                case "training_paused":
                    state ??= "paused";
                    break;
                case "training_resumed":
                    state ??= "training";
                    break;
                case "training_started":
                    return new RunEnd(isLive ? state ?? "training" : "interrupted", null);
            }
        }
        return new RunEnd(isLive ? state ?? "training" : "interrupted", null);
    }
}
