namespace Pggan.Host.Tests;

/// <summary>A training whose disk fills up, for real.</summary>
[Collection(DisturbedTrainings.Name)]
public sealed class FullDiskTests(ReferenceRun reference) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_training_outlives_a_full_disk_and_loses_nothing_once_there_is_room()
    {
        var (mounted, reason) = await MountAsync();
        Assert.SkipWhen(mounted is null, reason);
        using SmallDisk disk = mounted!;
        // Room for a few of the checkpoints that it keeps: it is told of before it is gone, and training goes on to its end without.
        Ballast(disk, 810_000);
        disk.Start([.. TinyTraining.Start(reference.Data, _folder["disk"]), "--set", "keep_checkpoints=9", "--set", "total_kimg=0.6"]);
        await disk.AwaitLineAsync("Note       the disk will fill: ");
        await disk.AwaitLineAsync("the disk is nearly full: ");
        await disk.AwaitLineAsync("checkpoint not saved: ");
        var (exit, output) = await disk.EndAsync();
        Assert.True(exit == ExitCodes.Usage, output);
        Assert.Contains("pggan: the last checkpoint cannot be written: ", output, StringComparison.Ordinal);
        Assert.Contains("--resume continues", output, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", output, StringComparison.Ordinal);
        string run = TinyTraining.Find(disk.Root)!;
        RunFiles files = new(run);
        long kept = files.NewestCheckpoint();
        Assert.InRange(kept, 1, 599);
        Assert.NotEmpty(files.Lines("stats.jsonl"));
        files.Lines("events.jsonl");

        // To continue there it would need room for one more, beside the lock.
        Ballast(disk, 790_000);
        FillUp(disk.Root, but: 8192);
        string[] resume = ["train", "--resume", Path.Combine(_folder["disk"], Path.GetFileName(run)), "--total-kimg", "1"];
        disk.Start(resume);
        (exit, output) = await disk.EndAsync();
        Assert.True(exit == ExitCodes.Usage, output);
        Assert.Contains("there must be room for 1", output, StringComparison.Ordinal);
        Assert.Equal(kept, files.NewestCheckpoint());

        // With room for one it continues from where it could be saved, and fails to save again; more room comes while it trains.
        File.Delete(Path.Combine(disk.Root, "rest"));
        Ballast(disk, 750_000);
        disk.Start(resume);
        await disk.AwaitLineAsync("continuing from");
        FillUp(disk.Root);
        bool isLogFull = await disk.HasLineAsync("log not written: ") && await disk.HasLineAsync("checkpoint not saved: ");
        File.Delete(Path.Combine(disk.Root, "rest"));
        Ballast(disk, 0);
        (exit, output) = await disk.EndAsync();
        if (exit == ExitCodes.Usage)
        {
            // The training was over before there was room.
            disk.Start(resume);
            (exit, output) = await disk.EndAsync();
        }
        Assert.True(exit == ExitCodes.Done, output);

        files.AssertSameAs(reference.Files);
        List<string?> events = [.. files.Lines("events.jsonl").Select(e => (string?)e["event"])];
        Assert.Contains("disk_space_low", events);
        Assert.Contains("checkpoint_failed", events);
        if (isLogFull)
            Assert.Contains("run_log_failed", events);
    }

    [Fact]
    public async Task A_training_without_room_for_two_checkpoints_is_refused_and_makes_nothing()
    {
        var (mounted, reason) = await MountAsync();
        Assert.SkipWhen(mounted is null, reason);
        using SmallDisk disk = mounted!;
        Ballast(disk, 960_000);

        disk.Start(TinyTraining.Start(reference.Data, _folder["disk"]));
        var (exit, output) = await disk.EndAsync();

        Assert.True(exit == ExitCodes.Usage, output);
        Assert.Contains("there must be room for 2", output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(disk.Root));
    }

    private async Task<(SmallDisk? Disk, string Reason)> MountAsync() => await SmallDisk.MountAsync(Directory.CreateDirectory(_folder["disk"]).FullName);

    /// <summary>Takes so many bytes, instead of those before.</summary>
    private static void Ballast(SmallDisk disk, int bytes) => File.WriteAllBytes(Path.Combine(disk.Root, "ballast"), new byte[bytes]);

    /// <summary>Takes every byte that is left, but so many.</summary>
    private static void FillUp(string root, int but = 0)
    {
        using FileStream rest = new(Path.Combine(root, "rest"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (int size in new[] { 4096, 1 })
        {
            try
            {
                while (true)
                    rest.Write(new byte[size]);
            }
            catch (IOException)
            {
                // Full.
            }
        }
        rest.SetLength(rest.Length - but);
    }
}
