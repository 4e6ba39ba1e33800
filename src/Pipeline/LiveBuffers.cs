namespace Pggan.Pipeline;

/// <summary>Counts pixel buffers, pyramids and batches that were made and not disposed, so that tests can prove that none is lost.</summary>
internal static class LiveBuffers
{
    private static int _count;

    public static int Count => Volatile.Read(ref _count);

    public static void Opened() => Interlocked.Increment(ref _count);

    public static void Closed() => Interlocked.Decrement(ref _count);
}
