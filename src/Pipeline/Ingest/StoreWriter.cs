namespace Pggan.Pipeline;

/// <summary>
/// A pyramid store. Where its labels lie depends on how many images there will be, so pixels come into a file beside it first, and the store is made
/// of them at the end. That file stays: whoever is killed behind it makes the store again.
/// </summary>
internal sealed class StoreWriter : IDatasetWriter
{
    private readonly string _path;
    private readonly BaseSize _base;
    private readonly int _resolution;
    private readonly int _channels;
    private readonly StoreAbout _about;
    private readonly int _length;
    private readonly FileStream _levels;

    /// <summary>Opens the file of pixels.</summary>
    /// <param name="path">The store.</param>
    /// <param name="size">Of its largest level.</param>
    /// <param name="channels">1, 3 or 4.</param>
    /// <param name="about">Its origin.</param>
    /// <param name="images">How many of an earlier writer count.</param>
    /// <exception cref="InvalidDataException">There are fewer than said.</exception>
    public StoreWriter(string path, (BaseSize Base, int Resolution) size, int channels, StoreAbout about, int images)
    {
        _path = path;
        (_base, _resolution) = size;
        _channels = channels;
        _about = about;
        _length = ImagePyramid.LengthOf(_resolution, channels, _base);
        _levels = Continued.Open(path + ".levels", (long)_length * images);
    }

    public byte[] Encode(PixelBuffer image)
    {
        using var pyramid = ImagePyramid.Build(image, _resolution, _base);
        return pyramid.Data.ToArray();
    }

    public void Append(byte[] encoded) => _levels.Write(encoded);

    public void Flush() => _levels.Flush(flushToDisk: true);

    public void Finish(IngestLabels labels, IReadOnlyList<int> images)
    {
        Flush();
        var kept = labels.Size == 0 ? StoreLabels.None : labels.AreClasses ? StoreLabels.Class : StoreLabels.Vector;
        using var store = PyramidStoreWriter.Create(_path, _resolution, _channels, images.Count, kept, _about, _base);
        var levels = new byte[_length];
        var label = new float[labels.Size];
        _levels.Position = 0;
        for (var i = 0; i < images.Count; i++)
        {
            _levels.ReadExactly(levels);
            labels.Copy(images[i], label);
            store.Append(i, levels, label);
        }

        store.Complete();
    }

    public void Dispose() => _levels.Dispose();
}
