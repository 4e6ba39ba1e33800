namespace Pggan.Pipeline;

/// <summary>What became of the images of a source, in order: told by a journal first, then by the work itself.</summary>
/// <param name="source">Of the images.</param>
/// <param name="dropDuplicates">An image with the pixels of an earlier one is not written.</param>
/// <param name="most">Images that are written at most: there is room for them from the beginning, for growing takes more.</param>
internal sealed class IngestTally(IImageSource source, bool dropDuplicates, int most)
{
    /// <summary>A source may say that it has any number of images.</summary>
    private const int MostRoom = 1 << 22;

    /// <summary>The first image with a hash. In two halves it takes 36 bytes an image, and as one number, which lies at multiples of 16, a half more.</summary>
    private readonly Dictionary<(ulong High, ulong Low), int> _firstOf = new(Math.Min(most, MostRoom));

    /// <summary>The images that are written, by their numbers in the source.</summary>
    public List<int> Written { get; } = new(Math.Min(most, MostRoom));

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

        var halves = ((ulong)(hash >> 64), (ulong)hash);
        if (!_firstOf.TryAdd(halves, entry.Image))
        {
            Duplicates.Add(new DuplicateImage(source.NameOf(entry.Image), source.NameOf(_firstOf[halves])));
            if (dropDuplicates)
                return false;
        }

        Written.Add(entry.Image);
        return true;
    }
}
