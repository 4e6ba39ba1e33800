using System.Text.Json.Nodes;

namespace Pggan.Host.Tests;

/// <summary>kill -9 at any instant: while the program starts, trains, grows, writes a checkpoint or ends.</summary>
[Collection(DisturbedTrainings.Name)]
public sealed class KillTests(ReferenceRun reference) : IDisposable
{
    private const int KillsOfOneTraining = 15;

    /// <summary>Exit code of a process that SIGKILL ended.</summary>
    private const int Killed = 137;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_training_killed_at_any_instant_ends_in_the_bytes_logs_and_numbers_of_one_never_killed()
    {
        int kills = 0, wanted = Campaign.Of(KillsOfOneTraining, 200);
        for (int training = 0; kills < wanted; training++)
        {
            int before = kills;
            string runs = _folder[$"runs{training}"];
            kills += await KillUntilDoneAsync(runs, new Random(training), Math.Min(wanted - kills, KillsOfOneTraining));
            new RunFiles(TinyTraining.Find(runs)!).AssertSameAs(reference.Files);
            TestContext.Current.TestOutputHelper!.WriteLine($"training {training}: {kills - before} kills, {kills} in all");
            Assert.True(kills > before, "the training was done before it could be killed");
        }
    }

    /// <summary>Kills a training until it was killed often enough, and lets it end.</summary>
    private async Task<int> KillUntilDoneAsync(string runs, Random random, int mostKills)
    {
        long newest = 0;
        int starts = 0;
        for (int kills = 0; ; kills++)
        {
            string? run = TinyTraining.Find(runs);
            using TrainingProcess process = TrainingProcess.Start(run is null ? TinyTraining.Start(reference.Data, runs) : ["train", "--resume", run]);
            bool isKilled = kills < mostKills && await IsReachedAsync(process, random);
            if (isKilled)
                process.Kill();
            var (exit, error) = await process.EndAsync();
            Assert.True(error.Length == 0 && (exit == ExitCodes.Done || (isKilled && exit == Killed)), $"exit {exit}: {error}{process.Output}");
            if (exit == ExitCodes.Done)
                return kills;
            if (TinyTraining.Find(runs) is { } killed)
                (newest, starts) = Check(new RunFiles(killed), newest, starts);
        }
    }

    /// <summary>Waits for a moment drawn at random; false when the process ended before.</summary>
    private static async Task<bool> IsReachedAsync(TrainingProcess process, Random random)
    {
        // Ticks before it, from the beginning of the training; below zero: while the program starts.
        int ticks = random.Next(-3, 4);
        int mostMilliseconds = 100;
        string? line = "";
        if (ticks == -3)
            mostMilliseconds = 400; // before its first words
        else if (ticks == -2)
            line = await process.ReadLineAsync();
        else if (ticks == -1)
            line = await process.AwaitLineAsync("Options ");
        else
            line = await process.AwaitLineAsync(ticks == 0 ? "stabilising" : "tick ", Math.Max(ticks, 1));
        await Task.Delay(random.Next(mostMilliseconds), TestContext.Current.CancellationToken);
        return line is not null;
    }

    /// <summary>What holds after each kill. Returns where the training stands now, and how often it has begun.</summary>
    private static (long Newest, int Starts) Check(RunFiles run, long before, int startsBefore)
    {
        List<JsonObject> events = run.Lines("events.jsonl", mayBeTorn: true), stats = run.Lines("stats.jsonl", mayBeTorn: true);
        List<JsonObject> starts = [.. events.Where(e => (string?)e["event"] == "training_started")];
        if (starts.Count > startsBefore)
            Assert.Equal(before, (long)starts[^1]["images"]!);

        long newest = run.NewestCheckpoint();
        long saved = events.Where(e => (string?)e["event"] == "checkpoint_saved").Max(e => (long?)e["images_seen"]) ?? 0;
        long told = stats.Count > 0 ? (long)stats[^1]["images"]! : 0;
        Assert.True(newest >= before && newest >= saved, $"the newest checkpoint has {newest} images, after {before}, and {saved} were saved");
        Assert.True(told - newest <= TinyTraining.Interval, $"{told} images were told of, and the newest checkpoint has {newest}");
        Assert.True(stats.Where(s => (long)s["images"]! <= newest).Select(s => (long)s["images"]!).LastOrDefault() == newest, $"no line of stats.jsonl for the checkpoint of {newest} images");
        return (newest, starts.Count);
    }
}
