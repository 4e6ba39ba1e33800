using System.Buffers;
using System.Text;

namespace Pggan.Pipeline;

/// <summary>Image files that lie in larger files just as they are: where each of them is, and its name; 20 bytes and the name's for an image.</summary>
internal sealed class ImageIndex(DecodeOptions options) : IDisposable
{
    private readonly List<SourceFile> _files = [];
    private readonly List<(long Offset, int Length, int File)> _places = [];
    private readonly ArrayBufferWriter<byte> _names = new();
    private readonly List<int> _nameEnds = [];

    /// <summary>Images.</summary>
    public int Count => _places.Count;

    /// <summary>Changes when the files are written anew.</summary>
    public string Stamp => SourceDigest.Of([.. _files.Select(file => file.Time)]);

    /// <summary>Takes a file over, whose images are added next.</summary>
    public void Add(SourceFile file) => _files.Add(file);

    /// <summary>Adds an image of the newest file.</summary>
    public void Add(long offset, long length, ReadOnlySpan<byte> name)
    {
        // What is over the limit is refused when it is read, so its length need not be exact.
        _places.Add((offset, (int)Math.Min(length, int.MaxValue), _files.Count - 1));
        _names.Write(name);
        _nameEnds.Add(_names.WrittenCount);
    }

    /// <summary>The name of an image, as it is.</summary>
    public string NameOf(int index)
    {
        var start = index == 0 ? 0 : _nameEnds[index - 1];
        return Encoding.UTF8.GetString(_names.WrittenSpan[start.._nameEnds[index]]);
    }

    /// <summary>Which file an image is in, in the order in which they were added.</summary>
    public int FileOf(int index) => _places[index].File;

    /// <summary>Bytes of an image's file.</summary>
    public long LengthOf(int index) => _places[index].Length;

    /// <summary>Reads and decodes an image.</summary>
    /// <exception cref="BadImageException">It can't be used.</exception>
    /// <exception cref="SourceGoneException">The file around it was changed.</exception>
    public PixelBuffer Read(int index) => _files[_places[index].File].Read(() =>
    {
        var encoded = ReadBytes(index);
        try
        {
            return ImageCodec.Decode(encoded.AsSpan(0, _places[index].Length), options);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
        }
    });

    /// <summary>The file of an image.</summary>
    /// <exception cref="BadImageException">It has too many bytes, or is cut off.</exception>
    public byte[] ReadFile(int index)
    {
        var encoded = ReadBytes(index);
        var file = encoded[.._places[index].Length];
        ArrayPool<byte>.Shared.Return(encoded);
        return file;
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }

    /// <summary>Bytes from the pool, which the caller returns.</summary>
    private byte[] ReadBytes(int index)
    {
        var (offset, length, file) = _places[index];
        if (length > options.MaxBytes)
            throw new BadImageException($"{length} bytes are more than the limit of {options.MaxBytes}");
        var encoded = ArrayPool<byte>.Shared.Rent(Math.Max(1, length));
        try
        {
            return _files[file].Read(encoded.AsSpan(0, length), offset) == length ? encoded : throw new BadImageException("the file around it is cut off");
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(encoded);
            throw;
        }
    }
}
