namespace Pggan.Host.Tests;

/// <summary>A training of a dozen steps, once for all tests that read what a real one leaves.</summary>
public sealed class SmallRun : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Folder of the runs.</summary>
    internal string Runs => _folder["runs"];

    /// <summary>The run.</summary>
    internal string Run => Path.Combine(Runs, "00000-images-16");

    public async ValueTask InitializeAsync()
    {
        var (exit, output, error) = await CommandLine.RunAsync(SignalledProcess.Tiny(await _folder.ImagesAsync(12, 16), Runs, "0.1"));
        Assert.True(exit == ExitCodes.Done, error + output);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>The tests that read it.</summary>
[CollectionDefinition(Name)]
public sealed class ReadersOfRuns : ICollectionFixture<SmallRun>
{
    public const string Name = "readers of runs";
}
