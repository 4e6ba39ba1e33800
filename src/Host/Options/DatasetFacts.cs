using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>What a preset needs to know of a dataset.</summary>
/// <param name="Count">Images.</param>
/// <param name="Resolution">Largest power of two that nearly all images reach with both sides, which at that resolution are those of <see cref="Base"/>.</param>
/// <param name="Channels">1 when all are grey, else 3.</param>
/// <param name="MirrorIsSafe">Known to look as natural when flipped left to right.</param>
internal sealed record DatasetFacts(int Count, int Resolution, int Channels, bool MirrorIsSafe)
{
    /// <summary>What images are brought to.</summary>
    public BaseSize Base { get; init; } = BaseSize.Square;

    /// <summary>The base with which nearly all images are taken whole; null = their proportions differ, or are those of no base.</summary>
    public BaseSize? Proportions { get; init; }

    /// <summary>How many of the images seen have transparent pixels, as in "3 of 64"; null = none.</summary>
    public string? Transparency { get; init; }
}
