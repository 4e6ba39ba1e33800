using System.Buffers;
using System.IO.Compression;

namespace Pggan.Pipeline;

/// <summary>
/// The images of a zip file, in the order of their names. Labels come from dataset.json as StyleGAN writes it, with an optional list "classes" of
/// names; else each folder is a class if all images are in folders. Nothing is unpacked to disk.
/// </summary>
public sealed class ZipSource : IImageSource
{
    /// <summary>The most bytes of dataset.json.</summary>
    internal const int MaxLabelBytes = 256 << 20;

    private readonly Lock _gate = new();
    private readonly SourceFile? _file;
    private readonly ZipArchive _archive;
    private readonly DecodeOptions _options;
    private readonly ZipArchiveEntry[] _entries;
    private readonly SourceLabels _labels;
    private readonly Lazy<string> _digest;
    private readonly Lazy<string> _stamp;
    private bool _disposed;

    /// <summary>Opens a zip file.</summary>
    /// <exception cref="DatasetUnusableException">No such file, no zip, no image in it, or broken labels.</exception>
    public ZipSource(string path, DecodeOptions options)
        : this(OpenFile(path), $"zip {DisplayName.Of(Path.GetFullPath(path))}", options)
    {
    }

    private ZipSource(SourceFile file, string description, DecodeOptions options)
        : this(new SourceStream(file), description, options, leaveOpen: false)
    {
        _file = file;
    }

    /// <summary>Reads a zip from a stream that can seek.</summary>
    /// <param name="stream">Used under a lock, by this source only.</param>
    /// <param name="description">For messages.</param>
    /// <param name="options">Limits and background.</param>
    /// <param name="leaveOpen">Whether the stream stays the caller's.</param>
    /// <exception cref="DatasetUnusableException">No zip, no image in it, or broken labels.</exception>
    public ZipSource(Stream stream, string description, DecodeOptions options, bool leaveOpen)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(options);
        Description = description;
        _options = options;
        try
        {
            _archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen);
            ZipGuard.Check(_archive, stream.Length, Description);
            _entries = [.. _archive.Entries.Where(entry => ImageFiles.IsImage(entry.FullName)).OrderBy(entry => entry.FullName, StringComparer.Ordinal)];
            if (_entries.Length == 0)
                throw new DatasetUnusableException($"{Description} has no PNG, JPEG, WebP, GIF, TIFF or BMP file");

            var names = Array.ConvertAll(_entries, entry => entry.FullName);
            var sizes = Array.ConvertAll(_entries, entry => entry.Length);
            _labels = ReadLabels(names);
            _stamp = new Lazy<string>(() => SourceDigest.Of(Array.ConvertAll(_entries, entry => (long)entry.Crc32)));
            _digest = new Lazy<string>(() => SourceDigest.Of("files", names.Length, i => names[i], i => sizes[i], _labels));
        }
        catch (Exception error)
        {
            _archive?.Dispose();
            if (!leaveOpen)
                stream.Dispose();
            if (error is InvalidDataException or EndOfStreamException)
                throw new DatasetUnusableException($"{Description} is not a readable zip: {error.Message}", error);
            throw;
        }
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public int Count => _entries.Length;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => _labels.Names;

    /// <inheritdoc/>
    public int LabelSize => _labels.Size;

    /// <inheritdoc/>
    public string Digest => _digest.Value;

    /// <summary>The checksums of the entries.</summary>
    public string Stamp => _stamp.Value;

    /// <inheritdoc/>
    public string NameOf(int index) => DisplayName.Of(_entries[index].FullName);

    /// <inheritdoc/>
    public void CopyLabel(int index, Span<float> label) => _labels.Copy(index, label);

    /// <inheritdoc/>
    public ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var entry = _entries[index];
        return ValueTask.FromResult(_file is null ? Read(entry) : _file.Read(() => Read(entry)));
    }

    /// <inheritdoc/>
    public byte[]? ReadFile(int index)
    {
        var (encoded, length) = ReadEntry(_entries[index], _options.MaxBytes);
        var file = encoded[..length];
        ArrayPool<byte>.Shared.Return(encoded);
        return file;
    }

    /// <summary>Closes the zip.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _archive.Dispose();
        }
    }

    /// <summary>Whether there is an entry of exactly this name.</summary>
    internal bool Holds(string name) => _archive.GetEntry(name) is not null;

    /// <summary>A text file of this name in any of the folders, unpacked into memory; null where there is none.</summary>
    /// <exception cref="BadImageException">It is too long, or damaged.</exception>
    internal MemoryStream? OpenText(string name)
    {
        var entry = _archive.Entries.FirstOrDefault(entry => entry.Name == name);
        if (entry is null)
            return null;
        var (text, length) = ReadEntry(entry, MaxLabelBytes);
        var copy = text[..length];
        ArrayPool<byte>.Shared.Return(text);
        return new MemoryStream(copy, writable: false);
    }

    private PixelBuffer Read(ZipArchiveEntry entry)
    {
        var (encoded, length) = ReadEntry(entry, _options.MaxBytes);
        try
        {
            return ImageCodec.Decode(encoded.AsSpan(0, length), _options);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }

    private static SourceFile OpenFile(string path)
    {
        try
        {
            return new SourceFile(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DatasetUnusableException($"zip {DisplayName.Of(path)} cannot be opened: {error.Message}", error);
        }
    }

    /// <summary>Bytes from the pool, which the caller returns. One entry at a time: the archive's stream has one place.</summary>
    private (byte[] Encoded, int Length) ReadEntry(ZipArchiveEntry entry, int limit)
    {
        if (entry.Length > limit)
            throw new BadImageException($"{entry.Length} bytes are more than the limit of {limit}");
        ZipGuard.Check(entry);

        var length = (int)entry.Length;
        var encoded = ArrayPool<byte>.Shared.Rent(Math.Max(1, length));
        try
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                using var stream = entry.Open();

                // The announced length bounds what is unpacked, whatever the compressed data would grow to.
                if (stream.ReadAtLeast(encoded.AsSpan(0, length), length, throwOnEndOfStream: false) != length)
                    throw new BadImageException("the zip entry is shorter than announced");
            }

            return (encoded, length);
        }
        catch (Exception error)
        {
            ArrayPool<byte>.Shared.Return(encoded);
            if (error is InvalidDataException)
                throw new BadImageException($"damaged zip entry: {error.Message}", error);
            throw;
        }
    }

    private SourceLabels ReadLabels(string[] names)
    {
        if (_archive.GetEntry("dataset.json") is not { } entry)
            return SourceLabels.OfFolders(names);
        try
        {
            var (json, length) = ReadEntry(entry, MaxLabelBytes);
            try
            {
                return SourceLabels.OfJson(json.AsMemory(0, length), names, Description);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(json);
            }
        }
        catch (BadImageException error)
        {
            throw new DatasetUnusableException($"{Description}: dataset.json: {error.Message}", error);
        }
    }
}
