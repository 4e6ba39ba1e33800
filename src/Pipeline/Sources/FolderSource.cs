using System.Buffers;
using System.IO.Enumeration;

namespace Pggan.Pipeline;

/// <summary>
/// The image files of a directory tree, in the order of their names. Labels come from dataset.json where there is one, else each subfolder is a
/// class if all images are in subfolders. Links to directories are not followed, so loops cannot be entered.
/// </summary>
public sealed class FolderSource : IImageSource
{
    /// <summary>What stands in a name for bytes that are no text.</summary>
    private const char NotText = '\uFFFD';

    private readonly string _root;
    private readonly DecodeOptions _options;
    private readonly string[] _names;
    private readonly SourceLabels _labels;
    private readonly Lazy<string> _digest;
    private readonly Lazy<string> _stamp;

    /// <summary>Lists the files; none is opened but dataset.json.</summary>
    /// <exception cref="DatasetUnusableException">No such folder, no image in it, or broken labels.</exception>
    public FolderSource(string path, DecodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        _root = Path.GetFullPath(path);
        _options = options;
        Description = $"folder {DisplayName.Of(_root)}";

        var files = List(_root).Where(file => ImageFiles.IsImage(file.Name)).ToArray();
        Array.Sort(files, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        if (files.Length == 0)
            throw new DatasetUnusableException($"{Description} has no PNG, JPEG, WebP, GIF, TIFF or BMP file; docs/datasets.md lists what else can be read");
        _names = [.. files.Select(file => file.Name)];
        _labels = ReadLabels();
        var sizes = Array.ConvertAll(files, file => file.Length);
        var times = Array.ConvertAll(files, file => file.Written);
        _stamp = new Lazy<string>(() => SourceDigest.Of(times));
        _digest = new Lazy<string>(() => SourceDigest.Of("files", _names.Length, i => _names[i], i => sizes[i], _labels));
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public int Count => _names.Length;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => _labels.Names;

    /// <inheritdoc/>
    public int LabelSize => _labels.Size;

    /// <inheritdoc/>
    public string Digest => _digest.Value;

    /// <summary>When the files were written.</summary>
    public string Stamp => _stamp.Value;

    /// <inheritdoc/>
    public string NameOf(int index) => DisplayName.Of(_names[index]);

    /// <inheritdoc/>
    public void CopyLabel(int index, Span<float> label) => _labels.Copy(index, label);

    /// <inheritdoc/>
    public ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(Path.Combine(_root, _names[index])));
    }

    /// <inheritdoc/>
    public byte[]? ReadFile(int index)
    {
        using var file = OrdinaryFile.Open(Path.Combine(_root, _names[index]));
        if (file.Length > _options.MaxBytes)
            throw new BadImageException($"{file.Length} bytes are more than the limit of {_options.MaxBytes}");
        var encoded = new byte[file.Length];
        file.ReadExactly(encoded);
        return encoded;
    }

    /// <summary>Nothing is held open.</summary>
    public void Dispose()
    {
    }

    /// <summary>The names of the images below a folder, as they come.</summary>
    internal static IEnumerable<string> ImagesIn(string folder) => List(folder).Select(file => file.Name).Where(ImageFiles.IsImage);

    private static FileSystemEnumerable<(string Name, long Length, long Written)> List(string root)
    {
        if (!Directory.Exists(root))
            throw new DatasetUnusableException($"there is no folder {DisplayName.Of(root)}");
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = 0 };
        return new FileSystemEnumerable<(string, long, long)>(root, Describe, options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };

        static (string, long, long) Describe(ref FileSystemEntry entry)
        {
            var name = Path.GetRelativePath(entry.RootDirectory.ToString(), entry.ToFullPath());
            return (Path.DirectorySeparatorChar == '/' ? name : name.Replace(Path.DirectorySeparatorChar, '/'), entry.Length, entry.LastWriteTimeUtc.UtcTicks);
        }
    }

    private SourceLabels ReadLabels()
    {
        var json = Path.Combine(_root, "dataset.json");
        if (!File.Exists(json))
            return SourceLabels.OfFolders(_names);
        try
        {
            using var file = OrdinaryFile.Open(json);
            if (file.Length > ZipSource.MaxLabelBytes)
                throw new DatasetUnusableException($"{Description}: dataset.json is larger than {ZipSource.MaxLabelBytes} bytes");
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return SourceLabels.OfJson(bytes, _names, Description);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DatasetUnusableException($"{Description}: its labels cannot be read: {error.Message}", error);
        }
    }

    private PixelBuffer Read(string path)
    {
        byte[]? encoded = null;
        try
        {
            // A pipe or device has no length, and opening one may wait for ever.
            if (!OrdinaryFile.HasBytes(path))
                throw new BadImageException("the file is empty");
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var length = RandomAccess.GetLength(file);
            if (length > _options.MaxBytes)
                throw new BadImageException($"{length} bytes are more than the limit of {_options.MaxBytes}");

            encoded = ArrayPool<byte>.Shared.Rent((int)Math.Max(1, length));
            var filled = 0;
            while (filled < length && RandomAccess.Read(file, encoded.AsSpan(filled, (int)length - filled), filled) is > 0 and var read)
                filled += read;
            return ImageCodec.Decode(encoded.AsSpan(0, filled), _options);
        }
        catch (NotSupportedException error)
        {
            throw new BadImageException($"cannot be read: {DisplayName.Of(error.Message)}", error);
        }
        catch (FileNotFoundException error) when (path.Contains(NotText, StringComparison.Ordinal) && Directory.Exists(_root))
        {
            throw new BadImageException("can't be named: its name is no UTF-8 text; rename it", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // An unmounted folder may leave an empty one behind: whether it is this file alone, reading others tells.
            if (!Directory.Exists(_root))
                throw new SourceGoneException($"{Description} is gone", error);
            if (error is IOException)
                throw;
            throw new IOException(error.Message, error);
        }
        finally
        {
            if (encoded is not null)
                ArrayPool<byte>.Shared.Return(encoded);
        }
    }
}
