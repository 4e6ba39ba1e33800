namespace Pggan.Host.Tests;

public sealed class RunDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Runs_are_numbered_on_from_the_highest()
    {
        Assert.Equal("00000-a", Path.GetFileName(RunDirectory.Create(_folder.Path, "a", "{}")));
        Assert.Equal("00001-b", Path.GetFileName(RunDirectory.Create(_folder.Path, "b", "{}")));
        Directory.CreateDirectory(_folder["00041-c"]);
        Directory.CreateDirectory(_folder["notes"]);
        Assert.Equal("00042-a", Path.GetFileName(RunDirectory.Create(_folder.Path, "a", "{}")));
    }

    [Fact]
    public void Runs_started_at_once_get_folders_of_their_own()
    {
        string[] runs = new string[16];
        Parallel.For(0, runs.Length, i => runs[i] = RunDirectory.Create(_folder.Path, "same", "{}"));
        Assert.Equal(runs.Length, runs.Distinct().Count());
    }

    [Fact]
    public void What_a_dead_writer_left_is_no_checkpoint()
    {
        string run = RunDirectory.Create(_folder.Path, "a", "{}");
        Assert.Null(RunDirectory.NewestCheckpoint(run));
        foreach (string name in new[] { ".tmp-000001-7-0123abcd", "000002" })
            Directory.CreateDirectory(Path.Combine(run, RunDirectory.CheckpointFolder, name));
        Assert.Null(RunDirectory.NewestCheckpoint(run));
    }

    [Fact]
    public void Resume_finds_the_newest_a_number_a_name_and_a_path()
    {
        string first = RunDirectory.Create(_folder.Path, "a", "{}"), second = RunDirectory.Create(_folder.Path, "b", "{}");
        Directory.CreateDirectory(_folder["00009-empty"]);
        Assert.Equal(second, RunDirectory.Find(_folder.Path, null));
        Assert.Equal(first, RunDirectory.Find(_folder.Path, "0"));
        Assert.Equal(first, RunDirectory.Find(_folder.Path, "00000-a"));
        Assert.Equal(second, RunDirectory.Find("elsewhere", second + "/"));
        Assert.Contains("Did you mean '00001-b'", Assert.Throws<UserException>(() => RunDirectory.Find(_folder.Path, "0001-b")).Message, StringComparison.Ordinal);
        Assert.Throws<UserException>(() => RunDirectory.Find(_folder["none"], null));
    }
}
