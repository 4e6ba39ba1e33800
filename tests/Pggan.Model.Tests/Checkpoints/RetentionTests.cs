namespace Pggan.Model.Tests;

public sealed class RetentionTests
{
    [Fact]
    public void The_last_ones_one_per_resolution_and_the_best_stay()
    {
        using TempFolder temp = new();
        CheckpointDirectory directory = new(temp.Path);
        foreach ((int kimg, int resolution) in new[] { (1, 4), (2, 4), (3, 4), (4, 8), (5, 8), (6, 8), (7, 8), (8, 8) })
            directory.Save(At(kimg * 1000, resolution));
        Dictionary<long, double> scores = new() { [2000] = 9, [5000] = 3, [6000] = 4, [99_000] = 1 };

        directory.Prune(new Retention(2, OnePerResolution: true, scores));
        Assert.Equal(["000003", "000005", "000007", "000008"], Names(temp));

        directory.Prune(new Retention(2, OnePerResolution: false, new Dictionary<long, double>()));
        Assert.Equal(["000007", "000008"], Names(temp));
    }

    [Fact]
    public void The_newest_whole_one_stays_whatever_else_is_kept()
    {
        using TempFolder temp = new();
        CheckpointDirectory directory = new(temp.Path);
        directory.Save(At(1000, 4));
        directory.Save(At(2000, 4));
        foreach (int kimg in new[] { 3, 4 })
            File.WriteAllBytes(Path.Combine(directory.Save(At(kimg * 1000, 4)), CheckpointFile.StateName), [1]);
        directory.Prune(new Retention(1, OnePerResolution: true, new Dictionary<long, double> { [1000] = 1 }));
        Assert.Equal(["000001", "000002", "000004"], Names(temp));
    }

    [Fact]
    public void After_a_divergence_what_was_saved_in_it_goes_and_the_newest_sound_one_is_taken()
    {
        using TempFolder temp = new();
        CheckpointDirectory directory = new(temp.Path);
        directory.Save(At(1000, 4));
        directory.Save(At(2000, 4));
        Checkpoint unsound = At(3000, 4);
        directory.Save(unsound with { State = unsound.State with { ExplodedInARow = 1 } });
        directory.Save(unsound with { State = unsound.State with { DiscriminatorSkippedInARow = 7, Progress = unsound.State.Progress with { Images = 4000 } } });

        SampleCheckpoint.AssertSame(At(2000, 4), directory.RollBack((folder, reason) => Assert.Fail(reason)));
        Assert.Equal(["000001", "000002"], Names(temp));
    }

    [Fact]
    public void Without_a_sound_one_there_is_nothing_to_go_back_to()
    {
        using TempFolder temp = new();
        CheckpointDirectory directory = new(temp.Path);
        Checkpoint unsound = At(1000, 4);
        directory.Save(unsound with { State = unsound.State with { CollapsedInARow = 1 } });
        Assert.Null(directory.RollBack((folder, reason) => Assert.Fail(reason)));
        Assert.NotNull(directory.Newest((folder, reason) => Assert.Fail(reason)));
    }

    [Fact]
    public void A_rollback_deletes_nothing_when_the_sound_ones_are_damaged_nor_what_is_older_than_its_aim()
    {
        using TempFolder temp = new();
        CheckpointDirectory directory = new(temp.Path);
        directory.Save(Unsound(1000));
        string sound = directory.Save(At(2000, 4));
        directory.Save(Unsound(3000));
        string state = Path.Combine(sound, CheckpointFile.StateName);
        byte[] whole = File.ReadAllBytes(state);

        File.WriteAllBytes(state, [1]);
        Assert.Null(directory.RollBack((folder, reason) => Assert.Equal(sound, folder)));
        Assert.Equal(["000001", "000002", "000003"], Names(temp));

        File.WriteAllBytes(state, whole);
        SampleCheckpoint.AssertSame(At(2000, 4), directory.RollBack((folder, reason) => Assert.Fail(reason)));
        Assert.Equal(["000001", "000002"], Names(temp));
    }

    [Fact]
    public void The_newest_sound_one_stays_however_many_unsound_ones_follow()
    {
        using TempFolder temp = new();
        CheckpointDirectory directory = new(temp.Path);
        directory.Save(At(1000, 4));
        directory.Save(At(2000, 4));
        for (int kimg = 3; kimg <= 6; kimg++)
            directory.Save(Unsound(kimg * 1000));
        directory.Prune(new Retention(1, OnePerResolution: false, new Dictionary<long, double>()));
        Assert.Equal("000002", Names(temp).First());
        Assert.Equal("000006", Names(temp).Last());
    }

    private static Checkpoint Unsound(long images)
    {
        Checkpoint checkpoint = At(images, 4);
        return checkpoint with { State = checkpoint.State with { ExplodedInARow = 1 } };
    }

    private static Checkpoint At(long images, int resolution)
    {
        Checkpoint checkpoint = SampleCheckpoint.At(images);
        return checkpoint with { State = checkpoint.State with { Stage = GrowthStage.Grown(resolution) } };
    }

    private static IEnumerable<string> Names(TempFolder temp) => Directory.GetDirectories(temp.Path).Select(f => Path.GetFileName(f)).Order();
}
