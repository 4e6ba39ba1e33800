using Pggan.Model;

namespace Pggan.Actors.Tests;

/// <summary>A training that goes wrong goes back to where it was sound.</summary>
public sealed class DivergenceTests : TrainingTest
{
    private const int SoundUntil = 96;

    private static TrainerOptions Exploding => Options with { MaxGradientNorm = 1e-9, DivergedAfterExploded = 12 };

    private static TrainerOptions NotFinite => Options with { PenaltyWeight = double.MaxValue, DivergedAfterSkipped = 12 };

    [Theory]
    [InlineData("exploded", "gradient norm")]
    [InlineData("not finite", "no finite gradient")]
    public void A_diverged_training_goes_back_to_the_newest_sound_checkpoint_with_fresh_noise(string cause, string reason)
    {
        var calm = NewSetup();
        Run(calm);
        var setup = SoundThenDiverging(lives: 1, cause == "exploded" ? Exploding : NotFinite);
        var (_, probe) = Start(setup);

        var back = Await<TrainingRolledBack>(probe);
        Assert.Equal((SoundUntil, 1), (back.Images, back.Rollbacks));
        Assert.InRange(back.DivergedAt, SoundUntil + 1, TotalImages);
        Assert.Contains(reason, back.Reason, StringComparison.Ordinal);
        Assert.Equal(SoundUntil, Await<TrainerRestarted>(probe).Images);
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));

        // What was saved while it went wrong is gone, and the noise since is another one.
        var checkpoints = new CheckpointDirectory(Path.Combine(setup.RunDirectory, "checkpoints"));
        Assert.Equal(1, checkpoints.Newest((_, reason) => Assert.Fail(reason))!.State.Rollbacks);
        Assert.All(Directory.GetDirectories(Path.Combine(setup.RunDirectory, "checkpoints")), f => Assert.True(CheckpointFile.ReadState(f).IsSound));
        var (expected, actual) = (CheckpointAt(calm.RunDirectory, TotalImages), CheckpointAt(setup.RunDirectory, TotalImages));
        Assert.False(expected["state.safetensors"].AsSpan().SequenceEqual(actual["state.safetensors"]));
        var images = File.ReadLines(Path.Combine(setup.RunDirectory, "stats.jsonl")).Select(ImagesOf).ToList();
        Assert.Equal(images.Distinct().Order(), images);
    }

    [Fact]
    public void A_process_that_ends_after_a_rollback_is_continued_to_the_same_bytes()
    {
        var unbroken = SoundThenDiverging(lives: 1);
        Run(unbroken);
        var broken = SoundThenDiverging(lives: 1);
        Assert.IsType<TrainingStopped>(Run(broken with { StopAtImages = 240 }));
        Run(broken with { TrainerFactory = () => new ProgressiveTrainer(Options, labels: null) });

        AssertSame(CheckpointAt(unbroken.RunDirectory, TotalImages), CheckpointAt(broken.RunDirectory, TotalImages));
    }

    /// <summary>The count of rollbacks is saved at once, so that a later process does not draw the same noise again.</summary>
    [Fact]
    public void A_training_that_diverges_three_times_fails_and_a_later_process_tries_other_noise()
    {
        var setup = SoundThenDiverging(lives: int.MaxValue);
        var (_, probe) = Start(setup);
        for (var rollbacks = 1; rollbacks <= FaultPolicy.Restarts; rollbacks++)
            Assert.Equal(rollbacks, Await<TrainingRolledBack>(probe).Rollbacks);
        Assert.Equal(FailureKind.Diverged, Assert.IsType<TrainingFailed>(AwaitEnd(probe)).Kind);

        var (_, later) = Start(setup);
        Assert.Equal(FaultPolicy.Restarts + 1, Await<TrainingRolledBack>(later).Rollbacks);
        AwaitEnd(later);
    }

    [Fact]
    public void A_training_that_was_never_sound_fails_for_what_was_wrong_with_it()
    {
        // Every step explodes, and the end of the first phase, after 12, is saved all the same.
        var options = Options with { MaxGradientNorm = 1e-9, DivergedAfterExploded = 14 };
        var setup = Setup(NewFolder(), options);

        var failed = Assert.IsType<TrainingFailed>(Run(setup));

        Assert.Equal(FailureKind.Diverged, failed.Kind);
        Assert.Matches("^the gradient norm was above [^;]*; no checkpoint of [^;]* is from before it went wrong$", failed.Reason);
    }

    [Fact]
    public void Samples_that_are_all_alike_are_told_once()
    {
        // Without its ToRGB weights a generator draws one colour whatever the latent.
        var setup = NewSetup();
        Run(setup with { StopAtImages = 32 });
        var directory = new CheckpointDirectory(Path.Combine(setup.RunDirectory, "checkpoints"));
        var collapsed = directory.Newest((_, reason) => Assert.Fail(reason))!;
        foreach (var (_, tensor) in collapsed.Tensors.Where(t => t.Key.Contains("toRgb", StringComparison.Ordinal)))
            Array.Clear(tensor.Data);
        directory.Save(collapsed with { State = collapsed.State with { Progress = collapsed.State.Progress with { Images = 40 } } });

        var (training, probe) = Start(setup with { Resume = true, StartPaused = true });
        Await<TrainingStarted>(probe);
        AwaitAssert(
            () =>
            {
                Ask(training, probe, new TakeSnapshot());
                Assert.True(File.Exists(Path.Combine(setup.RunDirectory, "events.jsonl"))
                    && File.ReadAllText(Path.Combine(setup.RunDirectory, "events.jsonl")).Contains("mode_collapse_suspected", StringComparison.Ordinal));
            },
            TimeSpan.FromSeconds(30), cancellationToken: Cancel);
        for (var i = 0; i < 3; i++)
            Assert.IsType<CommandAccepted>(Ask(training, probe, new TakeSnapshot()));
        training.Tell(new StopTraining(), probe.Ref);
        AwaitEnd(probe);
        Assert.Single(File.ReadLines(Path.Combine(setup.RunDirectory, "events.jsonl")), line => line.Contains("mode_collapse_suspected", StringComparison.Ordinal));
    }

    /// <summary>A run that is sound up to a checkpoint and then resumed by trainers of which the first ones judge every step exploded.</summary>
    private TrainingSetup SoundThenDiverging(int lives, TrainerOptions? diverging = null)
    {
        var setup = NewSetup() with { CheckpointEveryTicks = 1 };
        Run(setup with { StopAtImages = SoundUntil });
        var built = 0;
        return setup with
        {
            Resume = true,
            TrainerFactory = () => new ProgressiveTrainer(
                ++built <= lives ? diverging ?? Exploding : Options, labels: null),
        };
    }

    private static long ImagesOf(string line) => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("images").GetInt64();
}
