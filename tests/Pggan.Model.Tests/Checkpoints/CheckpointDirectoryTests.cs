using System.Diagnostics;

namespace Pggan.Model.Tests;

public sealed class CheckpointDirectoryTests
{
    [Fact]
    public void Checkpoints_are_named_by_kimg_and_the_newest_is_named_by_latest()
    {
        using TempFolder temp = new();
        CheckpointDirectory directory = new(temp["checkpoints"]);
        Assert.Null(directory.Newest(Unexpected));
        Assert.EndsWith("000012", directory.Save(SampleCheckpoint.At(12_016)), StringComparison.Ordinal);
        Assert.EndsWith("000012-12800", directory.Save(SampleCheckpoint.At(12_800)), StringComparison.Ordinal);
        Assert.EndsWith("000012-12800", directory.Save(SampleCheckpoint.At(12_800)), StringComparison.Ordinal);
        Assert.Equal("000012-12800\n", File.ReadAllText(Path.Combine(temp["checkpoints"], "latest")));
        SampleCheckpoint.AssertSame(SampleCheckpoint.At(12_800), directory.Newest(Unexpected));
        Assert.Equal(3, Directory.GetFileSystemEntries(temp["checkpoints"]).Length);
    }

    [Fact]
    public void A_damaged_checkpoint_is_passed_over_and_named()
    {
        using TempFolder temp = new();
        CheckpointDirectory directory = new(temp.Path);
        directory.Save(SampleCheckpoint.At(1000));
        string newer = directory.Save(SampleCheckpoint.At(2000));
        string newest = directory.Save(SampleCheckpoint.At(3000));
        File.WriteAllBytes(Path.Combine(newer, CheckpointFile.StateName), [1, 2, 3]);
        File.Delete(Path.Combine(newest, CheckpointFile.ManifestName));
        List<string> refused = [];
        SampleCheckpoint.AssertSame(SampleCheckpoint.At(1000), directory.Newest((folder, reason) => refused.Add(folder)));
        Assert.Equal([newest, newer], refused);
    }

    [Fact]
    public void A_damaged_checkpoint_is_written_anew_when_training_comes_by_again()
    {
        using TempFolder temp = new();
        CheckpointDirectory directory = new(temp.Path);
        string folder = directory.Save(SampleCheckpoint.At(1000));
        File.WriteAllBytes(Path.Combine(folder, CheckpointFile.StateName), [1, 2, 3]);
        Assert.Equal(folder, directory.Save(SampleCheckpoint.At(1000)));
        SampleCheckpoint.AssertSame(SampleCheckpoint.At(1000), directory.Newest(Unexpected));
    }

    [Fact]
    public void Pruning_keeps_the_newest_and_always_one_that_is_whole()
    {
        using TempFolder temp = new();
        CheckpointDirectory directory = new(temp.Path);
        string[] folders = [.. Enumerable.Range(1, 4).Select(k => directory.Save(SampleCheckpoint.At(k * 1000)))];
        directory.Prune(KeepLast(0));
        Assert.All(folders, f => Assert.True(Directory.Exists(f)));
        File.WriteAllBytes(Path.Combine(folders[3], CheckpointFile.StateName), [1, 2, 3]);
        directory.Prune(KeepLast(1));
        Assert.Equal([false, false, true, true], folders.Select(Directory.Exists));
    }

    [Fact]
    public void What_a_dead_process_left_half_written_is_ignored_and_cleared()
    {
        using TempFolder temp = new();
        CheckpointDirectory directory = new(temp.Path);
        directory.Save(SampleCheckpoint.At(1000));
        string half = temp[$"{Durable.TemporaryPrefix}000002-{int.MaxValue}-0a0b0c0d"];
        Directory.CreateDirectory(half);
        File.WriteAllBytes(Path.Combine(half, CheckpointFile.StateName), [1, 2, 3]);
        SampleCheckpoint.AssertSame(SampleCheckpoint.At(1000), directory.Newest(Unexpected));
        directory.Save(SampleCheckpoint.At(2000));
        Assert.False(Directory.Exists(half));
    }

