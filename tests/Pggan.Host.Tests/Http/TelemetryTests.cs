using System.Text.Json.Nodes;
using Pggan.Actors;
using Pggan.Model;

namespace Pggan.Host.Tests;

/// <summary>What machines read: /metrics and /openapi.json.</summary>
public sealed class TelemetryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Prometheus_reads_the_training_in_numbers()
    {
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder.Path, null, null));
        using TrainingMeter meter = new();
        meter.Note(new TickCompleted(Tick));
        meter.Note(new TrainingProgressed(new GrowthProgress(2000, 0, 0, 0), new GrowthStage(8, 0.25), new GrowthPhase(GrowthPhaseKind.FadeIn, 8, 0, 1), null, null, 50));
        meter.Note(new CheckpointSaved("checkpoints/000001", 1000));
        meter.Note(new CheckpointFailed("no room"));
        meter.Note(new TrainerRestarted("x", 1000, 1));
        meter.Note(new PipelineDegraded("reader-0", 1, "x"));
        meter.Note(new ImageSkipped(0, "<b>", "x"));
        meter.Note(new GrowNow(), new CommandRejected("fading"));
        meter.Note(new PauseTraining(), new CommandAccepted());

        string[] expected =
        [
            "pggan_training_images 2000", "pggan_training_kimg 2", "pggan_training_resolution 8", "pggan_training_alpha 0.25", "pggan_training_minibatch 16",
            "pggan_training_loss{network=\"D\"} -1.5", "pggan_training_score{images=\"real\"} 2", "pggan_training_gradient_penalty 0.5",
            "pggan_training_learning_rate{network=\"G\"} 0.001", "pggan_training_speed_per_second 50", "pggan_training_loader_wait 0.125",
            "pggan_training_memory_bytes 1000000", "pggan_training_ticks_total 1", "pggan_training_checkpoints_total{outcome=\"saved\"} 1",
            "pggan_training_checkpoints_total{outcome=\"failed\"} 1", "pggan_training_restarts_total{actor=\"trainer\"} 1", "pggan_training_restarts_total{actor=\"reader-0\"} 1",
            "pggan_training_skipped_images_total 1", "pggan_training_commands_total{command=\"grow_now\",outcome=\"rejected\"} 1",
            "pggan_training_commands_total{command=\"pause_training\",outcome=\"accepted\"} 1",
        ];
        string text = await TextAsync(server);
        HashSet<string> lines = [.. text.Split('\n').Select(Plain)];
        Assert.All(expected, line => Assert.True(lines.Contains(line), $"no '{line}'"));

        // What was never measured is not told, and the runtime speaks for itself.
        Assert.DoesNotContain(lines, line => line.StartsWith("pggan_training_loss{network=\"G\"", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("dotnet_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_document_has_the_routes_of_docs_http_md_and_says_what_each_does()
    {
        JsonObject document = await DocumentAsync();
        Assert.StartsWith("3.1", document.Text("openapi"), StringComparison.Ordinal);
        (string Route, JsonObject Operation)[] operations = [.. OperationsOf(document)];
        Assert.Equal(HttpDocument.Routes().Order(StringComparer.Ordinal), operations.Select(o => o.Route).Order(StringComparer.Ordinal));
        Assert.Equal(operations.Length, operations.Select(o => o.Operation.Text("operationId")).OfType<string>().Distinct().Count());
        Assert.All(operations, o =>
        {
            Assert.NotEmpty(o.Operation.Text("summary") ?? "");
            Assert.All(o.Operation.Object("responses")!, answer => Assert.NotEmpty((string)answer.Value!["description"]!));
        });
        JsonNode scheme = document["components"]!["securitySchemes"]!["bearer"]!;
        Assert.Equal(("http", "bearer"), ((string)scheme["type"]!, (string)scheme["scheme"]!));
        Assert.NotNull(document["security"]![0]!["bearer"]);
    }

    [Fact]
    public async Task The_document_has_the_bodies_and_answers_of_commands()
    {
        JsonObject document = await DocumentAsync();
        Dictionary<string, JsonObject> commands = OperationsOf(document).Where(o => !o.Route.StartsWith("GET", StringComparison.Ordinal)).ToDictionary(o => o.Route, o => o.Operation);
        Assert.Equal(8, commands.Count);
        Assert.All(commands.Values, command =>
        {
            Assert.NotEmpty(command.Text("description") ?? "");
            Assert.Equal("Reply", SchemaOf(command["responses"]!["200"]));
            foreach (string refusal in (string[])["400", "404", "409", "504"])
                Assert.Equal("Error", SchemaOf(command["responses"]![refusal]));
        });
        Assert.Equal(SettingsJson.Keys, BodyOf("PATCH /api/settings"));
        Assert.Equal(["count", "seed", "class", "seeds"], BodyOf("POST /api/samples"));
        Assert.Equal(["release"], BodyOf("POST /api/control/pause"));
        Assert.Equal(["force"], BodyOf("POST /api/control/grow"));
        Assert.Null(commands["POST /api/control/stop"]["requestBody"]);
        Assert.Equal(["accepted", "message", "picture"], document["components"]!["schemas"]!["Reply"]!["properties"]!.AsObject().Select(p => p.Key));

        IEnumerable<string> BodyOf(string route) =>
            commands[route]["requestBody"]!["content"]!["application/json"]!["schema"]!["properties"]!.AsObject().Select(p => p.Key);
    }

    private static async Task<JsonObject> DocumentAsync()
    {
        await using IdleServer server = await IdleServer.StartAsync();
        return (await server.Client.AskAsync("GET", "/openapi.json")).Body!.AsObject();
    }

    /// <summary>Each as "GET /api/stats run since".</summary>
    private static IEnumerable<(string Route, JsonObject Operation)> OperationsOf(JsonObject document) =>
        from path in document.Object("paths")!
        from method in path.Value!.AsObject()
        let operation = method.Value!.AsObject()
        let query = operation.Objects("parameters").Where(p => p.Text("in") == "query").Select(p => p.Text("name"))
        select (string.Join(' ', [method.Key.ToUpperInvariant(), path.Key, .. query]), operation);

    /// <summary>Name of the schema that an answer has.</summary>
    private static string? SchemaOf(JsonNode? answer) => ((string?)answer?["content"]?["application/json"]?["schema"]?["$ref"])?.Split('/')[^1];

    private static TickSummary Tick => ExampleTick.Summary with
    {
        Images = 1000,
        ScoreReal = 2,
        GradientPenalty = 0.5,
        LoaderWait = 0.125,
        MemoryBytes = 1_000_000,
    };

    private static async Task<string> TextAsync(ReadingServer server)
    {
        using HttpResponseMessage answer = await server.GetAsync("/metrics");
        Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Without the name of the meter and the time.</summary>
    private static string Plain(string line)
    {
        string[] parts = line.Split(' ');
        return line.StartsWith('#') || parts.Length < 2 ? line
            : $"{parts[0].Replace("otel_scope_name=\"Pggan.Training\",", "", StringComparison.Ordinal).Replace("{otel_scope_name=\"Pggan.Training\"}", "", StringComparison.Ordinal)} {parts[1]}";
    }
}
