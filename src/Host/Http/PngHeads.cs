using System.Collections.Concurrent;

namespace Pggan.Host;

/// <summary>Heads of pictures, each read once as long as it does not change. Thread-safe.</summary>
internal sealed class PngHeads
{
    /// <summary>More than the pictures of the longest runs; then it begins anew.</summary>
    private const int MostKept = 20_000;

    private readonly ConcurrentDictionary<(string Path, long Length, DateTime Written), PngHead?> _heads = new();

    /// <summary>The head of a picture of a run, or null where it is none.</summary>
    public PngHead? Of(string run, string name)
    {
        if (RunFile.Find(run, name) is not { } file)
            return null;
        if (_heads.Count >= MostKept)
            _heads.Clear();
        return _heads.GetOrAdd((file.FullName, file.Length, file.LastWriteTimeUtc), _ => Read(run, name));
    }

    private static PngHead? Read(string run, string name)
    {
        try
        {
            using FileStream? file = RunFile.Open(run, name);
            return file is null ? null : PngHead.Read(file);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