    [Fact]
    public void What_an_earlier_process_of_the_same_id_left_is_cleared_and_what_a_live_one_writes_is_not()
    {
        using TempFolder temp = new();
        using Process other = Process.GetProcessById(OperatingSystem.IsWindows() ? 4 : 1);
        string earlier = temp[$"{Durable.TemporaryPrefix}latest-{Environment.ProcessId}-0a0b0c0d"];
        string live = temp[$"{Durable.TemporaryPrefix}000002-{other.Id}-0a0b0c0d"];
        File.WriteAllText(earlier, "000");
        Directory.CreateDirectory(live);
        new CheckpointDirectory(temp.Path).Save(SampleCheckpoint.At(1000));
        Assert.False(File.Exists(earlier));
        Assert.True(Directory.Exists(live));
    }

    [Fact]
    public void Another_state_after_as_many_images_is_saved_beside_the_first_and_is_the_newer()
    {
        using TempFolder temp = new();
        CheckpointDirectory directory = new(temp.Path);
        Checkpoint before = SampleCheckpoint.At(1000);
        Checkpoint grown = before with { State = before.State with { Progress = before.State.Progress with { SkippedImages = 0.1 } } };
        Assert.EndsWith("000001", directory.Save(before), StringComparison.Ordinal);
        string second = directory.Save(grown);
        Assert.EndsWith("000001-1000", second, StringComparison.Ordinal);
        Assert.Equal(second, directory.Save(grown));
        SampleCheckpoint.AssertSame(grown, directory.Newest(Unexpected));
    }

    [Fact]
    public void The_same_state_is_saved_once_with_names_of_its_labels_too()
    {
        using ProgressiveTrainer trainer = new(
            new TrainerOptions
            {
                Architecture = new NetworkArchitecture { Resolution = 4, FmapBase = 16, FmapMax = 4, LabelSize = 2 },
                Schedule = new GrowthScheduleOptions { Resolution = 4 },
            },
            new LabelTable(1, 2, (_, label) => label[0] = 1) { Names = ["cat", "dog"] });
        using TempFolder temp = new();
        CheckpointDirectory directory = new(temp["checkpoints"]);
        Assert.Equal(directory.Save(trainer.Capture(0, null)), directory.Save(trainer.Capture(0, null)));
        Assert.Equal(["cat", "dog"], CheckpointFile.ReadState(directory.Save(trainer.Capture(0, null))).LabelNames);
        Assert.Single(Directory.GetDirectories(temp["checkpoints"]));
    }

    [Fact]
    public void Of_as_many_images_the_one_saved_last_is_the_newest_whatever_was_pruned_and_whatever_came_before()
    {
        using TempFolder temp = new();
        CheckpointDirectory directory = new(temp.Path);
        for (int i = 0; i < 12; i++)
        {
            // The first state comes again.
            Checkpoint next = SampleCheckpoint.At(12_800);
            next = next with { State = next.State with { DataPosition = i % 3 } };
            string folder = directory.Save(next);
            directory.Prune(KeepLast(i % 2 + 1));
            Assert.True(Directory.Exists(folder));
            Assert.Equal(i % 3, directory.Newest(Unexpected)!.State.DataPosition);
            Assert.Equal(Path.GetFileName(folder) + "\n", File.ReadAllText(temp["latest"]));
        }
    }

    [Fact]
    public void A_folder_without_a_readable_manifest_is_neither_read_nor_deleted_nor_written_over()
    {
        using TempFolder temp = new();
        CheckpointDirectory directory = new(temp.Path);
        string foreign = temp["000001"];
        Directory.CreateDirectory(foreign);
        File.WriteAllText(Path.Combine(foreign, CheckpointFile.ManifestName), "{}");
        string folder = directory.Save(SampleCheckpoint.At(1000));
        directory.Prune(KeepLast(1));
        Assert.EndsWith("000001-1000", folder, StringComparison.Ordinal);
        Assert.True(Directory.Exists(foreign));
        List<string> refused = [];
        Assert.NotNull(directory.Newest((path, _) => refused.Add(path)));
        Assert.Equal([foreign], refused);
    }

    private static Retention KeepLast(int last) => new(last, OnePerResolution: false, new Dictionary<long, double>());

    private static void Unexpected(string folder, string reason) => Assert.Fail($"{folder}: {reason}");
}
