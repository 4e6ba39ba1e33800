using System.Diagnostics;
using System.Text.Json;
using Pggan.Model;

namespace Pggan.Host.Tests;

/// <summary>SIGTERM and Ctrl-C at any moment. PGGAN_CAMPAIGN=full takes thirty moments (tests/campaigns/clean-end.sh).</summary>
public sealed class CleanEndTests : IDisposable
{
    private const int Seed = 20;

    /// <summary>Seconds after the start; at the first of them there is hardly a runtime, at the last the networks are tried.</summary>
    private static readonly (double First, double Last) StartUp = (0.2, 1.6);

    /// <summary>Seconds after the first line of the training itself; by the last it has grown.</summary>
    private static readonly (double First, double Last) Training = (0, Campaign.IsFull ? 6 : 2.5);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_signal_at_any_moment_ends_with_130_and_leaves_a_run_that_goes_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends POSIX signals");
        int moments = Campaign.IsFull ? 30 : 6, resumed = 0;
        string images = await _folder.ImagesAsync(40, 16);
        Random random = new(Seed);
        for (int i = 0; i < moments; i++)
        {
            // Half of them in the start, half in the training; one in each of as many equal spans.
            string signal = i % 2 == 0 ? "TERM" : "INT", runs = _folder[$"runs{i}"];
            bool starts = i < moments / 2;
            (double first, double last) = starts ? StartUp : Training;
            double moment = first + (i % (moments / 2) + random.NextDouble()) * (last - first) / (moments / 2);
            using SignalledProcess training = SignalledProcess.Start(SignalledProcess.Tiny(images, runs));
            if (!starts)
                await training.AwaitLineAsync("training");
            await Task.Delay(TimeSpan.FromSeconds(moment), TestContext.Current.CancellationToken);
            long sent = Stopwatch.GetTimestamp();
            var (exit, error) = await training.EndAsync(signal);
            double took = Stopwatch.GetElapsedTime(sent).TotalSeconds;
            string what = $"{signal} {moment:0.000} s after the {(starts ? "start" : "first line of the training")}: exit {exit} in {took:0.000} s\n{training.Output}{error}";
            TestContext.Current.TestOutputHelper?.WriteLine(what);
            if (exit != ExitCodes.Interrupted)
            {
                // The runtime was not up: by the signal itself.
                Assert.True(exit == 128 + (signal == "TERM" ? 15 : 2) && training.Output.Length == 0 && !Directory.Exists(runs), what);
                continue;
            }
            Assert.True(error.Length == 0 || error == "pggan: interrupted\n", what);
            if (!Directory.Exists(runs))
                continue;
            string run = Assert.Single(Directory.GetDirectories(runs, "0*"));
            AssertWhole(run, what);
            if (resumed++ % 3 == 0)
                await AssertGoesOnAsync(runs, run, what);
        }
        Assert.True(resumed >= moments / 2, $"{resumed}");
    }

    /// <summary>It comes while the run is finished or just before; either way nothing of it is lost.</summary>
    [Fact]
    public async Task A_signal_at_the_very_end_leaves_a_finished_run()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends POSIX signals");
        string runs = _folder["runs"];
        using SignalledProcess training = SignalledProcess.Start(SignalledProcess.Tiny(await _folder.ImagesAsync(40, 16), runs, "0.1"));
        await training.AwaitLineAsync("done at kimg");
        var (exit, error) = await training.EndAsync("TERM");
        Assert.True(exit is ExitCodes.Done or ExitCodes.Interrupted, $"exit {exit}\n{training.Output}{error}");
        string run = Assert.Single(Directory.GetDirectories(runs, "0*"));
        AssertWhole(run, training.Output);
        Assert.InRange(NetworkFile.ReadCheckpoint(run).State.Progress.Images, 100, 200);
    }

    /// <summary>What is in the folder of a run that has ended is whole.</summary>
    private static void AssertWhole(string run, string what)
    {
        string[] files = [.. Directory.EnumerateFileSystemEntries(run, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })];
        Assert.All(files.Select(f => Path.GetFileName(f)), name => Assert.False(
            name == RunLock.FileName || name.StartsWith(".tmp-", StringComparison.Ordinal) || Path.GetExtension(name) is ".tmp" or ".new", $"{name} is left: {what}"));
        Assert.True(File.Exists(Path.Combine(run, RunDirectory.OptionsFile)), what);
        Checkpoint? newest = new CheckpointDirectory(Path.Combine(run, RunDirectory.CheckpointFolder)).Newest((path, reason) => Assert.Fail($"{path}: {reason}: {what}"));
        Assert.True(newest is not null, what);
        string latest = File.ReadAllText(Path.Combine(run, RunDirectory.CheckpointFolder, "latest")).Trim();
        Assert.Equal(newest.State, CheckpointFile.Read(Path.Combine(run, RunDirectory.CheckpointFolder, latest)).State);
        foreach (string log in new[] { "stats.jsonl", "events.jsonl" })
        {
            string path = Path.Combine(run, log);
            string text = File.Exists(path) ? File.ReadAllText(path) : "";
            Assert.True(text.Length == 0 || text[^1] == '\n', $"{log} is torn: {what}");
            foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                JsonDocument.Parse(line).Dispose();
        }
    }

    private static async Task AssertGoesOnAsync(string runs, string run, string what)
    {
        long seen = NetworkFile.ReadCheckpoint(run).State.Progress.Images;
        var (code, output, error) = await CommandLine.RunAsync("train", "--resume", "--out", runs, "--total-kimg", $"{(seen + 20) / 1000.0:0.000}");
        Assert.True(code == 0, what + error + output);
        Assert.Contains(seen == 0 ? "continuing from kimg 0.0" : $"continuing from kimg {seen / 1000.0:0.0}", output, StringComparison.Ordinal);
        Assert.True(NetworkFile.ReadCheckpoint(run).State.Progress.Images > seen, what);
    }
}
