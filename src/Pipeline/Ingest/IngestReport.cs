namespace Pggan.Pipeline;

/// <summary>What an ingest did.</summary>
/// <param name="Path">The new dataset.</param>
/// <param name="Images">Images in it.</param>
/// <param name="Seen">Images of the source that were looked at.</param>
/// <param name="Resumed">How many of these an earlier ingest had looked at.</param>
/// <param name="ClassNames">Names of the labels' elements; empty when unlabelled.</param>
/// <param name="ClassCounts">Images of each class; of labels that are no classes, those above one half in this element.</param>
/// <param name="Duplicates">Images with the pixels of an earlier one, written or left out.</param>
/// <param name="Refused">Images that could not be used, with reasons.</param>
public sealed record IngestReport(
    string Path,
    int Images,
    int Seen,
    int Resumed,
    IReadOnlyList<string> ClassNames,
    IReadOnlyList<int> ClassCounts,
    IReadOnlyList<DuplicateImage> Duplicates,
    IReadOnlyList<SkippedImage> Refused);
