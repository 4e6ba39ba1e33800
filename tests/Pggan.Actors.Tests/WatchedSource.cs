using Pggan.Pipeline;

namespace Pggan.Actors.Tests;

/// <summary>Counts what is read of a source, and may fail as told, or read no further than so many images until it is cancelled.</summary>
internal sealed class WatchedSource(IImageSource inner, Func<int, int, Exception?>? fail = null, int reach = int.MaxValue) : IImageSource
{
    private int _reads;

    public int Reads => Volatile.Read(ref _reads);

    public string Description => inner.Description;

    public int Count => inner.Count;

    public IReadOnlyList<string> ClassNames => inner.ClassNames;

    public int LabelSize => inner.LabelSize;

    public string Digest => inner.Digest;

    public string NameOf(int index) => inner.NameOf(index);

    public void CopyLabel(int index, Span<float> label) => inner.CopyLabel(index, label);

    /// <summary>Fails when told so for this read (from 1) of this index.</summary>
    public async ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken)
    {
        var read = Interlocked.Increment(ref _reads);
        if (fail?.Invoke(read, index) is { } fault)
            throw fault;
        if (read > reach)
            await Task.Delay(Timeout.Infinite, cancellationToken);
        return await inner.ReadAsync(index, cancellationToken);
    }

    public void Dispose() => inner.Dispose();
}
