namespace Pggan.Model.Tests;

public sealed class TrainingChangeTests
{
    private static ResolutionChange<T> All<T>(T value)
        where T : struct => new(value, new Dictionary<int, T>());

    private static ResolutionChange<T> Only<T>(int resolution, T value)
        where T : struct => new(null, new Dictionary<int, T> { [resolution] = value });

    [Fact]
    public void A_later_change_adds_entries_and_a_later_number_replaces_the_table()
    {
        TrainingChange first = new() { Minibatch = Only(8, 4), Mirror = true };
        TrainingChange second = first.Then(new TrainingChange { Minibatch = Only(16, 2), GLearningRate = All(.002) });
        TrainingChange third = second.Then(new TrainingChange { Minibatch = All(32) });

        Assert.Equal(new Dictionary<int, int> { [8] = 4, [16] = 2 }, second.Minibatch!.At);
        Assert.Equal((true, .002), (second.Mirror, second.GLearningRate!.Everywhere));
        Assert.Equal((32, 0), (third.Minibatch!.Everywhere, third.Minibatch.At.Count));
    }

    [Fact]
    public void A_default_leaves_the_entries_and_a_number_does_not()
    {
        ResolutionChange<int> table = new(null, new Dictionary<int, int> { [8] = 4 });
        ResolutionChange<int> other = new(null, new Dictionary<int, int>()) { Default = 32 };

        Assert.Equal((32, 4), Numbers(table.Then(other)));
        Assert.Equal((32, 32), Numbers(table.Then(All(32))));
        Assert.Equal((32, 32), Numbers(table.Then(All(16)).Then(other)));
        Assert.Equal((16, 8), Numbers(other.Then(All(16)).Then(Only(8, 8))));

        static (int, int) Numbers(ResolutionChange<int> change)
        {
            GrowthScheduleOptions options = new GrowthScheduleOptions { MinibatchBase = 2, Minibatch = new Dictionary<int, int>() }.With(new TrainingChange { Minibatch = change });
            return (options.MinibatchBase, options.Minibatch.GetValueOrDefault(8, options.MinibatchBase));
        }
    }

    [Fact]
    public void What_a_start_names_is_the_last_change()
    {
        TrainingChange change = new() { Minibatch = new(32, new Dictionary<int, int> { [8] = 4, [16] = 2 }), GLearningRate = All(.1), Mirror = true, TickKimg = All(1.0) };
        GrowthScheduleOptions start = new() { MinibatchBase = 64, Minibatch = new Dictionary<int, int> { [16] = 128, [32] = 256 } };

        TrainingChange left = change.Before(new HashSet<string> { "minibatch.16", "mirror", "g_learning", "tick_kimg" }, start);

        Assert.Equal(new(32, new Dictionary<int, int> { [8] = 4, [16] = 128 }), left.Minibatch);
        Assert.Null(left.Mirror);
        Assert.Null(left.TickKimg);
        Assert.Equal(change.GLearningRate, left.GLearningRate);
    }

    [Fact]
    public void A_change_holds_from_the_next_step_on()
    {
        using ProgressiveTrainer trainer = ProgressiveTrainerTests.NewTrainer();
        ProgressiveTrainerTests.Step(trainer);

        Assert.True(trainer.TryChange(new TrainingChange { GLearningRate = All(.25), DLearningRate = Only(4, .5), Minibatch = Only(4, 4), TickKimg = All(2.0) }, out string? refusal), refusal);
        StepMetrics step = ProgressiveTrainerTests.Step(trainer);

        Assert.Equal((.25, .5, 4), (step.GeneratorLearningRate, step.DiscriminatorLearningRate, step.Minibatch));
        Assert.Equal(2, trainer.Point.TickKimg);
    }

