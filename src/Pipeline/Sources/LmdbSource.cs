namespace Pggan.Pipeline;

/// <summary>
/// The images of an LMDB, as LSUN comes: each key has an encoded image. Read only, without a lock file; nothing else may write to it meanwhile.
/// There are no labels.
/// </summary>
public sealed class LmdbSource : IImageSource
{
    /// <summary>The file in an LMDB's folder.</summary>
    internal const string DataFile = "data.mdb";

    private readonly ImageIndex _images;
    private readonly Lazy<string> _digest;

    /// <summary>Indexes the keys of a folder with data.mdb, or of such a file.</summary>
    /// <exception cref="DatasetUnusableException">No such file, none of LMDB, damaged, or empty.</exception>
    public LmdbSource(string path, DecodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        Description = $"LMDB {DisplayName.Of(Path.GetFullPath(path))}";
        _images = new ImageIndex(options);
        try
        {
            var file = new SourceFile(Directory.Exists(path) ? Path.Combine(path, DataFile) : path);
            _images.Add(file);
            var tree = new LmdbTree(file);
            tree.Walk((key, offset, length) => _images.Add(offset, length, key));
            if ((ulong)Count != tree.Count)
                throw new InvalidDataException($"it announces {tree.Count} records and has {Count}");
            if (Count == 0)
                throw new InvalidDataException("it is empty");
        }
        catch (Exception error)
        {
            _images.Dispose();
            if (error is IOException or UnauthorizedAccessException or InvalidDataException)
                throw new DatasetUnusableException($"{Description} cannot be read: {error.Message}", error);
            throw;
        }

        _digest = new Lazy<string>(() => SourceDigest.Of("lmdb", Count, NameOf, _images.LengthOf, SourceLabels.None));
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public int Count => _images.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => [];

    /// <inheritdoc/>
    public int LabelSize => 0;

    /// <inheritdoc/>
    public string Digest => _digest.Value;

    /// <inheritdoc/>
    public string Stamp => _images.Stamp;

    /// <inheritdoc/>
    public string NameOf(int index) => DisplayName.Of(_images.NameOf(index));

    /// <inheritdoc/>
    public void CopyLabel(int index, Span<float> label) => SourceLabels.None.Copy(index, label);

    /// <inheritdoc/>
    public ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_images.Read(index));
    }

    /// <inheritdoc/>
    public byte[]? ReadFile(int index) => _images.ReadFile(index);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _images.Dispose();
}
