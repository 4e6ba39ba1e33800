using System.Globalization;

namespace Pggan.Pipeline;

/// <summary>A whole store as a dataset. A pipeline of its base and channels takes every level from it; others get the largest level.</summary>
public sealed class StoreSource : IImageSource
{
    private const int RowsAtOnce = 4096;
    private const uint One = 0x3F80_0000;

    private readonly PyramidStore _store;
    private readonly SourceLabels _labels;
    private readonly string _name;

    /// <summary>Opens a store.</summary>
    /// <exception cref="DatasetUnusableException">It is damaged, or lacks images.</exception>
    public StoreSource(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        Description = $"store {DisplayName.Of(Path.GetFullPath(path))}";
        _name = DisplayName.Of(Path.GetFileName(path));
        PyramidStore? store = null;
        try
        {
            _store = store = PyramidStore.Open(Path.GetFullPath(path), isWritable: false);
            if (_store.Images < _store.Count)
            {
                throw new DatasetUnusableException(
                    $"{Description} is not whole: {_store.Images} of {_store.Count} images are there. It grows while a training runs on {DisplayName.Of(_store.About.Source)}.");
            }

            _labels = ReadLabels(_store);
            _store.Labels = _labels;
            Digest = _store.About.PixelDigest();
        }
        catch (Exception error)
        {
            store?.Dispose();
            if (error is InvalidDataException or IOException or UnauthorizedAccessException)
                throw new DatasetUnusableException($"{Description} cannot be opened: {error.Message}", error);
            throw;
        }
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public int Count => _store.Count;

    /// <summary>What its images grow from.</summary>
    public BaseSize Base => _store.Base;

    /// <summary>1, 3, or 4 with alpha.</summary>
    public int Channels => _store.Channels;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => _store.About.ClassNames;

    /// <inheritdoc/>
    public int LabelSize => _labels.Size;

    /// <summary>Of what the store was made of, and how: the same images brought to a size in another way are another dataset.</summary>
    public string Digest { get; }

    /// <inheritdoc/>
    public bool IsEncoded => false;

    /// <inheritdoc/>
    public string NameOf(int index) => _name + "#" + index.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public void CopyLabel(int index, Span<float> label) => _labels.Copy(index, label);

    /// <inheritdoc/>
    public ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_store.File.Read(() => Read(index)));
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _store.Dispose();

    /// <summary>The store, if its levels are those that a pipeline delivers.</summary>
    internal PyramidStore? LevelsFor(PipelineOptions options) =>
        (options.Base, options.Channels) == (_store.Base, _store.Channels) && options.Resolution <= _store.Resolution ? _store : null;

    PyramidStore? IImageSource.LevelsFor(PipelineOptions options) => LevelsFor(options);

    private PixelBuffer Read(int index)
    {
        using var pyramid = _store.Read(new ImageTicket(0, index, 0), _store.Resolution, out var fault) ?? throw new BadImageException(fault);
        var image = PixelBuffer.Rent(_store.Base.WidthAt(_store.Resolution), _store.Base.HeightAt(_store.Resolution), _store.Channels);
        pyramid.Level(_store.Resolution).CopyTo(image.Pixels);
        return image;
    }

    private static SourceLabels ReadLabels(PyramidStore store)
    {
        var (layout, names) = (store.Layout, store.About.ClassNames);
        if (layout.Labels == StoreLabels.None)
            return SourceLabels.None;
        if (layout.Labels == StoreLabels.Class)
        {
            var classes = PyramidStore.Numbers<int>(store.File, layout.LabelsOffset, layout.Count);
            if (Array.FindIndex(classes, number => (uint)number >= (uint)layout.LabelSize) is >= 0 and var wrong)
                throw new InvalidDataException($"image {wrong} is of class {classes[wrong]}, and there are {layout.LabelSize}");
            return SourceLabels.OfClasses(classes, names);
        }

        return FlagsOf(store) is { } flags ? SourceLabels.OfFlags(flags, names) : SourceLabels.OfVectors(VectorsOf(store, 0, layout.Count), names);
    }

    /// <summary>Labels of attributes, which are 0 or 1, as bits: a thirty-second of the memory; null where they are others, or too many.</summary>
    private static ulong[]? FlagsOf(PyramidStore store)
    {
        var (count, size) = (store.Layout.Count, store.Layout.LabelSize);
        if (size > SourceLabels.MostFlags)
            return null;
        var flags = new ulong[count];
        for (var first = 0; first < count; first += RowsAtOnce)
        {
            var vectors = VectorsOf(store, first, Math.Min(RowsAtOnce, count - first));
            for (var i = 0; i < vectors.Length; i++)
            {
                // By its bits: the checksums are of them, and -0 has others.
                if (BitConverter.SingleToUInt32Bits(vectors[i]) is not (0 or One))
                    return null;
                if (vectors[i] == 1)
                    flags[first + i / size] |= 1ul << (i % size);
            }
        }

        return flags;
    }

    /// <summary>The labels of some images in a row.</summary>
    private static float[] VectorsOf(PyramidStore store, int first, int count)
    {
        var size = store.Layout.LabelSize;
        var vectors = PyramidStore.Numbers<float>(store.File, store.Layout.LabelOffset(first), (long)count * size);
        if (Array.FindIndex(vectors, value => !float.IsFinite(value)) is >= 0 and var odd)
            throw new InvalidDataException($"the label of image {first + odd / size} holds {vectors[odd]}; labels must be finite");
        return vectors;
    }
}
