namespace Pggan.Pipeline;

/// <summary>The images of a folder or zip with CelebA's attributes as labels: an element for each attribute, 1 where an image has it, else 0.</summary>
public sealed class CelebaSource : IImageSource
{
    private readonly IImageSource _images;
    private readonly SourceLabels _labels;
    private readonly Lazy<string> _digest;

    /// <summary>Takes images over and gives them labels.</summary>
    /// <param name="images">Disposed with this source, and if this fails.</param>
    /// <param name="attributes">By the names of files.</param>
    /// <exception cref="DatasetUnusableException">An image is not listed.</exception>
    public CelebaSource(IImageSource images, CelebaAttributes attributes)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(attributes);
        _images = images;
        var flags = new ulong[images.Count];
        for (var i = 0; i < flags.Length; i++)
        {
            if (!attributes.TryGet(FileNameOf(images, i), out flags[i]))
            {
                images.Dispose();
                throw new DatasetUnusableException($"{images.Description}: the list of attributes does not name {images.NameOf(i)}; take the list away, or the image");
            }
        }

        _labels = SourceLabels.OfFlags(flags, attributes.Names);
        _digest = new Lazy<string>(() => SourceDigest.Of("celeba " + images.Digest, Count, NameOf, _ => 0, _labels));
    }

    /// <inheritdoc/>
    public string Description => $"CelebA {_images.Description}";

    /// <inheritdoc/>
    public int Count => _images.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => _labels.Names;

    /// <inheritdoc/>
    public int LabelSize => _labels.Size;

    /// <inheritdoc/>
    public string Digest => _digest.Value;

    /// <inheritdoc/>
    public string Stamp => _images.Stamp;

    /// <inheritdoc/>
    public bool IsEncoded => _images.IsEncoded;

    /// <inheritdoc/>
    public string NameOf(int index) => _images.NameOf(index);

    /// <inheritdoc/>
    public void CopyLabel(int index, Span<float> label) => _labels.Copy(index, label);

    /// <inheritdoc/>
    public ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken) => _images.ReadAsync(index, cancellationToken);

    /// <inheritdoc/>
    public byte[]? ReadFile(int index) => _images.ReadFile(index);

    /// <summary>Disposes the images.</summary>
    public void Dispose() => _images.Dispose();

    /// <summary>
    /// The folder or zip with the attributes that are in it or beside it, or beside its parent as CelebA's Img and Anno are; as it is where there
    /// are none, or where they name none of its images.
    /// </summary>
    /// <exception cref="DatasetUnusableException">The attributes can't be read, or an image is not listed.</exception>
    internal static IImageSource OrPlain(IImageSource images, string path, Func<string, Stream?>? inside = null)
    {
        try
        {
            using var list = CelebaAttributes.FileNames.Select(name => inside?.Invoke(name) ?? Find(path, name)).FirstOrDefault(file => file is not null);
            if (list is null)
                return images;
            if (list.Length > CelebaAttributes.MostBytes)
                throw new InvalidDataException($"it has {list.Length} bytes");
            var attributes = CelebaAttributes.Read(list);
            return Enumerable.Range(0, images.Count).Any(i => attributes.TryGet(FileNameOf(images, i), out _)) ? new CelebaSource(images, attributes) : images;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException or BadImageException)
        {
            images.Dispose();
            throw new DatasetUnusableException($"{images.Description}: its list of attributes can't be read: {error.Message}", error);
        }
    }

    private static FileStream? Find(string path, string name)
    {
        path = Path.GetFullPath(path);
        var beside = Path.GetDirectoryName(path) ?? path;
        string[] places = [path, Path.Combine(path, "Anno"), beside, Path.Combine(beside, "Anno"), Path.Combine(Path.GetDirectoryName(beside) ?? beside, "Anno")];
        return places.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } found ? OrdinaryFile.Open(found) : null;
    }

    private static string FileNameOf(IImageSource images, int index)
    {
        var name = images.NameOf(index);
        return name[(name.LastIndexOf('/') + 1)..];
    }
}
