namespace Pggan.Model.Tests;

/// <summary>Makes the N-th file operation under a folder fail while it lives, and counts them.</summary>
internal sealed class FileFaults : IDisposable
{
    private readonly string _folder;
    private readonly int _failing;
    private readonly string _reason;
    private int _count;

    public FileFaults(string folder, int failing, string reason)
    {
        (_folder, _failing, _reason) = (folder, failing, reason);
        Durable.Before += OnStep;
    }

    /// <summary>Operations so far.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>What failed, once it did.</summary>
    public FileStep? Failed { get; private set; }

    public void Dispose() => Durable.Before -= OnStep;

    private void OnStep(FileStep step, string path)
    {
        if (!path.StartsWith(_folder, StringComparison.Ordinal) || Interlocked.Increment(ref _count) != _failing)
            return;
        Failed = step;
        throw new IOException(_reason);
    }
}
