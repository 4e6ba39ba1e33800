using System.Text.Json.Nodes;

namespace Pggan.Host.Tests;

public sealed class StatusTests
{
    [Fact]
    public async Task A_status_tells_all_in_lines_that_fit()
    {
        await using PeerTraining peer = await PeerTraining.StartAsync(PeerTraining.Status().ToJsonString());
        var (exit, output, error) = await CommandLine.RunAsync("status", "--url", peer.Url);
        Assert.True(exit == ExitCodes.Done, error);
        foreach (string says in (string[])
        [
            "00003-peer-8, training", "61.4 of 120 kimg (51%), 14m so far, 48m left", "8x8 fading in, alpha 0.56, 5m left of the phase", "76.1 images/s on cpu, 957 MB",
            "D -1.20  G 0.40", "checkpoints/000060, fakes000060", "reader x2       busy   1%  waiting   0%  blocked  99%  12000 items", "trainer         busy  99%",
            "pixels 3/64, batches 4/4", "2 images", "reader-0 2: a cable \\u001B[31mwas pulled",
        ])
            Assert.Contains(says, output, StringComparison.Ordinal);
        Assert.All(output.Split('\n'), line => Assert.True(line.Length < 80, line));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(140)]
    public async Task In_a_terminal_no_line_wraps_whatever_it_quotes(int width)
    {
        JsonObject status = PeerTraining.Status();
        status["failure"] = new string('\n', 120);
        await using PeerTraining peer = await PeerTraining.StartAsync(status.ToJsonString());
        await using StringWriter written = new(), error = new();
        Terminal terminal = new(written, width);
        Assert.Equal(ExitCodes.Done, await Program.RunAsync(["status", "--url", peer.Url], terminal.Open(), error, CancellationToken.None));
        Assert.Contains(terminal.Lines, line => line.StartsWith("Failure    \\n", StringComparison.Ordinal));
        Assert.All(terminal.Lines, line => Assert.True(line.Length < width, line));
    }

    [Fact]
    public async Task A_status_as_JSON_is_the_training_s_own()
    {
        string status = PeerTraining.Status().ToJsonString();
        await using PeerTraining peer = await PeerTraining.StartAsync(status);
        var (_, output, _) = await CommandLine.RunAsync("status", "--url", peer.Url, "--json");
        Assert.Equal(status, output.TrimEnd());
    }

    [Fact]
    public void A_status_before_the_first_step_has_what_is_known()
    {
        JsonObject grown = JsonNode.Parse("""{"run": "00000-a", "state": "training", "kimg": 3.1, "schedule_kimg": 13.2, "total_kimg": 20, "phases": []}""")!.AsObject();
        Assert.Contains("Progress   3.1 kimg seen, 66% of the schedule of 20", new StatusText(grown, 99, unicode: false).Lines());

        JsonObject status = JsonNode.Parse("""{"run": "00000-a", "state": "starting", "kimg": null, "phases": [], "pipeline": null, "actors": []}""")!.AsObject();
        Assert.Equal(["Run        00000-a, starting", "Saved      no checkpoint yet"], new StatusText(status, 79, unicode: false).Lines());
    }

    [Theory]
    [InlineData(0.0, "O-----.......-------")]
    [InlineData(40.0, "======O......-------")]
    [InlineData(119.0, "======///////======O")]
    [InlineData(500.0, "======///////======O")]
    public void The_band_has_a_mark_where_the_training_stands(double kimg, string band)
    {
        IReadOnlyList<JsonObject> phases = [.. PeerTraining.Status()["phases"]!.AsArray().OfType<JsonObject>()];
        Assert.Equal([band, "4     8"], PhaseBand.Lines(phases, kimg, 20, unicode: false));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(69)]
    [InlineData(300)]
    public void A_band_of_nineteen_phases_never_leaves_its_width(int width)
    {
        List<JsonObject> phases = [];
        for (int i = 0; i < 19; i++)
            phases.Add(new JsonObject { ["kind"] = i % 2 == 0 ? "stabilize" : "fade_in", ["resolution"] = 4 << ((i + 1) / 2), ["start_kimg"] = i * 600.0, ["end_kimg"] = (i + 1) * 600.0 });
        IReadOnlyList<string> lines = PhaseBand.Lines(phases, 5000, width, unicode: true);
        Assert.All(lines, line => Assert.True(line.Length <= width, line));
        Assert.Equal(width < 19, lines.Count == 0);
        Assert.DoesNotContain(lines, line => line.Contains('\0', StringComparison.Ordinal));
    }
}
