namespace Pggan.Pipeline;

/// <summary>What the trainer wants from now on.</summary>
/// <param name="Resolution">Of the images: their scale, which is the side of squares in pixels.</param>
/// <param name="Count">Images in a batch.</param>
/// <param name="Position">The place in the order where the first batch begins.</param>
/// <param name="Mirror">Flip images left to right with a chance of one half; null = as the pipeline's options say.</param>
/// <param name="Generation">Grows by one with every request; batches of older ones are stale.</param>
public sealed record BatchRequest(int Resolution, int Count, long Position, bool? Mirror, int Generation);
