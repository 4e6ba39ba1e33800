namespace Pggan.Host.Tests;

public sealed class RunDirectoryTests : IDisposable
{
    private const int LongestPath = 4095;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Runs_are_numbered_on_from_the_highest()
    {
        Assert.Equal("00000-a", Path.GetFileName(Create("a")));
        Assert.Equal("00001-b", Path.GetFileName(Create("b")));
        Directory.CreateDirectory(_folder["00041-c"]);
        Directory.CreateDirectory(_folder["notes"]);
        Assert.Equal("00042-a", Path.GetFileName(Create("a")));
    }

    [Fact]
    public void Runs_started_at_once_get_folders_of_their_own()
    {
        string[] runs = new string[16];
        Parallel.For(0, runs.Length, i => runs[i] = Create("same"));
        Assert.Equal(runs.Length, runs.Distinct().Count());
    }

    [Fact]
    public void What_a_dead_writer_left_is_no_checkpoint()
    {
        string run = Create("a");
        Assert.Null(RunDirectory.NewestCheckpoint(run));
        foreach (string name in new[] { ".tmp-000001-7-0123abcd", "000002" })
            Directory.CreateDirectory(Path.Combine(run, RunDirectory.CheckpointFolder, name));
        Assert.Null(RunDirectory.NewestCheckpoint(run));
    }

    [Fact]
    public void A_name_that_no_run_has_is_answered_with_the_nearest_or_the_newest()
    {
        Assert.Equal(" There is none at all; 'pggan train' begins one.", RunDirectory.Hint(_folder.Path, "7"));
        string first = Create("portraits");
        Assert.Equal(" There is 00000-portraits.", RunDirectory.Hint(_folder.Path, "7"));
        Assert.Equal(" Did you mean '00000-portraits'?", RunDirectory.Hint(_folder.Path, "00000-portrait"));
        for (int i = 0; i < 6; i++)
            Create("a");
        Assert.Equal(" There are 00006-a, 00005-a, 00004-a, 00003-a, 00002-a and 2 more.", RunDirectory.Hint(_folder.Path, "17"));
        Assert.Equal((first, first, null), (RunDirectory.Known(_folder.Path, "0"), RunDirectory.Known(_folder.Path, "00000-portraits"), RunDirectory.Known(_folder.Path, "7")));
    }

    [Fact]
    public void A_run_has_a_checkpoint_when_one_is_there()
    {
        string run = Create("a");
        Assert.False(RunDirectory.HasCheckpoints(run));
        Directory.CreateDirectory(Path.Combine(run, RunDirectory.CheckpointFolder, ".tmp-000001-7-0123abcd"));
        Assert.False(RunDirectory.HasCheckpoints(run));
        Directory.CreateDirectory(Path.Combine(run, RunDirectory.CheckpointFolder, "000001"));
        Assert.True(RunDirectory.HasCheckpoints(run));
    }

    [Fact]
    public void Resume_finds_the_newest_a_number_a_name_and_a_path()
    {
        string first = Create("a"), second = Create("b");
        Directory.CreateDirectory(_folder["00009-empty"]);
        Assert.Equal(second, RunDirectory.Find(_folder.Path, null));
        Assert.Equal(first, RunDirectory.Find(_folder.Path, "0"));
        Assert.Equal(first, RunDirectory.Find(_folder.Path, "00000-a"));
        Assert.Equal(second, RunDirectory.Find("elsewhere", second + "/"));
        Assert.Contains("Did you mean '00001-b'", Assert.Throws<UserException>(() => RunDirectory.Find(_folder.Path, "0001-b")).Message, StringComparison.Ordinal);
        Assert.Throws<UserException>(() => RunDirectory.Find(_folder["none"], null));
    }

    [Fact]
    public void A_run_that_can_not_be_begun_leaves_nothing()
    {
        // The path of the lock is as long as paths may be, that of the options is longer.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "counts on 4095 bytes");
        string runs = _folder.Path, below = new('x', 100);
        while (runs.Length + 1 + below.Length < LongestPath - 150)
            runs = Path.Combine(runs, below);
        Directory.CreateDirectory(runs);
        string name = new('n', LongestPath - $"{runs}/00000-/lock".Length);
        UserException refusal = Assert.Throws<UserException>(() => RunDirectory.Create(runs, name, "{}"));
        Assert.Contains("No run can be made", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(runs));
    }

    /// <summary>A run that nobody trains.</summary>
    private string Create(string name)
    {
        using RunLock held = RunDirectory.Create(_folder.Path, name, "{}");
        return held.Run;
    }
}
