namespace Pggan.Pipeline;

/// <summary>
/// A source with the store of its images: whoever reads it takes from there what is there, in the same bytes, and puts there what he decodes if the store
/// is open for writing. A pipeline that brings the images to another size or by another way decodes them.
/// </summary>
public sealed class StoredSource : IImageSource
{
    private readonly IImageSource _whole;

    /// <param name="whole">Not disposed here.</param>
    /// <param name="store">Of it; disposed with this.</param>
    /// <exception cref="ArgumentException">The store has another number of images.</exception>
    public StoredSource(IImageSource whole, PyramidStore store)
    {
        ArgumentNullException.ThrowIfNull(whole);
        ArgumentNullException.ThrowIfNull(store);
        if (store.Count != whole.Count)
            throw new ArgumentException($"{store.Path} is the store of other images");
        (_whole, Store) = (whole, store);
    }

    /// <summary>The images on disk at every level.</summary>
    public PyramidStore Store { get; }

    /// <inheritdoc/>
    public string Description => _whole.Description;

    /// <inheritdoc/>
    public int Count => _whole.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => _whole.ClassNames;

    /// <inheritdoc/>
    public int LabelSize => _whole.LabelSize;

    /// <inheritdoc/>
    public string Digest => _whole.Digest;

    /// <inheritdoc/>
    public string Stamp => _whole.Stamp;

    /// <inheritdoc/>
    public bool IsEncoded => _whole.IsEncoded;

    /// <inheritdoc/>
    public string NameOf(int index) => _whole.NameOf(index);

    /// <inheritdoc/>
    public void CopyLabel(int index, Span<float> label) => _whole.CopyLabel(index, label);

    /// <inheritdoc/>
    public ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken) => _whole.ReadAsync(index, cancellationToken);

    /// <inheritdoc/>
    public byte[]? ReadFile(int index) => _whole.ReadFile(index);

    /// <summary>Closes the store; the source is its owner's.</summary>
    public void Dispose() => Store.Dispose();

    PyramidStore? IImageSource.LevelsFor(PipelineOptions options) => StoreFolder.PixelsOf(options) == Store.About.Pixels ? Store : null;
}
