namespace Pggan.Host.Tests;

/// <summary>Which runs can be asked about, and by which names.</summary>
public sealed class RunStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_is_found_by_the_name_of_its_folder_and_by_nothing_else()
    {
        string run = HandmadeRun.Make(_folder["runs"], "00003-faces-64");
        HandmadeRun.Make(_folder.Path, "00001-outside");
        HandmadeRun.Make(run, "00002-inside");
        Directory.CreateDirectory(Path.Combine(_folder["runs"], "00004-no-run"));
        RunStore runs = new(_folder["runs"], null, null);
        Assert.Equal(run, runs.Resolve("00003-faces-64"));
        string[] refused =
        [
            "", ".", "..", "/", "../00001-outside", "..\\00001-outside", "00003-faces-64/../../00001-outside", "00003-faces-64/", "./00003-faces-64",
            "00003-faces-64/00002-inside", "00003-faces-64\0", run, _folder["00001-outside"], "00004-no-run", "00003-FACES-64", "%2e%2e", "00003-faces-*",
        ];
        Assert.All(refused, name => Assert.Null(runs.Resolve(name)));
    }

    [Fact]
    public void A_link_out_of_the_folder_is_no_run()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights there");
        string outside = HandmadeRun.Make(_folder.Path, "00001-outside"), run = Path.Combine(_folder["runs"], "00005-half");
        Directory.CreateDirectory(run);
        Directory.CreateSymbolicLink(Path.Combine(_folder["runs"], "00004-link"), outside);
        File.CreateSymbolicLink(Path.Combine(run, RunDirectory.OptionsFile), Path.Combine(outside, RunDirectory.OptionsFile));
        RunStore runs = new(_folder["runs"], null, null);
        Assert.Null(runs.Resolve("00004-link"));
        Assert.Null(runs.Resolve("00005-half"));
        Assert.Empty(runs.List());
    }

    [Fact]
    public void Without_a_name_the_shown_run_is_meant_else_the_live_one_else_the_newest()
    {
        string[] made = [.. new[] { "00000-a", "00001-b", "00010-c" }.Select(name => HandmadeRun.Make(_folder["runs"], name))];
        Assert.Equal(made[2], new RunStore(_folder["runs"], null, null).Resolve(null));
        Assert.Equal(made[1], new RunStore(_folder["runs"], made[1], null).Resolve(null));
        Assert.Equal(made[0], new RunStore(_folder["runs"], made[1], made[0]).Resolve(null));
        Assert.Null(new RunStore(_folder["nowhere"], null, null).Resolve(null));
    }

    [Fact]
    public void A_live_run_outside_the_folder_is_one_of_the_runs()
    {
        string live = HandmadeRun.Make(_folder["elsewhere"], "00007-live");
        HandmadeRun.Make(_folder["runs"], "00000-a");
        RunStore runs = new(_folder["runs"], live, null);
        Assert.Equal(live, runs.Resolve("00007-live"));
        Assert.Equal([("00007-live", true), ("00000-a", false)], runs.List().Select(run => (run.Name, run.Live)));
    }

    [Fact]
    public void Runs_are_listed_newest_first_with_what_their_last_lines_say()
    {
        string runs = _folder["runs"];
        HandmadeRun.Make(runs, "00000-done", stats: HandmadeRun.Lines(300, i => HandmadeRun.Tick(i + 1)), events: HandmadeRun.Event("training_started") + HandmadeRun.Event("training_completed"));
        HandmadeRun.Make(runs, "00001-new");
        HandmadeRun.Make(runs, "00002-damaged", options: "{", stats: "\0\n{\"tick\":5}\n{\"tick\":", events: "\n\n[]\n");
        IReadOnlyList<RunSummary> listed = new RunStore(runs, Path.Combine(runs, "00001-new"), null).List();
        Assert.Equal(["00002-damaged", "00001-new", "00000-done"], listed.Select(run => run.Name));
        Assert.Equal(("completed", 0.3, 4.0, 1790000000.5, "fluent-portraits", 300.0), (listed[2].State, listed[2].Kimg, listed[2].Resolution, listed[2].Started, listed[2].Data, listed[2].Ticks));
        Assert.Equal(("training", true, null, 0.0), (listed[1].State, listed[1].Live, listed[1].Kimg, listed[1].Ticks));
        Assert.Equal(("interrupted", null, null, 5.0), (listed[0].State, listed[0].Kimg, listed[0].Data, listed[0].Ticks));
    }
}
