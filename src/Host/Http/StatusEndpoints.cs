using System.Text.Json.Nodes;
using Pggan.Actors;

namespace Pggan.Host;

/// <summary>/api/status and /health.</summary>
/// <param name="runs">The folder of runs.</param>
/// <param name="live">The training of this process; null = none.</param>
/// <param name="stream">Where its last tick is known; null = none.</param>
internal sealed class StatusEndpoints(RunStore runs, LiveTraining? live, EventStream? stream)
{
    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/status", StatusAsync).Describe("getStatus", "What a run is doing", "application/json", (200, "Status"), (404, "No such run"));
        routes.MapGet("/health", HealthAsync).Describe("getHealth", "Whether all is well", "application/json", (200, "All is well, or nothing is being trained"))
            .Produces<object>(StatusCodes.Status503ServiceUnavailable, "application/json"); // the same document, not an error
    }

    private async Task<IResult> StatusAsync(string? run, CancellationToken cancellationToken)
    {
        string? folder = runs.Resolve(run);
        if (folder is null)
            return Answers.NotFound(run is null ? "there is no run yet" : $"there is no run '{RequestBody.Shown(run)}'; GET /api/runs lists them");
        return live is null || folder != live.Run
            ? Answers.Json(runs.StatusOf(folder))
            : Answers.Json(StatusJson.Of(await live.StatusAsync(cancellationToken), live, stream?.LastTick));
    }

    private async Task<IResult> HealthAsync(CancellationToken cancellationToken)
    {
        RunState? state = live is null ? null : (await live.StatusAsync(cancellationToken)).State;
        bool isWell = state is not RunState.Failed;
        return Answers.Json(
            new JsonObject { ["status"] = isWell ? "ok" : "failed", ["state"] = state is { } known ? StatusJson.Snake(known) : null },
            isWell ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
