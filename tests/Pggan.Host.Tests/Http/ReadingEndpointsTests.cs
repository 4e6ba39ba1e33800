using System.Text;
using System.Text.Json.Nodes;
using Pggan.Actors;

namespace Pggan.Host.Tests;

/// <summary>Runs, options and logs as they are served.</summary>
[Collection(ReadersOfRuns.Name)]
public sealed class ReadingEndpointsTests(SmallRun real) : IDisposable
{
    private const string HostileName = "<img src=x onerror=alert(1)>-4";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_logs_of_a_real_run_are_served_as_they_are()
    {
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(real.Runs, null, null));
        Assert.Equal(LinesOf(RunFile.Stats), (await server.JsonAsync("/api/stats"))["ticks"]!.AsArray().Select(line => line!.ToJsonString()));
        Assert.Equal(["3"], (await server.JsonAsync("/api/stats?since=2"))["ticks"]!.AsArray().Select(line => line!["tick"]!.ToJsonString()));
        Assert.Empty((await server.JsonAsync("/api/stats?since=3"))["ticks"]!.AsArray());

        string[] events = LinesOf(RunFile.Events);
        JsonNode all = await server.JsonAsync("/api/events?run=00000-images-16"), rest = await server.JsonAsync("/api/events?since=2");
        Assert.Equal(events.Length, (int)all["next"]!);
        Assert.Equal(events.Length - 2, rest["events"]!.AsArray().Count);
        Assert.Equal(events, all["events"]!.AsArray().Select(line => line!.ToJsonString()));
        Assert.Contains(all["events"]!.AsArray(), line => (string)line!["event"]! == "training_started");
        Assert.Empty((await server.JsonAsync($"/api/events?since={events.Length}"))["events"]!.AsArray());

