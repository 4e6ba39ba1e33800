namespace Pggan.Host.Tests;

/// <summary>
/// Whatever a user types or feeds in: the right exit code, a message of one or two lines that says what is wrong, where, and how to mend it,
/// and nothing made or changed anywhere.
/// </summary>
public sealed class BadInputTests
{
    /// <summary>A guard against hanging; an answer takes a fraction of a second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly Dictionary<string, BadInput> All = BadOptions.All
        .Concat(BadConfigurations.All).Concat(BadDatasets.All).Concat(BadZips.All).Concat(BadRecords.All)
        .Concat(BadNetworks.All).Concat(BadSampleInputs.All).Concat(BadInvertInputs.All).Concat(BadClientInputs.All).Concat(BadEvaluateInputs.All).Concat(BadIngestInputs.All)
        .ToDictionary(b => b.Name);

    public static TheoryData<string> Names => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_bad_input_is_answered_in_words_and_touches_nothing(string name)
    {
        BadInput bad = All[name];
        using InputFolder folder = new();
        string[] typed = bad.Type(folder);
        SortedDictionary<string, string> before = folder.Snapshot();
        string[] around = Around();

        (int exit, string output, string error) = await Task.Run(() => CommandLine.RunAsync(typed), TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);

        string said = exit == ExitCodes.Done ? output : error;
        Assert.True(bad.Exit == exit, $"exit code {exit}, not {bad.Exit}: {error}");
        Assert.All(bad.Says, words => Assert.Contains(words, said, StringComparison.Ordinal));
        if (exit != ExitCodes.Done && error.Length > 0)
            Assert.InRange(error.TrimEnd('\n').Split('\n').Length, 1, 2);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.DoesNotContain(error, c => char.IsControl(c) && c != '\n');
        Assert.Equal(before, folder.Snapshot());
        Assert.Equal(around, Around());
    }

    [Fact]
    public void There_are_enough_bad_inputs() => Assert.True(All.Count >= 60);

    /// <summary>Where a relative path would lead to.</summary>
    private static string[] Around() => [.. Directory.EnumerateFileSystemEntries(Environment.CurrentDirectory).Order(StringComparer.Ordinal)];
}
