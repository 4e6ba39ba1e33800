namespace Pggan.Pipeline;

/// <summary>The pipeline in numbers, for a status.</summary>
/// <param name="Stages">By name.</param>
/// <param name="SkippedImages">Bad images met so far.</param>
/// <param name="CachedImages">Images kept decoded in memory.</param>
/// <param name="CachedBytes">Their bytes.</param>
/// <param name="StoredImages">Images that are in the store; 0 where there is none.</param>
/// <param name="StoreReads">Images that were taken from it: these were neither read from the source nor decoded.</param>
/// <param name="Queues">The channels between the stages, in the order in which images pass them.</param>
public sealed record PipelineSnapshot(
    IReadOnlyList<StageSnapshot> Stages, int SkippedImages, int CachedImages, long CachedBytes, int StoredImages, long StoreReads, IReadOnlyList<QueueSnapshot> Queues);
