namespace Pggan.Pipeline;

/// <summary>
/// Writes images into a new dataset, one after the other. It is opened on what an earlier writer left, told how many images of that count, and goes on
/// behind them: after so many calls the files have the same bytes, however often it was begun anew.
/// </summary>
internal interface IDatasetWriter : IDisposable
{
    /// <summary>What an image becomes in the files. Called by many threads at once.</summary>
    /// <param name="image">Of the dataset's size and channels; not disposed here.</param>
    byte[] Encode(PixelBuffer image);

    /// <summary>Appends the next image.</summary>
    void Append(byte[] encoded);

    /// <summary>What was appended is on the disk when this returns.</summary>
    void Flush();

    /// <summary>Writes what comes behind all images, and flushes.</summary>
    /// <param name="labels">Of the source's images.</param>
    /// <param name="images">Which of these were appended, in order.</param>
    void Finish(IngestLabels labels, IReadOnlyList<int> images);
}
