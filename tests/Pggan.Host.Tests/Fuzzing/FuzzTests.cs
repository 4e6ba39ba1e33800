namespace Pggan.Host.Tests;

/// <summary>No input crashes a parser, lets it hang, or makes it take more memory than its size justifies.</summary>
public sealed class FuzzTests
{
    /// <summary>In the long form; all parsers together take five minutes.</summary>
    private static readonly TimeSpan Campaigning = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan InPassing = TimeSpan.FromMilliseconds(700);

    private static readonly string Kept = Path.Combine(Path.GetTempPath(), "pggan-fuzz");

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task A_parser_survives_any_damage(string name)
    {
        using FuzzFolder folder = new();
        FuzzTarget target = FuzzTargets.All.Single(t => t.Name == name);
        FuzzRun run = new(target, folder.Path, Kept);
        int seed = Campaign.IsFull ? Environment.TickCount : 1;
        TimeSpan time = Campaign.IsFull ? Campaigning / FuzzTargets.All.Count : InPassing;
        await run.MutateAsync(seed, time, least: 100);
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {run.Cases} cases in {time.TotalSeconds:0.0} s, {run.Cases / time.TotalSeconds:0} a second, seed {seed}");
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task What_once_broke_a_parser_does_no_longer(string name)
    {
        using TemporaryFolder folder = new();
        FuzzTarget target = FuzzTargets.All.Single(t => t.Name == name);
        string corpus = Path.Combine(Repository.Root, "tests", "fuzz-corpus", name);
        string[] files = Directory.Exists(corpus) ? Directory.GetFiles(corpus) : [];
        byte[][] inputs = [.. target.Seeds, .. files.Select(File.ReadAllBytes)];
        FuzzRun run = new(target, folder.Path, Kept);
        await run.ReplayAsync(inputs);
        Assert.Equal(inputs.Length, run.Cases);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task The_seeds_of_a_parser_are_valid(string name)
    {
        FuzzTarget target = FuzzTargets.All.Single(t => t.Name == name);
        Assert.NotEmpty(target.Seeds);
        foreach (byte[] seed in target.Seeds)
        {
            using TemporaryFolder folder = new();
            await target.Parse(target.Repair?.Invoke(seed) ?? seed, folder.Path);
        }
    }

    [Fact]
    public async Task A_parser_that_breaks_its_promise_is_noticed()
    {
        using TemporaryFolder folder = new();
        FuzzTarget broken = new("broken", [[1]], (_, _) => throw new InvalidOperationException("unforeseen"), e => e is InvalidDataException);
        FuzzTarget greedy = broken with { Name = "greedy", Parse = (_, _) => Task.FromResult(new byte[65 << 20]) };
        FuzzTarget good = broken with { Name = "good", Parse = (_, _) => throw new InvalidDataException("foreseen") };
        Exception? thrown = await Record.ExceptionAsync(() => new FuzzRun(broken, folder.Path, folder.Path).ReplayAsync(broken.Seeds));
        Assert.Contains("ends with InvalidOperationException", thrown!.Message, StringComparison.Ordinal);
        Assert.Equal([1], await File.ReadAllBytesAsync(Directory.GetFiles(folder["broken"]).Single(), TestContext.Current.CancellationToken));
        thrown = await Record.ExceptionAsync(() => new FuzzRun(greedy, folder.Path, folder.Path).ReplayAsync(greedy.Seeds));
        Assert.Contains("bytes of memory for the 1 of", thrown!.Message, StringComparison.Ordinal);
        await new FuzzRun(good, folder.Path, folder.Path).ReplayAsync(good.Seeds);
    }

    [Fact]
    public void The_corpus_names_parsers_that_are_there()
    {
        string corpus = Path.Combine(Repository.Root, "tests", "fuzz-corpus");
        Assert.Subset(FuzzTargets.All.Select(t => t.Name).ToHashSet(), Directory.GetDirectories(corpus).Select(f => Path.GetFileName(f)).ToHashSet());
    }
}
