namespace Pggan.Pipeline;

/// <summary>What became of the images of a source, in order: told by a journal first, then by the work itself.</summary>
internal sealed class IngestTally(IImageSource source, bool dropDuplicates)
{
    private readonly Dictionary<UInt128, int> _firstOf = [];

    /// <summary>The images that are written, by their numbers in the source.</summary>
    public List<int> Written { get; } = [];

    public List<SkippedImage> Refused { get; } = [];

    public List<DuplicateImage> Duplicates { get; } = [];

    /// <summary>Images that were looked at.</summary>
    public int Seen { get; private set; }

    /// <summary>Takes note of the next image; true when it belongs into the dataset.</summary>
    public bool Take(IngestJournal.Entry entry)
    {
        Seen++;
        if (entry.Hash is not { } hash)
        {
            Refused.Add(new SkippedImage(entry.Image, source.NameOf(entry.Image), entry.Refused ?? ""));
            return false;
        }

        if (!_firstOf.TryAdd(hash, entry.Image))
        {
            Duplicates.Add(new DuplicateImage(source.NameOf(entry.Image), source.NameOf(_firstOf[hash])));
            if (dropDuplicates)
                return false;
        }

        Written.Add(entry.Image);
        return true;
    }
}
