using System.Security.Cryptography;
using Pggan.Model;

namespace Pggan.Host.Tests;

/// <summary>One training at a time in a folder.</summary>
public sealed class RunLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string LockFile => Path.Combine(_folder.Path, RunLock.FileName);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_locked_run_is_refused_and_its_holder_named()
    {
        using (RunLock held = RunLock.Take(_folder.Path))
        {
            Assert.Null(held.TakenOver);
            Assert.Null(RunLock.TryTake(_folder.Path));
            UserException refusal = Assert.Throws<UserException>(() => RunLock.Take(_folder.Path));
            Assert.Equal(ExitCodes.Usage, refusal.ExitCode);
            Assert.Contains($"{_folder.Path} is being trained already, by process {Environment.ProcessId} on {Environment.MachineName} since 20", refusal.Message, StringComparison.Ordinal);
            Assert.InRange(refusal.Message.Split('\n').Length, 1, 2);
        }
        Assert.False(File.Exists(LockFile));
        using RunLock again = RunLock.Take(_folder.Path);
        Assert.Null(again.TakenOver);
    }

    [Theory]
    [InlineData("", "taken over from a process that ended")]
    [InlineData("\0\0garbage{", "taken over from a process that ended")]
    [InlineData("{}", "taken over from a process that ended")]
    [InlineData("null", "taken over from a process that ended")]
    [InlineData("""{"pid":4194305,"machine":"nowhere","started":"2030-01-31T12:00:00Z","token":"t"}""", "taken over from process 4194305 on nowhere since 2030-01-31 12:00:00Z")]
    public void A_stale_lock_is_recognised_and_taken_over(string content, string says)
    {
        File.WriteAllText(LockFile, content);
        using (RunLock held = RunLock.Take(_folder.Path))
        {
            Assert.StartsWith(says, held.TakenOver, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', held.TakenOver!);
            Assert.Contains($"process {Environment.ProcessId} ", Assert.Throws<UserException>(() => RunLock.Take(_folder.Path)).Message, StringComparison.Ordinal);
        }
        Assert.False(File.Exists(LockFile));
    }

    /// <summary>Names are deleted while others open them: of those that hold a file, only that of the name counts.</summary>
    [Fact]
    public async Task Wanted_by_many_at_once_it_is_held_by_one()
    {
        int holders = 0, taken = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 500; i++)
            {
                using RunLock? held = RunLock.TryTake(_folder.Path);
                if (held is null)
                    continue;
                Assert.Equal(1, Interlocked.Increment(ref holders));
                Interlocked.Increment(ref taken);
                Assert.Equal(0, Interlocked.Decrement(ref holders));
            }
        })));
        Assert.True(taken >= 8, $"{taken}");
        Assert.False(File.Exists(LockFile));
    }

    [Fact]
    public void A_lock_of_another_one_is_not_deleted()
    {
        RunLock first = RunLock.Take(_folder.Path);
        File.Delete(LockFile);
        using RunLock second = RunLock.Take(_folder.Path);
        first.Dispose();
        Assert.Null(RunLock.TryTake(_folder.Path));
    }

    [Fact]
    public void A_folder_that_can_not_be_locked_is_an_error_of_its_user()
    {
        UserException refusal = Assert.Throws<UserException>(() => RunLock.Take(_folder["nowhere"]));
        Assert.Contains("can't be locked", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_training_in_the_folder_of_a_live_one_is_refused_and_disturbs_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends POSIX signals");
        string runs = _folder["runs"], run = Path.Combine(runs, "00000-images-16");
        using SignalledProcess first = SignalledProcess.Start(SignalledProcess.Tiny(await _folder.ImagesAsync(40, 16), runs));
        await first.AwaitLineAsync("saved ");
        string options = Path.Combine(run, RunDirectory.OptionsFile), log = Path.Combine(run, RunDirectory.LogFile);
        DateTime written = File.GetLastWriteTimeUtc(options);

        // From this process and from another one.
        var (code, _, error) = await CommandLine.RunAsync("train", "--resume", "--out", runs, "--total-kimg", "1");
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains($"is being trained already, by process {first.Id} on {Environment.MachineName} since 20", error, StringComparison.Ordinal);
        Assert.InRange(error.TrimEnd().Split('\n').Length, 1, 2);
        using (SignalledProcess second = SignalledProcess.Start("train", "--resume", run))
            Assert.Equal((ExitCodes.Usage, error), await second.AwaitEndAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(written, File.GetLastWriteTimeUtc(options));
        Assert.Single(await LinesAsync(log), line => line.StartsWith("Data ", StringComparison.Ordinal));

        // Who only looks takes no lock.
        (code, _, error) = await CommandLine.RunAsync("sample", "--network", run, "--seeds", "1", "--out", _folder["one.png"]);
        Assert.True(code == 0, error);
        (code, string output, error) = await CommandLine.RunAsync("train", "--resume", run, "--dry-run");
        Assert.True(code == 0, error);
        Assert.Contains("Would train in", output, StringComparison.Ordinal);
        (code, _, error) = await CommandLine.RunAsync("train", "--resume", run, "--smoke");
        Assert.True(code == 0, error);
        Assert.True(File.Exists(Path.Combine(run, RunLock.FileName)));

        (code, error) = await first.EndAsync("INT");
        Assert.True(code == ExitCodes.Interrupted, error);
        Assert.False(File.Exists(Path.Combine(run, RunLock.FileName)));
    }

    [Fact]
    public async Task The_lock_of_a_killed_training_is_taken_over_and_that_is_said()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends POSIX signals");
        string runs = _folder["runs"], run = Path.Combine(runs, "00000-images-16");
        int id;
        using (SignalledProcess killed = SignalledProcess.Start(SignalledProcess.Tiny(await _folder.ImagesAsync(40, 16), runs)))
        {
            await killed.AwaitLineAsync("saved ");
            id = killed.Id;
            await killed.EndAsync("KILL");
        }
        Assert.True(File.Exists(Path.Combine(run, RunLock.FileName)));
        double kimg = NetworkFile.ReadCheckpoint(run).State.Progress.Images / 1000.0;
        var (code, output, error) = await CommandLine.RunAsync("train", "--resume", "--out", runs, "--total-kimg", $"{kimg + 0.04:0.000}");
        Assert.True(code == 0, error + output);
        string says = $"Lock       taken over from process {id} on {Environment.MachineName} since 20";
        Assert.Single(output.Split('\n'), line => line.StartsWith(says, StringComparison.Ordinal));
        Assert.Single(await LinesAsync(Path.Combine(run, RunDirectory.LogFile)), line => line.StartsWith(says, StringComparison.Ordinal));
        Assert.False(File.Exists(Path.Combine(run, RunLock.FileName)));
    }

    [Fact]
    public async Task A_failed_training_gives_its_lock_back()
    {
        string runs = _folder["runs"], run = Path.Combine(runs, "00000-images-8"), settings = Path.Combine(run, "settings.json");
        var (code, _, error) = await CommandLine.RunAsync(SignalledProcess.Tiny(await _folder.ImagesAsync(40, 8), runs, "0.05"));
        Assert.True(code == 0, error);
        Assert.False(File.Exists(Path.Combine(run, RunLock.FileName)));
        await File.WriteAllTextAsync(settings, "no settings", TestContext.Current.CancellationToken);
        (code, _, error) = await CommandLine.RunAsync("train", "--resume", "--out", runs, "--total-kimg", "0.1");
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("settings.json", error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(run, RunLock.FileName)));
    }

    [Fact]
    public async Task Two_trainings_in_folders_of_their_own_do_not_disturb_each_other()
    {
        string images = await _folder.ImagesAsync(40, 16);
        foreach (string seed in new[] { "1", "2" })
        {
            var (code, output, error) = await CommandLine.RunAsync(Seeded(seed, _folder["alone" + seed]));
            Assert.True(code == 0, error + output);
        }
        using SignalledProcess first = SignalledProcess.Start(Seeded("1", _folder["together"]));
        using SignalledProcess second = SignalledProcess.Start(Seeded("2", _folder["together"]));
        foreach (SignalledProcess training in new[] { first, second })
        {
            var (code, error) = await training.AwaitEndAsync(TimeSpan.FromMinutes(2));
            Assert.True(code == 0, error + training.Output);
        }
        string[] together = Directory.GetDirectories(_folder["together"], "0*");
        Assert.Equal(2, together.Length);
        foreach (string run in together)
        {
            // Which of the others were written depends on how long writing takes.
            string alone = Path.Combine(_folder["alone" + NetworkFile.ReadCheckpoint(run).State.Seed], "00000-images-16");
            Assert.Equal(Newest(alone), Newest(run));
        }

        string[] Seeded(string seed, string runs) => [.. SignalledProcess.Tiny(images, runs, "0.25"), "--seed", seed];

        static string[] Newest(string run)
        {
            string checkpoints = Path.Combine(run, RunDirectory.CheckpointFolder);
            string newest = Path.Combine(checkpoints, File.ReadAllText(Path.Combine(checkpoints, "latest")).Trim());
            return [.. Directory.EnumerateFiles(newest).Order().Select(f => $"{Path.GetFileName(f)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))}")];
        }
    }

    /// <summary>Of a file that another process may be writing.</summary>
    private static async Task<string[]> LinesAsync(string path)
    {
        await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using StreamReader reader = new(file);
        return (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n');
    }
}
