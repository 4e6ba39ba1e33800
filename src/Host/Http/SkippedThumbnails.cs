using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>
/// Thumbnails of images that the live run can't use, made one at a time beside the training: it may wait for one image at most, and is told of no
/// fault. Thread-safe.
/// </summary>
/// <param name="source">The dataset that is being trained on.</param>
internal sealed class SkippedThumbnails(IImageSource source)
{
    private const int Side = 64;
    private const int MostKept = 64;

    // Of the process, since what it bounds is memory.
    private static readonly SemaphoreSlim OneAtATime = new(1, 1);

    // Under the semaphore. A null is of an image of which nothing can be made.
    private readonly OrderedDictionary<int, byte[]?> _kept = [];

    /// <summary>A PNG, or null where none can be made.</summary>
    /// <param name="index">Of the image in the dataset.</param>
    /// <param name="cancellationToken">Whoever asked is gone.</param>
    public async Task<byte[]?> OfAsync(int index, CancellationToken cancellationToken)
    {
        if (index >= source.Count)
            return null;
        await OneAtATime.WaitAsync(cancellationToken);
        try
        {
            if (_kept.TryGetValue(index, out byte[]? png))
                return png;
            png = await Task.Run(() => MakeAsync(index, cancellationToken), cancellationToken);
            if (_kept.Count == MostKept)
                _kept.RemoveAt(0);
            _kept.Add(index, png);
            return png;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SourceGoneException or ObjectDisposedException)
        {
            // The source is away, or the training over: another time it may go well.
            return null;
        }
        finally
        {
            OneAtATime.Release();
        }
    }

    private async Task<byte[]?> MakeAsync(int index, CancellationToken cancellationToken)
    {
        try
        {
            if (source.ReadFile(index) is { } file)
                return Thumbnail.Of(file, Side, new DecodeOptions());
            using PixelBuffer pixels = await source.ReadAsync(index, cancellationToken);
            return Thumbnail.Of(pixels, Side);
        }
        catch (BadImageException)
        {
            return null;
        }
    }
}
