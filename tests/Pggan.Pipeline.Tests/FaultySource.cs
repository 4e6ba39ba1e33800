using System.Collections.Concurrent;

namespace Pggan.Pipeline.Tests;

/// <summary>A source that fails on command: <paramref name="read"/> and <paramref name="label"/> get the index and the number of the attempt.</summary>
internal sealed class FaultySource(IImageSource inner, Func<int, int, Exception?>? read = null, Func<int, int, Exception?>? label = null) : IImageSource
{
    private readonly ConcurrentDictionary<int, int> _reads = new();
    private readonly ConcurrentDictionary<int, int> _labels = new();

    public string Description => "faulty " + inner.Description;

    public int Count => inner.Count;

    public IReadOnlyList<string> ClassNames => inner.ClassNames;

    public int LabelSize => inner.LabelSize;

    public string Digest => inner.Digest;

    public int Reads => _reads.Values.Sum();

    public int ReadsOf(int index) => _reads.GetValueOrDefault(index);

    public string NameOf(int index) => inner.NameOf(index);

    public void CopyLabel(int index, Span<float> target)
    {
        if (label?.Invoke(index, _labels.AddOrUpdate(index, 1, (_, n) => n + 1)) is { } error)
            throw error;
        inner.CopyLabel(index, target);
    }

    public ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken)
    {
        var attempt = _reads.AddOrUpdate(index, 1, (_, n) => n + 1);
        return read?.Invoke(index, attempt) is { } error
            ? ValueTask.FromException<PixelBuffer>(error)
            : inner.ReadAsync(index, cancellationToken);
    }

    public void Dispose() => inner.Dispose();
}
