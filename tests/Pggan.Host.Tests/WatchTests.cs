using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Pggan.Actors;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

public sealed class WatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_shows_the_last_ticks_then_what_happens_over_a_broken_connection_and_how_it_ended()
    {
        int connections = 0;
        await using PeerTraining peer = await StartAsync(context => ++connections == 1
            ? SendAsync(context, Event(1, "status", PeerTraining.Status()), Event(2, "tick", Tick(3)), Event(3, "tick", Tick(4)))
            : SendAsync(context, Event(4, "happened", Happened(new CheckpointSaved("/runs/a/checkpoints/000060", 60_000))), Event(5, "tick", Tick(5)),
                Event(6, "happened", Happened(new TrainingStopped(61_440))), Event(7, "end", [])));
        peer.WriteRun(_folder["runs"], "00003-peer-8");

        var (exit, output, error) = await CommandLine.RunAsync("watch", "3", "--out", _folder["runs"]);

        Assert.True(exit == ExitCodes.Done, error);
        string[] beginnings =
        [
            "tick 1 ", "tick 2 ", "tick 3 ", "watching 00003-peer-8, training", "tick 4 ", "the connection broke; trying again", "saved checkpoints/000060", "tick 5 ",
            "stopped at kimg 61.4", "The training of 00003-peer-8 was stopped at kimg 61.4; 'pggan train --resume' continues it.",
        ];
        string[] lines = output.TrimEnd().Split('\n');
        Assert.Equal(beginnings, lines.Zip(beginnings, (line, beginning) => line[..Math.Min(line.Length, beginning.Length)]));
        Assert.Equal(beginnings.Length, lines.Length);
        Assert.Contains("phase 5m left  total 48m left", lines[4], StringComparison.Ordinal);
        Assert.Equal(["", "3"], peer.Asked.Where(r => r.Target == "/api/stream").Select(r => r.LastEventId));
        Assert.All(peer.Asked, r => Assert.Equal("Bearer " + PeerTraining.Token, r.Authorization));
    }

    [Fact]
    public async Task After_a_reset_it_reads_again_and_shows_no_tick_twice()
    {
        await using PeerTraining peer = await StartAsync(context => SendAsync(
            context, Event(1, "reset", []), Event(2, "tick", Tick(3)), Event(3, "happened", Happened(new TrainingFailed("the losses ran away.", FailureKind.Diverged))), Event(4, "end", [])));
        var (exit, output, _) = await CommandLine.RunAsync("watch", "--url", peer.Url);
        Assert.Equal(ExitCodes.Done, exit);
        Assert.Equal(3, output.Split('\n').Count(line => line.StartsWith("tick ", StringComparison.Ordinal)));
        Assert.EndsWith("failed: the losses ran away.", output.TrimEnd(), StringComparison.Ordinal);
        Assert.Equal(2, peer.Asked.Count(r => r.Target == "/api/stats?since=0"));
    }

    [Fact]
    public async Task A_training_that_moved_when_it_was_resumed_is_found_again()
    {
        await using PeerTraining resumed = await StartAsync(context => SendAsync(context, Event(1, "reset", []), Event(2, "end", [])));
        string run = "";
        PeerTraining? gone = null;
        await using PeerTraining first = gone = await StartAsync(async context =>
        {
            resumed.WriteRun(_folder["runs"], Path.GetFileName(run));
            await SendAsync(context, Event(1, "status", PeerTraining.Status()));
            _ = gone!.DisposeAsync().AsTask();
        });
        run = first.WriteRun(_folder["runs"], "00003-peer-8");
        var (exit, output, error) = await CommandLine.RunAsync("watch", "--out", _folder["runs"]);
        Assert.True(exit == ExitCodes.Done, error);
        Assert.Contains("has ended (training)", output, StringComparison.Ordinal);
        Assert.Contains(resumed.Asked, r => r is { Target: "/api/stream", LastEventId: "1" });
    }

    [Fact]
    public async Task As_JSON_it_is_the_stream_s_events_one_a_line()
    {
        await using PeerTraining peer = await StartAsync(context => SendAsync(context, ": alive\n\n", Event(1, "tick", Tick(3)), Event(2, "end", [])));
        var (exit, output, error) = await CommandLine.RunAsync("watch", "--url", peer.Url, "--json");
        Assert.Equal((ExitCodes.Done, ""), (exit, error));
        JsonNode[] lines = [.. output.TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!)];
        Assert.Equal(["tick 1", "end 2"], lines.Select(line => $"{line["type"]} {line["id"]}"));
        Assert.Equal(3, lines[0]["data"]!["tick"]!.GetValue<int>());
    }

    [Fact]
    public async Task Ctrl_C_ends_the_watching_and_says_that_the_training_goes_on()
    {
        using CancellationTokenSource interrupt = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using PeerTraining peer = await StartAsync(async context =>
        {
            await SendAsync(context, Event(1, "tick", Tick(4)));
            await interrupt.CancelAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        var (exit, output, _) = await CommandLine.RunUntilAsync(["watch", "--url", peer.Url], interrupt.Token);
        Assert.Equal(ExitCodes.Interrupted, exit);
        Assert.EndsWith("goes on.", output.TrimEnd(), StringComparison.Ordinal);
        Assert.DoesNotContain(peer.Asked, r => r.Method != "GET");
    }

    [Fact]
    public async Task A_training_that_stays_away_is_given_up()
    {
        using RunClient client = new(Endpoint.Parse($"{await PeerTraining.DeadAddressAsync()}/#token=a"));
        RunStream stream = new(client, TimeSpan.Zero, () => { });
        UserException gone = await Assert.ThrowsAsync<UserException>(async () =>
        {
            await foreach (var item in stream.ReadAsync(TestContext.Current.CancellationToken))
                Assert.Fail(item.EventType);
        });
        Assert.Contains("Nothing answers", gone.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(79)]
    [InlineData(139)]
    public void A_table_of_ticks_is_never_wider_than_the_terminal(int width)
    {
        TickSummary tick = ((TickCompleted)EventJson.Parse(Tick(12345))!).Summary with { ScoreReal = -12345.6, Resolution = 1024, MemoryBytes = 1L << 40 };
        IReadOnlyList<string> lines = TickTable.Lines([TickTable.Row(tick, BaseSize.Square, 12345, 1234567)], width);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, width));
        Assert.Contains("kimg", lines[0], StringComparison.Ordinal);
        Assert.Equal(width > 100, lines[0].Contains("batch", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(10, "kimg 61.4")]
    [InlineData(25, "kimg 61.4  8x8 fading in")]
    [InlineData(6, "kim...")]
    public void A_live_line_leaves_out_what_does_not_fit(int width, string line) => Assert.Equal(line, Say.Fitting(["kimg 61.4", "8x8 fading in", "76 img/s"], width));

    /// <summary>A training with three ticks behind it.</summary>
    private static Task<PeerTraining> StartAsync(Func<HttpContext, Task> stream) => PeerTraining.StartAsync(context => context.Request.Path.Value switch
    {
        "/api/status" => PeerTraining.AnswerAsync(context, PeerTraining.Status().ToJsonString()),
        "/api/stats" => PeerTraining.AnswerAsync(context, new JsonObject { ["ticks"] = new JsonArray(Tick(1), Tick(2), Tick(3)) }.ToJsonString()),
        _ => stream(context),
    });

    private static async Task SendAsync(HttpContext context, params string[] events)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(string.Concat(events), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private static string Event(int id, string type, JsonObject data) =>
        string.Create(CultureInfo.InvariantCulture, $"id: {id}\nevent: {type}\ndata: {data.ToJsonString()}\n\n");

    private static JsonObject Tick(int number)
    {
        JsonObject line = JsonNode.Parse("""
            {"time": 0, "tick": 0, "kimg": 12.3, "images": 12345, "resolution": 8, "alpha": 0.25, "minibatch": 16, "loss_d": -1.5, "loss_g": null, "score_real": 0.1,
             "score_fake": -0.2, "gradient_norm": 0.9, "gradient_penalty": 0.01, "label_loss": 0, "g_lr": 0.001, "d_lr": 0.0015, "images_per_second": 76.5,
             "sec_per_tick": 50, "sec_per_kimg": 13, "loader_wait": 0.005, "memory": 957000000, "skipped_updates": 0, "skipped_images": 0, "stale_batches": 0, "elapsed": 812.5}
            """)!.AsObject();
        (line["time"], line["tick"]) = (1790000000.0 + number, number);
        return line;
    }

    private static JsonObject Happened(ITrainingEvent happened) => EventJson.Of(happened, 1790000100);
}
