namespace Pggan.Model.Tests;

/// <summary>Every file operation of a checkpoint fails once, one after the other.</summary>
public sealed class FileFaultTests
{
    /// <summary>A save beside two others, one of which is pruned: far more operations than one loop would run into by accident.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Whichever_write_of_a_checkpoint_fails_an_older_one_stays_good_and_a_later_save_succeeds(bool allAfterIt)
    {
        HashSet<FileStep> failed = [];
        int operations = 0;
        for (int n = 1; ; n++)
        {
            using TempFolder temp = new();
            CheckpointDirectory directory = new(temp.Path);
            directory.Save(SampleCheckpoint.At(1000));
            directory.Save(SampleCheckpoint.At(2000));
            using FileFaults faults = new(temp.Path, n, allAfterIt);
            Exception? fault = Record.Exception(() =>
            {
                directory.Save(SampleCheckpoint.At(3000));
                directory.Prune(new Retention(2, OnePerResolution: false, new Dictionary<long, double>()));
            });
            if (faults.Failed is not { } step)
            {
                Assert.Null(fault);
                operations = faults.Count;
                break;
            }
            failed.Add(step);
            Assert.Equal(FileFaults.Reason, Assert.IsType<IOException>(fault).Message);

            // The newest that is whole is the one before, or the new one in full; nothing half has a name.
            Checkpoint newest = directory.Newest(Unexpected)!;
            SampleCheckpoint.AssertSame(SampleCheckpoint.At(newest.State.Progress.Images), newest);
            Assert.InRange(newest.State.Progress.Images, 2000, 3000);

            faults.Dispose();
            directory.Save(SampleCheckpoint.At(4000));
            directory.Prune(new Retention(2, OnePerResolution: false, new Dictionary<long, double>()));
            SampleCheckpoint.AssertSame(SampleCheckpoint.At(4000), directory.Newest(Unexpected));
            Assert.Equal("000004\n", File.ReadAllText(temp["latest"]));
            Assert.Equal(3, Directory.GetFileSystemEntries(temp.Path).Count(e => !Durable.IsTemporary(e)));
        }
        Assert.Equal(Enum.GetValues<FileStep>().Order(), failed.Order());
        Assert.InRange(operations, 50, 1000); // each tensor is a write of its own
    }

    [Fact]
    public void A_failed_write_leaves_nothing_behind()
    {
        using TempFolder temp = new();
        using FileFaults counting = new(temp.Path, int.MaxValue, lasts: false);
        CheckpointFile.Write(temp["a"], SampleCheckpoint.At(16));
        Directory.Delete(temp["a"], recursive: true);

        // The last one flushes the folder that the checkpoint has its name in by then.
        int operations = counting.Count;
        for (int n = 1; n < operations; n++)
        {
            using FileFaults faults = new(temp.Path, n, lasts: false);
            Assert.Throws<IOException>(() => CheckpointFile.Write(temp["a"], SampleCheckpoint.At(16)));
            Assert.Empty(Directory.GetFileSystemEntries(temp.Path));
        }
    }

    private static void Unexpected(string folder, string reason) => Assert.Fail($"{folder}: {reason}");
}
