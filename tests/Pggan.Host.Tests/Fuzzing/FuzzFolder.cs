namespace Pggan.Host.Tests;

/// <summary>A folder that goes with the test; in memory where the system has such a place, since parsers of files are fed thousands of them a second.</summary>
internal sealed class FuzzFolder : IDisposable
{
    private const string InMemory = "/dev/shm";

    public string Path { get; } = Directory.Exists(InMemory)
        ? Directory.CreateDirectory(System.IO.Path.Combine(InMemory, $"pggan-fuzz-{Guid.NewGuid():N}")).FullName
        : Directory.CreateTempSubdirectory("pggan-fuzz-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
