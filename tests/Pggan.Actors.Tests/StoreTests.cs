using Akka.Actor;
using Pggan.Pipeline;

namespace Pggan.Actors.Tests;

public sealed class StoreTests : TrainingTest
{
    [Fact]
    public void A_damaged_store_is_told_once_and_changes_nothing()
    {
        var setup = NewSetup();
        using var store = StoreFolder.Open(NewFolder(), setup.Source, setup.Pipeline, Assert.Fail);
        using (var file = File.OpenHandle(store.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            for (var index = 0; index < store.Count; index += 5)
                RandomAccess.Write(file, [1, 2, 3, 4], store.Layout.EntryOffset(index)); // entries without records
        }

        Assert.IsType<TrainingCompleted>(Run(setup with { Source = new StoredSource(setup.Source, store) }));
        AssertSame(Undisturbed(), CheckpointAt(setup.RunDirectory, TotalImages));
        var told = Lines(Path.Combine(setup.RunDirectory, "events.jsonl")).Single(line => (string?)line["event"] == "store_degraded");
        Assert.Contains("is damaged", (string?)told["reason"], StringComparison.Ordinal);
        Assert.Equal(store.Count, store.Images);
    }

    [Fact]
    public void What_the_sampler_finds_before_the_pipeline_starts_is_told_too_to_late_subscribers_as_well()
    {
        var setup = NewSetup();
        var first = new ImageOrder(setup.Source.Count, setup.Pipeline.Seed).IndexAt(0); // of the picture of reals
        using var store = StoreFolder.Open(NewFolder(), setup.Source, setup.Pipeline, Assert.Fail);
        using (var file = File.OpenHandle(store.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            RandomAccess.Write(file, [1, 2, 3, 4], store.Layout.EntryOffset(first));
        using ManualResetEventSlim subscribed = new();

        // The trainer is made when it has been found and told.
        var training = Sys.ActorOf(TrainingCoordinator.Props(setup with
        {
            Source = new StoredSource(setup.Source, store),
            TrainerFactory = () =>
            {
                subscribed.Wait(Cancel);
                return setup.TrainerFactory();
            },
        }), "training");
        AwaitCondition(() => Told().Count > 0, TimeSpan.FromSeconds(10), cancellationToken: Cancel);
        var probe = CreateTestProbe();
        training.Tell(new SubscribeToEvents(probe.Ref), ActorRefs.NoSender);
        subscribed.Set();
        Assert.Contains($"image {first} is damaged", Await<StoreDegraded>(probe).Reason, StringComparison.Ordinal);
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
        Stop(training);
        Assert.Single(Told());

        List<string> Told()
        {
            var path = Path.Combine(setup.RunDirectory, "events.jsonl");
            return File.Exists(path) ? [.. File.ReadAllLines(path).Where(line => line.Contains("store_degraded", StringComparison.Ordinal))] : [];
        }
    }
}
