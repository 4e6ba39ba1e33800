using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Pggan.Host.Tests;

/// <summary>The dashboard's part of the commands.</summary>
public sealed class DashboardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_training_says_where_it_is_served_keeps_its_token_and_takes_its_endpoint_away()
    {
        string data = TinyTraining.WriteData(_folder.Path), run = Path.Combine(_folder["runs"], "00000-tiny");
        string[] start = [.. TinyTraining.Start(data, _folder["runs"]), "--port", "0", "--set", "total_kimg=0.4"], goOn = ["train", "--resume", "--out", _folder["runs"], "--total-kimg", "0.6", "--port", "0"];
        List<string> tokens = [];
        foreach (string[] args in new[] { start, goOn })
        {
            await using LineWatch output = new("Dashboard  ");
            Task<(int Exit, string Error)> training = CommandLine.RunIntoAsync(args, output, Cancel);
            if (await Task.WhenAny(output.Line, training) == training)
                Assert.Fail((await training).Error);
            string[] url = (await output.Line)["Dashboard  ".Length..].Split("/#token=");
            using ApiClient client = new(url[0], url[1]);
            Assert.Equal(new EndpointFile(url[0], url[1], Environment.ProcessId), EndpointFile.Of(run));
            Assert.Equal(HttpStatusCode.OK, (await client.AskAsync("GET", "/api/status")).Status);
            Assert.Equal(url[1], TokenFile.Of(run, out _));
            tokens.Add(url[1]);
            var (exit, error) = await training;
            Assert.True(exit == ExitCodes.Done, error);
            Assert.False(File.Exists(Path.Combine(run, EndpointFile.FileName)));
            await Assert.ThrowsAsync<HttpRequestException>(() => client.AskAsync("GET", "/health"));
            Assert.DoesNotContain(url[1], await File.ReadAllTextAsync(Path.Combine(run, RunDirectory.LogFile), Cancel), StringComparison.Ordinal);
        }
        Assert.Equal(tokens[0], tokens[1]);
    }

    [Fact]
    public async Task A_training_that_fails_takes_its_endpoint_away()
    {
        string data = TinyTraining.WriteData(_folder.Path);
        var (exit, output, _) = await CommandLine.RunAsync([.. TinyTraining.Start(data, _folder["runs"]), "--port", "0", "--set", "max_gradient_norm=1e-9", "--set", "diverged_after_exploded=2"]);
        Assert.Equal(ExitCodes.TrainingFailed, exit);
        Assert.Contains("Dashboard  http://127.0.0.1:", output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder["runs"], "00000-tiny", EndpointFile.FileName)));
    }

    [Fact]
    public async Task No_dashboard_opens_no_port_and_leaves_no_token()
    {
        string data = TinyTraining.WriteData(_folder.Path);
        var (exit, output, error) = await CommandLine.RunAsync([.. TinyTraining.Start(data, _folder["runs"]), "--no-dashboard", "--set", "total_kimg=0.05"]);
        Assert.True(exit == ExitCodes.Done, error);
        Assert.DoesNotContain("Dashboard", output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder["runs"], "00000-tiny", TokenFile.FileName)));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_refused_before_there_is_a_run()
    {
        using Socket other = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        string port = $"{((IPEndPoint)other.LocalEndPoint!).Port}";
        var (exit, _, error) = await CommandLine.RunAsync([.. TinyTraining.Start(TinyTraining.WriteData(_folder.Path), _folder["runs"]), "--port", port]);
        Assert.Equal(ExitCodes.Usage, exit);
        Assert.Contains($"--port {port} is taken", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["runs"]));
    }

    [Fact]
    public async Task The_dashboard_of_a_folder_is_served_until_it_is_interrupted()
    {
        Directory.CreateDirectory(_folder["runs"]);
        using CancellationTokenSource interrupt = new();
        await using LineWatch output = new("Dashboard  ");
        Task<(int Exit, string Error)> serving = CommandLine.RunIntoAsync(["dashboard", _folder["runs"], "--port", "0"], output, interrupt.Token);
        if (await Task.WhenAny(output.Line, serving) == serving)
            Assert.Fail((await serving).Error);
        string[] url = (await output.Line)["Dashboard  ".Length..].Split("/#token=");
        using ApiClient client = new(url[0], url[1]);
        Assert.Equal(HttpStatusCode.OK, (await client.AskAsync("GET", "/health")).Status);
        foreach ((string method, string path) in new[] { ("POST", "/api/control/pause"), ("PATCH", "/api/settings"), ("POST", "/api/samples"), ("GET", "/api/stream"), ("GET", "/api/status") })
        {
            var (status, body) = await client.AskAsync(method, path, method == "PATCH" ? """{ "mirror": true }""" : null);
            Assert.Equal(HttpStatusCode.NotFound, status);
            Assert.NotNull(body!["error"]);
        }
        await interrupt.CancelAsync();
        var (exit, error) = await serving;
        Assert.Equal((ExitCodes.Done, ""), (exit, error));
        Assert.Equal(url[1], TokenFile.Of(_folder["runs"], out _));
    }

    [Fact]
    public async Task Its_address_is_told_to_programs()
    {
        Directory.CreateDirectory(Path.Combine(_folder["runs"], TokenFile.FileName)); // so the token has no place
        using CancellationTokenSource interrupt = new();
        await using LineWatch output = new("{");
        Task<(int Exit, string Error)> serving = CommandLine.RunIntoAsync(["dashboard", _folder["runs"], "--port", "0", "--json"], output, interrupt.Token);
        if (await Task.WhenAny(output.Line, serving) == serving)
            Assert.Fail((await serving).Error);
        JsonNode line = JsonNode.Parse(await output.Line)!;
        string[] url = ((string)line["url"]!).Split("/#token=");
        using ApiClient client = new(url[0], url[1]);
        Assert.Equal(HttpStatusCode.OK, (await client.AskAsync("GET", "/health")).Status);
        Assert.Equal(_folder["runs"], (string?)line["serves"]);
        await interrupt.CancelAsync();
        var (exit, error) = await serving;
        Assert.Equal(ExitCodes.Done, exit);
        Assert.Contains("Note       the token can't be kept in a file", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Dashboard", output.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Waits for the first whole line that begins so.</summary>
    private sealed class LineWatch(string beginning) : StringWriter
    {
        private readonly TaskCompletionSource<string> _line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Line => _line.Task;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            foreach (string line in (value ?? "").Split('\n'))
            {
                if (line.StartsWith(beginning, StringComparison.Ordinal))
                    _line.TrySetResult(line);
            }
        }
    }
}
