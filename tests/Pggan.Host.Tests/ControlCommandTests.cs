using System.Net;
using System.Text.Json.Nodes;

namespace Pggan.Host.Tests;

public sealed class ControlCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("POST", "/api/control/pause", "", "pause")]
    [InlineData("POST", "/api/control/pause", """{"release":true}""", "pause", "--release")]
    [InlineData("POST", "/api/control/resume", "", "resume")]
    [InlineData("POST", "/api/control/grow", "", "grow")]
    [InlineData("POST", "/api/control/grow", """{"force":true}""", "grow", "--force")]
    [InlineData("POST", "/api/control/checkpoint", "", "checkpoint")]
    [InlineData("POST", "/api/control/snapshot", "", "snapshot")]
    [InlineData("POST", "/api/control/stop", "", "stop")]
    [InlineData("PATCH", "/api/settings", """{"minibatch":{"16":8,"default":4},"g_learning_rate":0.002,"mirror":true,"sample_seed":-7}""",
        "set", "minibatch.16=8", "g_learning_rate=2e-3", "mirror=on", "minibatch.default=4", "sample_seed=-7")]
    [InlineData("PATCH", "/api/settings", """{"mirror":"perhaps"}""", "set", "mirror=perhaps")]
    [InlineData("POST", "/api/samples", """{"count":16,"seed":0}""", "draw")]
    [InlineData("POST", "/api/samples", """{"count":4,"seed":5,"class":"2"}""", "draw", "--count", "4", "--seed", "5", "--class", "2")]
    [InlineData("POST", "/api/samples", """{"seeds":[1,2,3,9]}""", "draw", "--seeds", "1-3,9")]
    public async Task A_verb_is_one_request_with_the_token(string method, string target, string body, params string[] typed)
    {
        await using PeerTraining peer = await PeerTraining.StartAsync("""{"accepted": true, "message": null}""");
        peer.WriteRun(_folder["runs"], "00003-peer-8");
        var (exit, output, error) = await CommandLine.RunAsync([.. typed, "--out", _folder["runs"]]);
        Assert.True(exit == ExitCodes.Done, error);
        Assert.Equal([new PeerTraining.Request(method, target, "Bearer " + PeerTraining.Token, "", body)], peer.Asked);
        Assert.Single(output.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task The_answer_s_own_words_are_printed_and_can_not_steer_the_terminal()
    {
        await using PeerTraining peer = await PeerTraining.StartAsync("""{"accepted": true, "message": "saved \u001b[2Jcheckpoints/000060"}""");
        var (_, output, _) = await CommandLine.RunAsync("checkpoint", "--url", peer.Url);
        Assert.Equal($"{peer.Address}: saved \\u001B[2Jcheckpoints/000060", output.TrimEnd());
    }

    [Fact]
    public async Task Draw_prints_the_file()
    {
        await using PeerTraining peer = await PeerTraining.StartAsync("""{"accepted": true, "message": null, "picture": "samples000012-seed5"}""");
        string run = peer.WriteRun(_folder["runs"], "00003-peer-8");
        var (_, output, _) = await CommandLine.RunAsync("draw", "--run", run);
        Assert.Equal(Path.Combine(run, "samples000012-seed5.png"), output.TrimEnd());
    }

    [Theory]
    [InlineData(HttpStatusCode.Conflict, ExitCodes.Usage, """{"accepted": false, "error": "8x8 is the final resolution"}""", "8x8 is the final resolution")]
    [InlineData(HttpStatusCode.BadRequest, ExitCodes.Usage, """{"error": "no setting 'x'. Did you mean 'y'?"}""", "Did you mean 'y'?")]
    [InlineData(HttpStatusCode.GatewayTimeout, ExitCodes.Usage, """{"error": "no answer for 60 s"}""", "no answer for 60 s")]
    [InlineData(HttpStatusCode.Unauthorized, ExitCodes.Usage, """{"error": "no"}""", "does not know this token")]
    [InlineData(HttpStatusCode.InternalServerError, ExitCodes.Defect, """{"error": "broken"}""", "broken")]
    [InlineData(HttpStatusCode.OK, ExitCodes.Usage, "<html>hello</html>", "answers as no training does")]
    [InlineData(HttpStatusCode.OK, ExitCodes.Usage, "[]", "answers as no training does")]
    [InlineData(HttpStatusCode.NotFound, ExitCodes.Usage, "{}", "404 without a reason")]
    public async Task A_refusal_says_why_in_words_and_in_JSON(HttpStatusCode status, int code, string answer, string says)
    {
        await using PeerTraining peer = await PeerTraining.StartAsync(answer, status);
        var (exit, output, error) = await CommandLine.RunAsync("grow", "--url", peer.Url);
        Assert.Equal((code, ""), (exit, output));
        Assert.StartsWith("pggan: ", error, StringComparison.Ordinal);
        Assert.Contains(says, error, StringComparison.Ordinal);
        (exit, output, error) = await CommandLine.RunAsync("grow", "--url", peer.Url, "--json");
        Assert.Equal((code, ""), (exit, error));
        Assert.IsType<JsonObject>(JsonNode.Parse(output));
    }

    [Fact]
    public async Task A_refusal_as_JSON_is_the_training_s_own()
    {
        await using PeerTraining peer = await PeerTraining.StartAsync("""{"accepted":false,"error":"paused already"}""", HttpStatusCode.Conflict);
        var (exit, output, _) = await CommandLine.RunAsync("pause", "--url", peer.Url, "--json");
        Assert.Equal((ExitCodes.Usage, """{"accepted":false,"error":"paused already"}"""), (exit, output.TrimEnd()));
    }

    [Fact]
    public async Task A_token_follows_no_redirect()
    {
        await using PeerTraining elsewhere = await PeerTraining.StartAsync("{}");
        await using PeerTraining peer = await PeerTraining.StartAsync(context =>
        {
            context.Response.Redirect(elsewhere.Address + "/api/status", permanent: false);
            return Task.CompletedTask;
        });
        var (exit, _, error) = await CommandLine.RunAsync("pause", "--url", peer.Url);
        Assert.Equal(ExitCodes.Usage, exit);
        Assert.Contains("sends elsewhere (302)", error, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Asked);
    }

    [Theory]
    [InlineData("http://192.0.2.1:7433/#token=abc", "use https there")]
    [InlineData("http://127.0.0.1:7433/", "has no token")]
    [InlineData("http://127.0.0.1:7433/#token=a%0Ab", "letters, digits")]
    [InlineData("ftp://127.0.0.1/#token=abc", "is no URL of a training")]
    [InlineData("127.0.0.1:7433", "is no URL of a training")]
    public async Task An_URL_that_can_not_be_a_training_s_is_refused(string url, string says)
    {
        var (exit, _, error) = await CommandLine.RunAsync("status", "--url", url);
        Assert.Equal(ExitCodes.Usage, exit);
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.DoesNotContain("abc", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_run_the_newest_that_answers_is_meant()
    {
        await using PeerTraining older = await PeerTraining.StartAsync("""{"accepted": true}"""), newer = await PeerTraining.StartAsync("""{"accepted": true}""");
        older.WriteRun(_folder["runs"], "00001-older-8");
        newer.WriteRun(_folder["runs"], "00002-newer-8");
        PeerTraining.WriteRun(_folder["runs"], "00003-killed-8", await PeerTraining.DeadAddressAsync());
        Directory.CreateDirectory(Path.Combine(_folder["runs"], "00004-no-run"));
        var (exit, output, error) = await CommandLine.RunAsync("resume", "--out", _folder["runs"]);
        Assert.True(exit == ExitCodes.Done, error);
        Assert.Equal("00002-newer-8: goes on", output.TrimEnd());
        (_, output, _) = await CommandLine.RunAsync("resume", "--out", _folder["runs"], "--run", "1");
        Assert.Equal("00001-older-8: goes on", output.TrimEnd());
        Assert.Equal((1, 1), (older.Asked.Length, newer.Asked.Length));
    }

    [Fact]
    public async Task A_training_that_was_killed_is_told_with_its_run_and_how_to_go_on()
    {
        PeerTraining.WriteRun(_folder["runs"], "00003-killed-8", await PeerTraining.DeadAddressAsync());
        foreach (string[] which in (string[][])[[], ["--run", "3"]])
        {
            var (exit, _, error) = await CommandLine.RunAsync(["status", "--out", _folder["runs"], .. which]);
            Assert.Equal(ExitCodes.Usage, exit);
            Assert.Contains("The training of 00003-killed-8 no longer answers", error, StringComparison.Ordinal);
            Assert.Contains("train --resume", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_a_killed_training_left_is_not_shown_its_token_whoever_listens_there_now()
    {
        await using PeerTraining stranger = await PeerTraining.StartAsync("{}");
        string run = PeerTraining.WriteRun(_folder["runs"], "00003-killed-8", stranger.Address);
        File.Delete(Path.Combine(run, RunLock.FileName));
        foreach ((string[] which, string says) in new[] { (Array.Empty<string>(), "No training is found in"), (["--run", "3"], "Nothing trains 00003-killed-8") })
        {
            var (exit, _, error) = await CommandLine.RunAsync(["status", "--out", _folder["runs"], .. which]);
            Assert.Equal(ExitCodes.Usage, exit);
            Assert.Contains(says, error, StringComparison.Ordinal);
        }
        Assert.Empty(stranger.Asked);
    }

    [Fact]
    public async Task Where_nothing_is_trained_it_says_where_it_looked_and_how_to_start()
    {
        string run = PeerTraining.WriteRun(_folder["runs"], "00003-over-8", "http://127.0.0.1:1");
        File.Delete(Path.Combine(run, EndpointFile.FileName));
        var (exit, _, error) = await CommandLine.RunAsync("pause", "--out", _folder["runs"]);
        Assert.Equal(ExitCodes.Usage, exit);
        Assert.Contains("00003-over-8 is being trained, but tells no address", error, StringComparison.Ordinal);

        File.Delete(Path.Combine(run, RunLock.FileName));
        (exit, _, error) = await CommandLine.RunAsync("pause", "--out", _folder["runs"]);
        Assert.Equal(ExitCodes.Usage, exit);
        Assert.Contains($"No training is found in {_folder["runs"]} (1 run).\nStart one with 'pggan train'", error, StringComparison.Ordinal);
        (_, _, error) = await CommandLine.RunAsync("pause", "--out", _folder["runs"], "--run", "3");
        Assert.Contains("Nothing trains 00003-over-8 at present", error, StringComparison.Ordinal);
        (_, string output, error) = await CommandLine.RunAsync("pause", "--out", _folder["runs"], "--json");
        Assert.Equal("", error);
        Assert.Contains("No training is found", JsonNode.Parse(output)!["error"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_training_that_does_not_answer_in_time_is_told()
    {
        await using PeerTraining peer = await PeerTraining.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using RunClient client = new(Endpoint.Parse(peer.Url));
        UserException late = await Assert.ThrowsAsync<UserException>(() => client.SendAsync(
            HttpMethod.Post, "/api/control/stop", null, TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken));
        Assert.Contains("did not answer within", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_training_that_breaks_off_is_told()
    {
        await using PeerTraining peer = await PeerTraining.StartAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        var (exit, _, error) = await CommandLine.RunAsync("stop", "--url", peer.Url);
        Assert.Equal(ExitCodes.Usage, exit);
        Assert.Contains("broke off before it answered", error, StringComparison.Ordinal);
    }
}
