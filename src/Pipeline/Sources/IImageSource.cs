namespace Pggan.Pipeline;

/// <summary>A dataset with random access, because the order of a run is a seeded permutation. Reading is thread-safe.</summary>
public interface IImageSource : IDisposable
{
    /// <summary>Kind and place, for people: "folder /data/cats".</summary>
    string Description { get; }

    /// <summary>Candidate images, usable or not.</summary>
    int Count { get; }

    /// <summary>Names of the label's elements; empty when unlabelled.</summary>
    IReadOnlyList<string> ClassNames { get; }

    /// <summary>Elements of a label; 0 when unlabelled.</summary>
    int LabelSize { get; }

    /// <summary>A cheap, stable identity from names, sizes and labels: SHA-256 in lower-case hex.</summary>
    string Digest { get; }

    /// <summary>What changes when images are written anew under the same names and with the same sizes, as far as that can be told cheaply.</summary>
    string Stamp => "";

    /// <summary>Whether reading an image means decoding it: then it is worth being kept decoded.</summary>
    bool IsEncoded => true;

    /// <summary>The name of an image, for messages.</summary>
    string NameOf(int index);

    /// <summary>Writes the label of an image: one-hot, soft, or its attributes as 0 and 1.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <param name="label"><see cref="LabelSize"/> elements.</param>
    void CopyLabel(int index, Span<float> label);

    /// <summary>Reads an image at its own size; the caller disposes it.</summary>
    /// <exception cref="BadImageException">This image cannot be used.</exception>
    /// <exception cref="SourceGoneException">The source itself fails, and reading again later may succeed.</exception>
    /// <exception cref="IOException">This image or the source itself cannot be read: reading others tells which.</exception>
    ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken);

    /// <summary>The file of an image as it is, for a look at one that cannot be used; null where images are no files.</summary>
    /// <exception cref="BadImageException">It has too many bytes, or they cannot be unpacked.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    byte[]? ReadFile(int index) => null;

    /// <summary>The store that has its images as a pipeline with these options delivers them; null = none, they are decoded.</summary>
    internal PyramidStore? LevelsFor(PipelineOptions options) => null;

    /// <summary>The number that an image has in that store.</summary>
    internal int NumberInStore(int index) => index;
}
