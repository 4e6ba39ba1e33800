using Pggan.Model;

namespace Pggan.Actors.Tests;

/// <summary>File operations that fail under a training.</summary>
public sealed class FileFaultTests : TrainingTest
{
    /// <summary>Of the first checkpoint: its folder, its tensors, a flush, a rename, the pointer to it.</summary>
    [Theory]
    [InlineData(nameof(FileStep.CreateFolder))]
    [InlineData(nameof(FileStep.Create))]
    [InlineData(nameof(FileStep.Write))]
    [InlineData(nameof(FileStep.Flush))]
    [InlineData(nameof(FileStep.Rename))]
    public void A_checkpoint_that_cannot_be_written_is_told_and_training_goes_on_to_the_same_bytes(string failing)
    {
        var calm = NewSetup();
        Run(calm);
        var setup = NewSetup();
        var (folder, failures) = (Path.Combine(setup.RunDirectory, "checkpoints"), 0);
        Durable.Before += Fail;
        try
        {
            var (training, probe) = Start(setup);
            Assert.Equal("No space left on device", Await<CheckpointFailed>(probe).Reason);
            Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
            Assert.Contains("checkpoint_failed", File.ReadAllText(Path.Combine(setup.RunDirectory, "events.jsonl")), StringComparison.Ordinal);
        }
        finally
        {
            Durable.Before -= Fail;
        }

        AssertSame(CheckpointAt(calm.RunDirectory, TotalImages), CheckpointAt(setup.RunDirectory, TotalImages));

        void Fail(FileStep step, string path)
        {
            if (step.ToString() == failing && path.StartsWith(folder, StringComparison.Ordinal) && Interlocked.Increment(ref failures) == 1)
                throw new IOException("No space left on device");
        }
    }

    /// <summary>Pictures and the rewritten log are files too, and none of them is worth a training.</summary>
    [Fact]
    public void Files_other_than_checkpoints_may_fail_all_the_time()
    {
        var calm = NewSetup();
        Run(calm);
        var setup = NewSetup() with { SnapshotEveryTicks = 1 };
        var checkpoints = Path.Combine(setup.RunDirectory, "checkpoints");
        Durable.Before += Fail;
        try
        {
            var (_, probe) = Start(setup);
            Assert.Equal("Input/output error", Await<SamplesFailed>(probe).Reason);
            Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
        }
        finally
        {
            Durable.Before -= Fail;
        }

        AssertSame(CheckpointAt(calm.RunDirectory, TotalImages), CheckpointAt(setup.RunDirectory, TotalImages));

        void Fail(FileStep step, string path)
        {
            if (path.StartsWith(setup.RunDirectory, StringComparison.Ordinal) && !path.StartsWith(checkpoints, StringComparison.Ordinal))
                throw new IOException("Input/output error");
        }
    }

    [Fact]
    public void What_a_killed_process_left_half_written_in_the_runs_folder_is_cleared_at_the_next_start()
    {
        var setup = NewSetup();
        var leftover = Path.Combine(setup.RunDirectory, $".tmp-fakes000000.png-{int.MaxValue}-0a0b0c0d");
        File.WriteAllText(leftover, "half");

        Assert.IsType<TrainingStopped>(Run(setup with { StopAtImages = 32 }));

        Assert.False(File.Exists(leftover));
    }

    [Fact]
    public void The_best_checkpoint_by_a_metric_stays()
    {
        var setup = NewSetup() with { CheckpointEveryTicks = 1, KeepCheckpoints = 1, KeepOnePerResolution = false, KeepBest = "swd" };
        File.WriteAllLines(
            Path.Combine(setup.RunDirectory, "metric-swd.jsonl"),
            ["""{"images": 64, "swd": 9.5}""", """{"images": 128, "swd": 2.5}""", """{"images": 192, "swd": 7}""", """{"images": 256, "swd": null}""", "torn"]);

        Assert.IsType<TrainingCompleted>(Run(setup));

        var kept = Directory.GetDirectories(Path.Combine(setup.RunDirectory, "checkpoints")).Select(f => CheckpointFile.ReadState(f).Progress.Images);
        Assert.Equal([128, TotalImages], kept.Order());
    }

    [Fact]
    public void Metrics_of_which_more_is_better_are_turned()
    {
        var folder = NewFolder();
        File.WriteAllLines(Path.Combine(folder, "metric-is.jsonl"), ["""{"images": 64, "is": 2.5}"""]);
        Assert.Equal(-2.5, Assert.Single(MetricScores.Read(folder, "is")).Value);
        Assert.Empty(MetricScores.Read(folder, "swd"));
    }

    [Fact]
    public void Scores_of_another_feature_network_are_not_compared_with_the_newest()
    {
        var folder = NewFolder();
        File.WriteAllLines(Path.Combine(folder, "metric-coverage.jsonl"),
        [
            """{"images": 64, "coverage": 0.9}""", """{"images": 128, "coverage": 0.8, "features": "aa"}""",
            """{"images": 192, "coverage": 0.3, "features": "bb"}""", """{"images": 256, "coverage": 0.4, "features": "bb"}""",
        ]);
        Assert.Equal([192, 256], MetricScores.Read(folder, "coverage").Keys.Order());
    }
}