    [Theory]
    [InlineData(0, .1, "minibatch")]
    [InlineData(6, .1, "stddev group")]
    [InlineData(1 << 23, .1, "MiB of pixels")]
    [InlineData(4, 1.5, "learning rate")]
    [InlineData(4, double.NaN, "learning rate")]
    public void One_bad_number_refuses_the_whole_change(int minibatch, double rate, string reason)
    {
        using ProgressiveTrainer trainer = ProgressiveTrainerTests.NewTrainer();
        (SchedulePoint before, TrainingChange changes) = (trainer.Point, trainer.Changes);

        Assert.False(trainer.TryChange(new TrainingChange { Minibatch = All(minibatch), GLearningRate = All(rate), TickKimg = All(1.0) }, out string? refusal));

        Assert.Contains(reason, refusal, StringComparison.Ordinal);
        Assert.Equal((before, changes), (trainer.Point, trainer.Changes));
    }

    [Fact]
    public void A_minibatch_raised_by_hand_is_computed_in_parts_of_the_size_before()
    {
        using ProgressiveTrainer trainer = ProgressiveTrainerTests.NewTrainer();
        Assert.True(trainer.TryChange(new TrainingChange { Minibatch = All(24) }, out string? refusal), refusal);

        StepMetrics step = ProgressiveTrainerTests.Step(trainer);

        Assert.Equal((24, 8), (step.Minibatch, step.MicroBatch));
        Assert.Contains("raised by hand", step.MicroBatchReduced, StringComparison.Ordinal);
    }

    [Fact]
    public void A_resumed_training_keeps_what_was_changed_to_the_byte()
    {
        using ProgressiveTrainer steered = ProgressiveTrainerTests.NewTrainer();
        for (int i = 0; i < 13; i++) // into the first fade
            ProgressiveTrainerTests.Step(steered);
        Assert.True(steered.TryChange(new TrainingChange { FadeKimg = All(.2), TrainKimg = All(.04), DLearningRate = All(.01), Mirror = false }, out string? refusal), refusal);
        ProgressiveTrainerTests.Step(steered);

        using TempFolder folder = new();
        CheckpointFile.Write(folder["a"], steered.Capture(7, "digest"));
        using ProgressiveTrainer resumed = ProgressiveTrainerTests.NewTrainer();
        resumed.Restore(CheckpointFile.Read(folder["a"]));
        Assert.Equal(steered.Progress, resumed.Progress);
        Assert.Equal(steered.Schedule.Phases, resumed.Schedule.Phases);
        Assert.False(resumed.Changes.Mirror);
        for (int i = 0; i < 25; i++)
        {
            ProgressiveTrainerTests.Step(steered);
            ProgressiveTrainerTests.Step(resumed);
        }
        ProgressiveTrainerTests.AssertSame(steered.Capture(7, "digest"), resumed.Capture(7, "digest"));
    }

    [Fact]
    public void A_minibatch_that_was_lowered_comes_back_as_a_whole()
    {
        using ProgressiveTrainer trainer = ProgressiveTrainerTests.NewTrainer();
        int minibatch = trainer.Point.Minibatch;
        Assert.True(trainer.TryChange(new TrainingChange { Minibatch = All(4) }, out string? refusal), refusal);
        Assert.True(trainer.TryChange(new TrainingChange { Minibatch = All(minibatch) }, out refusal), refusal);

        StepMetrics step = ProgressiveTrainerTests.Step(trainer);

        Assert.Equal((minibatch, minibatch, null), (step.Minibatch, step.MicroBatch, step.MicroBatchReduced));
    }

    [Fact]
    public void Where_the_options_name_the_size_of_parts_a_raised_minibatch_has_parts_of_that_size()
    {
        TrainerOptions options = ProgressiveTrainerTests.Options() with { MicroBatch = new Dictionary<int, int> { [4] = 12 } };
        using ProgressiveTrainer trainer = new(options, null);
        Assert.True(trainer.TryChange(new TrainingChange { Minibatch = All(24) }, out string? refusal), refusal);

        Assert.Equal(12, ProgressiveTrainerTests.Step(trainer).MicroBatch);
    }

    [Theory]
    [InlineData(1e-9)]
    [InlineData(double.PositiveInfinity)]
    public void A_tick_that_is_no_length_is_refused(double kimg)
    {
        using ProgressiveTrainer trainer = ProgressiveTrainerTests.NewTrainer();
        Assert.False(trainer.TryChange(new TrainingChange { TickKimg = All(kimg) }, out string? refusal));
        Assert.Contains("tick kimg", refusal, StringComparison.Ordinal);
    }
}
