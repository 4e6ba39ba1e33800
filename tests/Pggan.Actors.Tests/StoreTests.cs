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
}
