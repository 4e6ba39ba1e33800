using Pggan.Model;

namespace Pggan.Actors.Tests;

/// <summary>A training whose minibatches do not fit into memory whole.</summary>
public sealed class MicroBatchTests : TrainingTest
{
    [Fact]
    public void A_reduced_micro_batch_is_told_once_and_a_resumed_run_ends_in_the_same_bytes()
    {
        var byHand = Setup(NewFolder(), Options with { MicroBatch = new Dictionary<int, int> { [8] = 4 } });
        Assert.Empty(Reductions(byHand));

        var unbroken = NewSetup() with { TrainerFactory = Short };
        Assert.Equal([new MicroBatchReduced(8, Minibatch, 4, "memory is short")], Reductions(unbroken));
        Assert.Contains("micro_batch_reduced", File.ReadAllText(Path.Combine(unbroken.RunDirectory, "events.jsonl")), StringComparison.Ordinal);

        // The second process finds memory enough, but the run knows better.
        var stopped = NewSetup() with { TrainerFactory = Short, StopAtImages = 200 };
        Assert.Single(Reductions(stopped));
        Assert.Empty(Reductions(stopped with { TrainerFactory = () => new ProgressiveTrainer(Options, null), StopAtImages = null, Resume = true }));

        AssertSame(CheckpointAt(byHand.RunDirectory, TotalImages), CheckpointAt(unbroken.RunDirectory, TotalImages));
        AssertSame(CheckpointAt(unbroken.RunDirectory, TotalImages), CheckpointAt(stopped.RunDirectory, TotalImages));
    }

    private static ProgressiveTrainer Short()
    {
        var trainer = new ProgressiveTrainer(Options, labels: null);
        trainer.LimitMicroBatch(8, 4, "memory is short");
        return trainer;
    }

    private List<MicroBatchReduced> Reductions(TrainingSetup setup)
    {
        var (training, probe) = Start(setup);
        List<MicroBatchReduced> told = [];
        probe.FishForMessage(
            message =>
            {
                if (message is MicroBatchReduced reduced)
                    told.Add(reduced);
                return message is TrainingCompleted or TrainingStopped or TrainingFailed;
            },
            TimeSpan.FromSeconds(60),
            cancellationToken: Cancel);
        Stop(training);
        return told;
    }
}
