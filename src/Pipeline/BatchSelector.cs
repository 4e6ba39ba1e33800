namespace Pggan.Pipeline;

/// <summary>The one live knob of the pipeline: which level, how many images, from where, mirrored or not. Thread-safe.</summary>
public sealed class BatchSelector
{
    private BatchRequest _current;

    /// <summary>Begins with generation 0.</summary>
    public BatchSelector(int resolution, int count, long position)
    {
        Check(resolution, count, position);
        _current = new BatchRequest(resolution, count, position, null, 0);
    }

    /// <summary>The newest request.</summary>
    public BatchRequest Current => Volatile.Read(ref _current);

    /// <summary>Asks for other batches: what was assembled before is stale.</summary>
    /// <param name="resolution">The scale of the images: a power of two from 4.</param>
    /// <param name="count">Images in a batch.</param>
    /// <param name="position">Where the first of them begins: the place after the last batch that was trained on.</param>
    /// <param name="mirror">Flip images with a chance of one half; null = as the pipeline's options say.</param>
    public BatchRequest Want(int resolution, int count, long position, bool? mirror = null)
    {
        Check(resolution, count, position);
        while (true)
        {
            var current = Current;
            var wanted = new BatchRequest(resolution, count, position, mirror, current.Generation + 1);
            if (ReferenceEquals(Interlocked.CompareExchange(ref _current, wanted, current), current))
                return wanted;
        }
    }

    private static void Check(int resolution, int count, long position)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(resolution, ImagePyramid.SmallestResolution);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
    }
}
