namespace Pggan.Pipeline;

/// <summary>How full a channel is.</summary>
/// <param name="Name">"pixels" (readers to downsamplers), "pyramids" (downsamplers to the batcher), "batches" (batcher to the trainer).</param>
/// <param name="Count">Items waiting in it.</param>
/// <param name="Capacity">Most items that it holds.</param>
public sealed record QueueSnapshot(string Name, int Count, int Capacity);
