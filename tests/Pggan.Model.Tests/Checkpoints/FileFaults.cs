namespace Pggan.Model.Tests;

/// <summary>Makes the N-th file operation under a folder fail while it lives, and those after it too if told so, and counts them.</summary>
internal sealed class FileFaults : IDisposable
{
    public const string Reason = "No space left on device";

    private readonly string _folder;
    private readonly int _failing;
    private readonly bool _lasts;
    private int _count;

    public FileFaults(string folder, int failing, bool lasts)
    {
        (_folder, _failing, _lasts) = (folder, failing, lasts);
        Durable.Before += OnStep;
    }

    /// <summary>Operations so far.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>What failed, once it did.</summary>
    public FileStep? Failed { get; private set; }

    public void Dispose() => Durable.Before -= OnStep;

    private void OnStep(FileStep step, string path)
    {
        if (!path.StartsWith(_folder, StringComparison.Ordinal))
            return;
        int count = Interlocked.Increment(ref _count);
        if (count != _failing && !(_lasts && count > _failing))
            return;
        Failed ??= step;
        throw new IOException(Reason);
    }
}