        using HttpResponseMessage options = await server.GetAsync("/api/options");
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(real.Run, "options.json"), Cancel), await options.Content.ReadAsByteArrayAsync(Cancel));
        JsonNode runs = await server.JsonAsync("/api/runs");
        Assert.Null(runs["live"]);
        Assert.Equal(["name", "live", "state", "kimg", "resolution", "base", "started", "data", "ticks"], runs["runs"]![0]!.AsObject().Select(p => p.Key));
    }

    [Theory]
    [InlineData("/api/options")]
    [InlineData("/api/stats")]
    [InlineData("/api/events")]
    [InlineData("/api/metrics")]
    [InlineData("/api/samples")]
    [InlineData("/api/samples/reals.png")]
    public async Task Another_run_than_those_of_the_folder_is_not_found(string route)
    {
        HandmadeRun.Make(_folder.Path, "00001-outside");
        HandmadeRun.Make(_folder["runs"], "00000-inside");
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder["runs"], null, null));
        foreach (string name in new[] { "nothing", "..%2F00001-outside", "%2e%2e/00001-outside", "..", "", "00000-inside%00", Uri.EscapeDataString(HostileName), Uri.EscapeDataString(_folder["00001-outside"]), "a&run=b" })
        {
            (int status, string error) = await server.ErrorAsync($"{route}?run={name}");
            Assert.True(status == 404, $"{name}: {status}");
            Assert.Contains("There is no run", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/api/stats?since=-1")]
    [InlineData("/api/stats?since=1.5")]
    [InlineData("/api/events?since=")]
    [InlineData("/api/events?since=99999999999999999999")]
    public async Task A_since_that_is_no_whole_number_is_refused(string route)
    {
        HandmadeRun.Make(_folder.Path, "00000-x");
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder.Path, null, null));
        Assert.Equal(400, (await server.ErrorAsync(route)).Status);
    }

    [Fact]
    public async Task Without_any_run_lists_are_empty_and_the_rest_is_not_found()
    {
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder["nowhere"], null, null));
        Assert.Equal("""{"runs":[],"live":null}""", (await server.JsonAsync("/api/runs")).ToJsonString());
        Assert.Equal((404, "There are no runs here yet."), await server.ErrorAsync("/api/stats"));
    }

    [Fact]
    public async Task Names_that_would_do_harm_in_a_page_stay_text()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no such name can be there");
        string run = HandmadeRun.Make(_folder.Path, HostileName, events: HandmadeRun.Event("image_skipped", """
            "index":0,"name":"</script><img src=x onerror=alert(1)>\u001b[2J\u202e","reason":"x"
            """.Trim()));
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder.Path, run, null));
        using HttpResponseMessage answer = await server.GetAsync("/api/runs");
        string body = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.DoesNotContain('<', body);
        Assert.Equal(HostileName, (string)JsonNode.Parse(body)!["live"]!);
        JsonNode skipped = (await server.JsonAsync("/api/events?run=" + Uri.EscapeDataString(HostileName)))["events"]![0]!;
        Assert.Equal("</script><img src=x onerror=alert(1)>\u001b[2J\u202e", (string)skipped["name"]!);
    }

    [Fact]
    public async Task Damaged_lines_are_left_out_and_torn_ones_not_yet_there()
    {
        string stats = "\0\0\n" + HandmadeRun.Tick(1) + "\n[]\n{\"tick\":2\n" + HandmadeRun.Tick(3) + "{\"tick\":4,\"x\":\"\\ud800\"}\n" + new string(' ', 3 << 20) + "\n" + HandmadeRun.Tick(5)
            + HandmadeRun.Tick(6).TrimEnd('\n');
        string run = HandmadeRun.Make(_folder.Path, "00000-x", options: "{}", stats: stats, events: stats);
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder.Path, null, null));
        Assert.Equal([1, 3, 5], (await server.JsonAsync("/api/stats"))["ticks"]!.AsArray().Select(line => (int)line!["tick"]!));
        JsonNode events = await server.JsonAsync("/api/events");
        Assert.Equal([1, 3, 5], events["events"]!.AsArray().Select(line => (int)line!["tick"]!));
        Assert.Equal(9, (int)events["next"]!);

        // The writer's next life cuts the torn line off: the number of the line stays.
        await File.AppendAllTextAsync(Path.Combine(run, RunFile.Events), "\n", Cancel);
        Assert.Equal([6], (await server.JsonAsync("/api/events?since=9"))["events"]!.AsArray().Select(line => (int)line!["tick"]!));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("{\"a\":")]
    public async Task A_damaged_options_file_is_not_served(string content)
    {
        string run = HandmadeRun.Make(_folder.Path, "00000-x");
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder.Path, run, null));
        await File.WriteAllTextAsync(Path.Combine(run, "options.json"), content, Cancel);
        Assert.Equal(404, (await server.ErrorAsync("/api/options")).Status);
    }

    [Fact]
    public async Task A_link_or_a_pipe_in_a_run_is_not_read()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights there");
        string run = HandmadeRun.Make(_folder["runs"], "00000-x");
        await File.WriteAllTextAsync(_folder["secret"], HandmadeRun.Tick(1), Cancel);
        File.CreateSymbolicLink(Path.Combine(run, RunFile.Stats), _folder["secret"]);
        using (System.Diagnostics.Process made = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(run, RunFile.Events)]))
            await made.WaitForExitAsync(Cancel);
        Assert.True(File.Exists(Path.Combine(run, RunFile.Events)));
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder["runs"], null, null));
        Assert.Equal("""{"ticks":[]}""", (await server.JsonAsync("/api/stats")).ToJsonString());
        Assert.Equal("""{"events":[],"next":0}""", (await server.JsonAsync("/api/events")).ToJsonString());
    }

    [Fact]
    public async Task Long_logs_come_in_parts_from_where_the_last_one_ended()
    {
        string stats = HandmadeRun.Lines(20_010, i => HandmadeRun.Tick(i + 1)), events = HandmadeRun.Lines(100_000, i => HandmadeRun.Event("image_skipped", $"\"index\":{i}"));
        HandmadeRun.Make(_folder.Path, "00000-x", stats: stats, events: events);
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder.Path, null, null));
        JsonArray first = (await server.JsonAsync("/api/stats"))["ticks"]!.AsArray();
        Assert.Equal((20_000, 1, 20_000), (first.Count, (int)first[0]!["tick"]!, (int)first[^1]!["tick"]!));
        Assert.Equal(10, (await server.JsonAsync("/api/stats?since=20000"))["ticks"]!.AsArray().Count);

        JsonNode newest = await server.JsonAsync("/api/events"), part = await server.JsonAsync("/api/events?since=70000"), end = await server.JsonAsync("/api/events?since=200000");
        Assert.Equal((5_000, 95_000, 100_000), (newest["events"]!.AsArray().Count, (int)newest["events"]![0]!["index"]!, (int)newest["next"]!));
        Assert.Equal((20_000, 70_000, 90_000), (part["events"]!.AsArray().Count, (int)part["events"]![0]!["index"]!, (int)part["next"]!));
        Assert.Equal((0, 100_000), (end["events"]!.AsArray().Count, (int)end["next"]!));
    }

    [Fact]
    public async Task Evaluations_are_served_by_metric()
    {
        string run = HandmadeRun.Make(_folder.Path, "00000-x");
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder.Path, null, null));
        Assert.Equal("""{"metrics":{}}""", (await server.JsonAsync("/api/metrics")).ToJsonString());
        await File.WriteAllTextAsync(Path.Combine(run, "metric-swd.jsonl"), "{\"images\":1000,\"swd\":12.5}\nbroken\n", Cancel);
        await File.WriteAllTextAsync(Path.Combine(run, "metric-fid.jsonl"), "", Cancel);
        await File.WriteAllTextAsync(Path.Combine(run, "metric-\".jsonl"), "{}\n", Cancel);
        Assert.Equal("""{"metrics":{"fid":[],"swd":[{"images":1000,"swd":12.5}]}}""", (await server.JsonAsync("/api/metrics")).ToJsonString());
    }

    [Fact]
    public async Task A_log_that_is_cut_off_and_written_to_while_it_is_read_is_no_error()
    {
        string run = HandmadeRun.Make(_folder.Path, "00000-x"), stats = Path.Combine(run, RunFile.Stats);
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder.Path, null, null));
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task writing = Task.Run(
            () =>
            {
                while (!enough.IsCancellationRequested)
                {
                    using JsonLines log = JsonLines.Open(stats);
                    for (int tick = 51; tick <= 400; tick++)
                        log.Append(JsonNode.Parse(HandmadeRun.Tick(tick))!.AsObject());
                    log.Retain(line => (int)line["tick"]! <= 60);
                    log.Dispose();
                    File.Delete(stats);
                }
            },
            Cancel);
        for (int i = 0; i < 60; i++)
        {
            List<int> ticks = [.. (await server.JsonAsync("/api/stats?since=50"))["ticks"]!.AsArray().Select(line => (int)line!["tick"]!)];
            Assert.All(ticks, tick => Assert.InRange(tick, 51, 400));
            await server.JsonAsync("/api/runs");
        }
        await enough.CancelAsync();
        await writing;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string[] LinesOf(string name) => File.ReadAllLines(Path.Combine(real.Run, name), Encoding.UTF8);
}
