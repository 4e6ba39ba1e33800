using System.Buffers;

namespace Pggan.Pipeline;

/// <summary>
/// Makes a store that is a dataset of its own: it comes under its name when it is complete, and not at all before. Images may be appended from
/// several threads.
/// </summary>
public sealed class PyramidStoreWriter : IDisposable
{
    private readonly PyramidStore _store;
    private readonly string _aside;
    private readonly string _path;
    private bool _isComplete;

    private PyramidStoreWriter(PyramidStore store, string aside, string path)
    {
        _store = store;
        _aside = aside;
        _path = path;
    }

    /// <summary>Begins a store.</summary>
    /// <param name="path">Its file, which is replaced when it is complete.</param>
    /// <param name="resolution">Of the largest level: a power of two from 4 to 1024.</param>
    /// <param name="channels">1, 3 or 4.</param>
    /// <param name="count">Most images; the file has room for them from the beginning, which takes no space before it is used.</param>
    /// <param name="labels">How labels are kept.</param>
    /// <param name="about">Its origin; the names of the classes are as many as a label has elements.</param>
    /// <param name="proportions">The size of its images at resolution 4; null = 4×4, of squares.</param>
    /// <exception cref="ArgumentException">Numbers that no store has.</exception>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static PyramidStoreWriter Create(
        string path, int resolution, int channels, int count, StoreLabels labels, StoreAbout about, BaseSize? proportions = null)
    {
        var full = System.IO.Path.GetFullPath(path);
        var aside = Aside(full);
        try
        {
            Make(aside, resolution, channels, count, labels, about, proportions);
            return new PyramidStoreWriter(PyramidStore.Open(aside, isWritable: true), aside, full);
        }
        catch
        {
            File.Delete(aside);
            throw;
        }
    }

    /// <summary>Writes an image.</summary>
    /// <param name="index">Its place, from 0; when the store is complete there is none without an image.</param>
    /// <param name="levels">Of the store's base, resolution and channels; stays the caller's.</param>
    /// <param name="label">As many elements as there are classes.</param>
    /// <exception cref="ArgumentException">The image or the label does not fit.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Append(int index, ImagePyramid levels, ReadOnlySpan<float> label)
    {
        ArgumentNullException.ThrowIfNull(levels);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _store.Count);
        if ((levels.Base, levels.Resolution, levels.Channels) != (_store.Base, _store.Resolution, _store.Channels))
        {
            throw new ArgumentException(
                $"an image of {levels.Base.At(levels.Resolution)} with {levels.Channels} channels in a store of {_store.Base.At(_store.Resolution)} with {_store.Channels}", nameof(levels));
        }

        Append(index, levels.Data, label);
    }

    /// <summary>The same of the bytes of an image's levels.</summary>
    internal void Append(int index, ReadOnlySpan<byte> levels, ReadOnlySpan<float> label)
    {
        var length = _store.Layout.RecordBytes;
        var record = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            levels.CopyTo(record.AsSpan(_store.Layout.SumsBytes));
            _store.Write(index, record.AsSpan(0, length), label);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(record);
        }
    }

    /// <summary>Brings the store under its name. Its images are the first ones, as many as were written.</summary>
    /// <exception cref="InvalidOperationException">There is none, or a place before the last one is empty.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Complete()
    {
        var count = _store.Images;
        for (var index = 0; index < count; index++)
        {
            if (!_store.Has(index))
                throw new InvalidOperationException($"image {index} of {count} is missing");
        }

        if (count == 0)
            throw new InvalidOperationException("a store without an image");
        _store.WriteHeader(_store.Layout with { Count = count });
        _store.Flush();
        _store.Dispose();
        File.Move(_aside, _path, overwrite: true);
        _isComplete = true;
    }

    /// <summary>Closes the file; of a store that is not complete nothing is left.</summary>
    public void Dispose()
    {
        _store.Dispose();
        if (!_isComplete)
            File.Delete(_aside);
    }

    /// <summary>The hidden name under which a store is made.</summary>
    internal static string Aside(string path) =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path)!, $".tmp-{System.IO.Path.GetFileName(path)}-{Environment.ProcessId}-{Random.Shared.Next():x8}");

    /// <summary>Writes a store without images.</summary>
    internal static void Make(
        string path, int resolution, int channels, int count, StoreLabels labels, StoreAbout about, BaseSize? proportions = null)
    {
        ArgumentNullException.ThrowIfNull(about);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(resolution, StoreLayout.MostResolution);
        var origin = about.Print();
        var layout = new StoreLayout(
            proportions ?? BaseSize.Square, resolution, channels, labels, about.ClassNames.Count, count, count, origin.Length, Crc32C.Of(origin));
        var header = layout.Print();
        try
        {
            StoreLayout.Parse(header, layout.FileBytes);
            StoreAbout.Parse(origin, layout.LabelSize);
        }
        catch (InvalidDataException error)
        {
            throw new ArgumentException($"no store can be made: {error.Message}", error);
        }

        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        RandomAccess.Write(file, header, 0);
        RandomAccess.Write(file, origin, StoreLayout.HeaderBytes);
        RandomAccess.SetLength(file, layout.FileBytes);
    }
}
