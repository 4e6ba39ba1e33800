namespace Pggan.Pipeline;

/// <summary>Some images of a source, as a source.</summary>
/// <param name="whole">Not disposed here.</param>
/// <param name="indices">Which images, by their numbers in it.</param>
public sealed class PartialSource(IImageSource whole, IReadOnlyList<int> indices) : IImageSource
{
    /// <inheritdoc/>
    public string Description => $"{indices.Count} images of {whole.Description}";

    /// <inheritdoc/>
    public int Count => indices.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => whole.ClassNames;

    /// <inheritdoc/>
    public int LabelSize => whole.LabelSize;

    /// <inheritdoc/>
    public string Digest => SourceDigest.Of("part of " + whole.Digest, Count, NameOf, index => indices[index], SourceLabels.None);

    /// <inheritdoc/>
    public string Stamp => whole.Stamp;

    /// <inheritdoc/>
    public bool IsEncoded => whole.IsEncoded;

    /// <inheritdoc/>
    public string NameOf(int index) => whole.NameOf(indices[index]);

    /// <inheritdoc/>
    public void CopyLabel(int index, Span<float> label) => whole.CopyLabel(indices[index], label);

    /// <inheritdoc/>
    public ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken) => whole.ReadAsync(indices[index], cancellationToken);

    /// <inheritdoc/>
    public byte[]? ReadFile(int index) => whole.ReadFile(indices[index]);

    /// <summary>Nothing: the whole is its owner's.</summary>
    public void Dispose()
    {
    }

    // What is decoded of a part is not written: the store asks for labels by its own numbers.
    PyramidStore? IImageSource.LevelsFor(PipelineOptions options) => whole.LevelsFor(options) is { IsWritable: false } store ? store : null;

    int IImageSource.NumberInStore(int index) => whole.NumberInStore(indices[index]);
}
