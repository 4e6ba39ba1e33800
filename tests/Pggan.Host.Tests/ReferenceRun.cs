namespace Pggan.Host.Tests;

/// <summary>The tiny training, never disturbed, once for all tests that disturb it.</summary>
public sealed class ReferenceRun : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Its dataset.</summary>
    internal string Data { get; private set; } = "";

    /// <summary>What it has left.</summary>
    internal RunFiles Files { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Data = TinyTraining.WriteData(_folder.Path);
        using TrainingProcess training = TrainingProcess.Start(TinyTraining.Start(Data, _folder["runs"]));
        var (exit, error) = await training.EndAsync();
        Assert.True(exit == ExitCodes.Done, error + training.Output);
        Files = new RunFiles(TinyTraining.Find(_folder["runs"])!);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>The tests that compare with it.</summary>
[CollectionDefinition(Name)]
public sealed class DisturbedTrainings : ICollectionFixture<ReferenceRun>
{
    public const string Name = "disturbed trainings";
}
