using System.Globalization;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>The routes that only read, and only files: the same for a run that is being trained and for one that is over.</summary>
internal static class ReadingEndpoints
{
    private const string Json = "application/json";
    private const string Png = "image/png";

    private static readonly JsonSerializerOptions SnakeCase = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Adds the routes.</summary>
    /// <param name="routes">Of the server.</param>
    /// <param name="runs">Whose files are read.</param>
    /// <param name="liveSource">The dataset of the run that is being trained, or null.</param>
    public static void Map(IEndpointRouteBuilder routes, RunStore runs, IImageSource? liveSource)
    {
        SkippedThumbnails? skipped = liveSource is null ? null : new SkippedThumbnails(liveSource);

        routes.MapGet("/api/runs", () => Results.Json(new { Runs = runs.List(), runs.Live }, SnakeCase))
            .Describe("listRuns", "The runs of the folder, newest first", Json, (200, "Runs, and the name of the one that is being trained"));
        routes.MapGet("/api/options", (string? run) => OfRun(runs, run, Options))
            .Describe("getOptions", "The options of a run, as its options.json holds them", Json, (200, "The file"), NoRun);
        routes.MapGet("/api/stats", (string? run, string? since) => OfRun(runs, run, path => WithNumber(since, "a tick", number => LineAnswers.Ticks(path, number ?? 0))))
            .Describe("getStats", "Ticks of a run above a number, oldest first", Json, (200, "Lines of stats.jsonl, at most 20000"), NoNumber, NoRun);
        routes.MapGet("/api/events", (string? run, string? since) => OfRun(runs, run, path => WithNumber(since, "a line", number => LineAnswers.Events(path, number))))
            .Describe("getEvents", "Events of a run from a line on, or the newest 5000", Json, (200, "Lines of events.jsonl, at most 20000, and the line to go on from"), NoNumber, NoRun);
        routes.MapGet("/api/metrics", (string? run) => OfRun(runs, run, LineAnswers.Metrics))
            .Describe("getMetrics", "What was evaluated of a run", Json, (200, "Lines of metric-NAME.jsonl by name"), NoRun);
        routes.MapGet("/api/samples", (string? run) => OfRun(runs, run, path => Results.Json(runs.SamplesOf(path), SnakeCase)))
            .Describe("listSamples", "The pictures of a run", Json, (200, "Samples: the grid, snapshots, pictures drawn by command, and reals"), NoRun);
        routes.MapGet("/api/samples/{name}.png", (HttpContext http, string name, string? run) => OfRun(runs, run, path => Picture(http, path, name)))
            .Describe("getSample", "A picture by its name, by kimg, or 'reals'", Png, (200, "The picture"), (304, "The picture is the one of If-None-Match"), (404, "No such run or picture"));
        routes.MapGet("/api/skipped/{index}.png", (HttpContext http, string index) => ThumbnailAsync(http, skipped, index))
            .Describe("getSkipped", "A thumbnail of an image that the live run skipped", Png, (200, "At most 64 pixels a side"), (404, "None can be made"));
    }

    private static (int Status, string Meaning) NoRun => (404, "No such run");

    private static (int Status, string Meaning) NoNumber => (400, "'since' is no whole number");

    private static IResult OfRun(RunStore runs, string? name, Func<string, IResult> answer) =>
        runs.Resolve(name) is { } run ? answer(run)
        : Answers.NotFound(name is null ? "There are no runs here yet." : $"There is no run '{DisplayName.Of(name)}' here; /api/runs lists them.");

    private static IResult WithNumber(string? since, string what, Func<long?, IResult> answer) =>
        since is null ? answer(null)
        : long.TryParse(since, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? answer(number)
        : Answers.Error(StatusCodes.Status400BadRequest, $"since={DisplayName.Of(since)} is no whole number; give the number of {what}.");

    private static IResult Options(string run) =>
        RunFile.Read(run, RunDirectory.OptionsFile) is { } file && LogLine.IsObject(file) ? Results.Bytes(file, Json)
        : Answers.NotFound("The options.json of this run is damaged.");

    private static IResult Picture(HttpContext http, string run, string wanted)
    {
        if (SampleName.Find(run, wanted) is not { } name || RunFile.Open(run, name + ".png") is not { } file)
            return Answers.NotFound($"There is no picture '{DisplayName.Of(wanted)}' of this run; /api/samples lists them.");

        // A picture is replaced as a whole, never written to; what is open here stays the one that was found.
        DateTime written = File.GetLastWriteTimeUtc(file.SafeFileHandle);
        http.Response.Headers.CacheControl = "private, no-cache";
        return Results.Stream(file, Png, entityTag: new EntityTagHeaderValue($"\"{written.Ticks:x}-{file.Length:x}\""));
    }

    private static async Task<IResult> ThumbnailAsync(HttpContext http, SkippedThumbnails? skipped, string index)
    {
        byte[]? png = skipped is not null && int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? await skipped.OfAsync(number, http.RequestAborted)
            : null;
        return png is null ? Answers.NotFound("No thumbnail of this image can be made.") : Results.Bytes(png, Png);
    }
}
