namespace Pggan.Pipeline;

/// <summary>What is in a dataset.</summary>
/// <param name="Description">Kind and place.</param>
/// <param name="Count">Candidate images.</param>
/// <param name="Examined">How many of them were read for this report.</param>
/// <param name="Usable">How many of those can be used.</param>
/// <param name="Sizes">How many of the usable have each size, the most frequent first.</param>
/// <param name="Grey">How many of the usable are grey.</param>
/// <param name="ClassNames">Empty when unlabelled.</param>
/// <param name="ClassCounts">Images of each class, by the largest element of their label; as long as <paramref name="ClassNames"/>.</param>
/// <param name="Refused">The images that cannot be used, with reasons.</param>
/// <param name="Digest">Identity of the dataset.</param>
public sealed record DatasetReport(
    string Description,
    int Count,
    int Examined,
    int Usable,
    IReadOnlyList<SizeCount> Sizes,
    int Grey,
    IReadOnlyList<string> ClassNames,
    IReadOnlyList<int> ClassCounts,
    IReadOnlyList<SkippedImage> Refused,
    string Digest)
{
    /// <summary>How many of the usable have transparent pixels, kept or laid on a background.</summary>
    public int Transparent { get; init; }
}
