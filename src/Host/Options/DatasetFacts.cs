namespace Pggan.Host;

/// <summary>What a preset needs to know of a dataset.</summary>
/// <param name="Count">Images.</param>
/// <param name="Resolution">Largest power of two, in pixels, that nearly all images reach with both sides.</param>
/// <param name="Channels">1 when all are grey, else 3.</param>
/// <param name="MirrorIsSafe">Known to look as natural when flipped left to right.</param>
internal sealed record DatasetFacts(int Count, int Resolution, int Channels, bool MirrorIsSafe);
