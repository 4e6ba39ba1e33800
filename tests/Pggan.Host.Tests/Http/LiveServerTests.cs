using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Pggan.Host.Tests;

/// <summary>A server while something is being trained.</summary>
public sealed class LiveServerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Status_stream_and_commands_are_those_of_the_training()
    {
        await using LiveServer server = await LiveServer.StartAsync(_folder);
        using EventReader events = await server.Client.ListenAsync();
        JsonNode status = (await events.NextAsync("status")).Data;
        Assert.Equal("00000-tiny", (string?)status["run"]);
        JsonNode progress = (await events.NextAsync("progress")).Data;
        Assert.Equal(["images", "kimg", "schedule_kimg", "resolution", "alpha", "phase", "loss_d", "loss_g", "images_per_second"], progress.AsObject().Select(p => p.Key));
        JsonNode tick = (await events.NextAsync("tick")).Data;
        Assert.True((int)tick["tick"]! > 0);

        status = await OkAsync(server, "GET", "/api/status");
        Assert.Equal(("training", true, "cpu"), ((string?)status["state"], (bool)status["live"]!, (string?)status["device"]));
        Assert.Equal(5, status["phases"]!.AsArray().Count);
        Assert.Equal(100000, (double)status["total_kimg"]!);
        Assert.True((double)status["seconds_left"]! > (double)status["seconds_left_in_phase"]!);
        Assert.NotNull(status["last_tick"]!["time"]);
        Assert.Contains(status["pipeline"]!["stages"]!.AsArray(), s => (string?)s!["name"] == "reader-0");

        Assert.Equal("paused", await StateAfterAsync(server, "pause"));
        Assert.Equal("ok", (string?)(await OkAsync(server, "GET", "/health"))["status"]);
        Assert.Equal("training", await StateAfterAsync(server, "resume"));
        JsonNode drawn = await OkAsync(server, "POST", "/api/samples", """{ "count": 4, "seed": 5 }""");
        Assert.True(File.Exists(Path.Combine(server.Live.Run, $"{drawn["picture"]}.png")), drawn.ToJsonString());
        Assert.NotNull((await OkAsync(server, "POST", "/api/control/checkpoint"))["message"]);
        Assert.StartsWith("checkpoints/", (string?)(await OkAsync(server, "GET", "/api/status"))["newest_checkpoint"], StringComparison.Ordinal);
        await OkAsync(server, "PATCH", "/api/settings", """{ "keep_checkpoints": 7, "snapshot_every_ticks": 3 }""");
        Assert.Equal(7, (int)(await OkAsync(server, "GET", "/api/status"))["settings"]!["keep_checkpoints"]!);

        // What is refused, and what is not understood.
        var (refusedStatus, refused) = await server.Client.AskAsync("PATCH", "/api/settings", """{ "keep_checkpoints": -1 }""");
        Assert.Equal((HttpStatusCode.Conflict, false), (refusedStatus, (bool)refused!["accepted"]!));
        Assert.NotNull(refused["error"]);
        foreach ((string method, string path, string body) in new[] { ("POST", "/api/control/pause", """{ "relase": true }"""), ("POST", "/api/control/stop", """{ "now": true }"""), ("PATCH", "/api/settings", "{}"), ("POST", "/api/samples", "[") })
        {
            var (badStatus, bad) = await server.Client.AskAsync(method, path, body);
            Assert.Equal(HttpStatusCode.BadRequest, badStatus);
            Assert.NotNull(bad!["error"]);
        }
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.AskAsync("GET", "/api/status?run=..")).Status);

        // The end.
        Assert.True((bool)(await OkAsync(server, "POST", "/api/control/stop"))["accepted"]!);
        await server.Server.DisposeAsync();
        List<EventReader.Message> last = [];
        while (await events.NextAsync() is { } message)
            last.Add(message);
        Assert.Equal("end", last[^1].Name);
        Assert.Contains(last, m => m.Name == "happened" && (string?)m.Data["event"] == "training_stopped");
        Assert.Equal("stopped", (string?)last.Last(m => m.Name == "status").Data["state"]);
    }

    [Fact]
    public async Task A_client_goes_on_where_it_was_and_begins_anew_with_a_resumed_run_of_the_same_token()
    {
        string token, id;
        int port;
        await using (LiveServer server = await LiveServer.StartAsync(_folder))
        {
            port = new Uri(server.Server.Url).Port;
            token = TokenFile.Of(server.Live.Run, out _);
            EventReader.Message last;
            using (EventReader events = await server.Client.ListenAsync())
                last = await events.NextAsync("tick");
            using (EventReader events = await server.Client.ListenAsync(last.Id))
            {
                for (long number = last.Number + 1; number < last.Number + 10; number++)
                    Assert.Equal(number, (await events.NextAsync())!.Number);
                id = (await events.NextAsync())!.Id;
            }
            EndpointFile endpoint = EndpointFile.Of(server.Live.Run)!;
            Assert.Equal((server.Server.Url, token, Environment.ProcessId), (endpoint.Url, endpoint.Token, endpoint.Pid));
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(server.Live.Run, EndpointFile.FileName)));
            Assert.DoesNotContain(token, await ReadSharedAsync(Path.Combine(server.Live.Run, RunDirectory.LogFile)), StringComparison.Ordinal);
        }
        Assert.Null(EndpointFile.Of(Path.Combine(_folder["runs"], "00000-tiny")));
        await using LiveServer resumed = await LiveServer.StartAsync(_folder, port);
        using ApiClient page = new(resumed.Server.Url, token);
        using EventReader anew = await page.ListenAsync(id);
        Assert.Equal("reset", (await anew.NextAsync())!.Name);
        await anew.NextAsync("status");
    }

    [Fact]
    public async Task Streams_beyond_64_are_503()
    {
        await using LiveServer server = await LiveServer.StartAsync(_folder);
        List<EventReader> streams = [];
        for (int i = 0; i < EventStream.MostClients; i++)
            streams.Add(await server.Client.ListenAsync());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.Client.AskAsync("GET", "/api/stream")).Status);
        streams.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task Fifty_clients_that_read_nothing_are_cut_off_and_hold_nobody_up()
    {
        const int Stuck = 50;
        await using LiveServer server = await LiveServer.StartAsync(_folder);
        using EventReader reader = await server.Client.ListenAsync();
        List<Socket> clients = [];
        try
        {
            Uri url = new(server.Server.Url);
            byte[] request = Encoding.ASCII.GetBytes($"GET /api/stream HTTP/1.1\r\nHost: {url.Authority}\r\nAuthorization: Bearer {TokenFile.Of(server.Live.Run, out _)}\r\n\r\n");
            for (int i = 0; i < Stuck; i++)
            {
                Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
                clients.Add(socket);
                await socket.ConnectAsync(url.Host, url.Port, Cancel);
                await socket.SendAsync(request, Cancel);
            }
            while (server.Stream.Clients < Stuck + 1)
                await reader.NextAsync();

            // The reader shows that messages go on all the while; a system's buffers hold some MB for each of the others.
            JsonObject large = new() { ["a"] = new string('x', 32 << 10) };
            for (int i = 0; server.Stream.CutOff < Stuck; i++)
            {
                Assert.True(i < 5000, $"{server.Stream.CutOff} are cut off");
                server.Stream.Publish("large", large);
                Assert.Equal(large["a"]!.GetValue<string>(), (string?)(await reader.NextAsync("large")).Data["a"]);
            }
            Assert.Equal(1, server.Stream.Clients);
            Assert.InRange(server.Stream.Count, 1, EventStream.Kept);
            await reader.NextAsync("tick");
        }
        finally
        {
            clients.ForEach(c => c.Dispose());
        }
    }

    [Fact]
    public async Task Two_hundred_commands_are_answered_within_a_step_while_others_look_on()
    {
        // Every step is a tick, which says how long it took.
        await using LiveServer server = await LiveServer.StartAsync(
            _folder, 0, "tick_kimg=0.004", "tick_kimg.4=0.004", "tick_kimg.8=0.004", "tick_kimg.16=0.004", "checkpoint_every_ticks=0", "snapshot_every_ticks=0");
        using EventReader events = await server.Client.ListenAsync();
        await events.NextAsync("tick");
        using CancellationTokenSource over = new();
        double longest = 0;
        Task watch = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested && await events.NextAsync() is { } message)
            {
                if (message.Name == "tick")
                    longest = Math.Max(longest, (double)message.Data["sec_per_tick"]!);
            }
        }, Cancel);
        Task look = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                await OkAsync(server, "GET", "/api/status");
                await Task.Delay(50, Cancel);
            }
        }, Cancel);

        List<double> took = [];
        for (int i = 0; i < 200; i++)
        {
            long sent = Stopwatch.GetTimestamp();
            await (i % 4 == 1 ? OkAsync(server, "PATCH", "/api/settings", $$"""{ "sample_seed": {{i}} }""") : OkAsync(server, "POST", i % 4 == 0 ? "/api/control/pause" : "/api/control/resume"));
            took.Add(Stopwatch.GetElapsedTime(sent).TotalSeconds);
            if (i % 50 == 49)
                await server.Client.AskAsync("GET", "/health");
            await Task.Delay(30, Cancel); // the pace that is allowed
        }
        await over.CancelAsync();
        await watch;
        await look;
        took.Sort();
        string what = $"longest step {longest * 1000:0.0} ms; commands: median {took[100] * 1000:0.0} ms, 99 % {took[198] * 1000:0.0} ms, longest {took[^1] * 1000:0.0} ms";
        TestContext.Current.TestOutputHelper?.WriteLine(what);
        Assert.True(longest > 0 && took[^1] < longest + 0.25, what);
    }

    private static async Task<JsonNode> OkAsync(LiveServer server, string method, string path, string? body = null)
    {
        var (status, answer) = await server.Client.AskAsync(method, path, body);
        Assert.True(status == HttpStatusCode.OK, $"{method} {path}: {status} {answer?.ToJsonString()}");
        return answer!;
    }

    private static async Task<string?> StateAfterAsync(LiveServer server, string command)
    {
        await OkAsync(server, "POST", $"/api/control/{command}");
        return (string?)(await OkAsync(server, "GET", "/api/status"))["state"];
    }

    private static async Task<string> ReadSharedAsync(string path)
    {
        using StreamReader reader = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return await reader.ReadToEndAsync(Cancel);
    }
}
