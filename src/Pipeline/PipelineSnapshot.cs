namespace Pggan.Pipeline;

/// <summary>The pipeline in numbers, for a status.</summary>
/// <param name="Stages">By name.</param>
/// <param name="SkippedImages">Bad images met so far.</param>
/// <param name="CachedImages">Images kept decoded in memory.</param>
/// <param name="CachedBytes">Their bytes.</param>
/// <param name="Queues">The channels between the stages, in the order in which images pass them.</param>
public sealed record PipelineSnapshot(
    IReadOnlyList<StageSnapshot> Stages, int SkippedImages, int CachedImages, long CachedBytes, IReadOnlyList<QueueSnapshot> Queues)
{
    /// <summary>Images that are in the store; 0 where there is none.</summary>
    public int StoredImages { get; init; }

    /// <summary>Images that were taken from it: these were neither read from the source nor decoded.</summary>
    public long StoreReads { get; init; }
}
