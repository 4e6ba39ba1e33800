namespace Pggan.Pipeline;

/// <summary>Picks the source for a path by looking at what is there.</summary>
public static class ImageSources
{
    /// <summary>
    /// Opens a folder of images, a zip, a store, TFRecords, or another of the formats of docs/datasets.md: a file by its first bytes, a folder by the
    /// files in it. "x-{000..041}.tar" names several files.
    /// </summary>
    /// <exception cref="DatasetUnusableException">Nothing there, or nothing usable in it.</exception>
    public static IImageSource Open(string path, DecodeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        options ??= new DecodeOptions();
        if (Directory.Exists(path))
            return OpenFolder(path, options);
        if (File.Exists(path))
            return OpenFile(path, path, options);
        if (ShardList.IsList(path) && ShardList.Expand(path).FirstOrDefault() is { } first && File.Exists(first))
            return OpenFile(first, path, options);
        var isPath = path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal);
        throw new DatasetUnusableException($"there is no file or folder {DisplayName.Of(isPath ? Path.GetFullPath(path) : $"'{path}'")}; is the name right, and its disk mounted?");
    }

    private static IImageSource OpenFolder(string path, DecodeOptions options)
    {
        // One look at each name, however many images there are.
        var endings = Directory.EnumerateFiles(path).Where(file => !Path.GetFileName(file).StartsWith('.'))
            .CountBy(file => Path.GetExtension(file).ToLowerInvariant()).ToDictionary();
        if (endings.ContainsKey(".tfrecords"))
            return new TfRecordSource(path, options);
        if (IdxSource.FindImages(path) is { } idx)
            return new IdxSource(idx);

        foreach (var (kind, files, open) in KindsIn(path, endings, options))
        {
            // Metadata beside images, or a preview beside shards: what there is more of must be what is meant, or else nobody can tell.
            var images = FolderSource.ImagesIn(path).Take(files + 1).Count();
            if (images == 0)
                return open();
            if (images <= files)
            {
                throw new DatasetUnusableException(
                    $"{DisplayName.Of(path)} has {kind} ({files}) and images ({images}); name a file of the one that is meant, or move the others elsewhere");
            }
        }

        var folder = new FolderSource(path, options);
        return File.Exists(Path.Combine(path, "dataset.json")) ? folder : CelebaSource.OrPlain(folder, path);
    }

    /// <summary>What else than images is in a folder: its name, its files, and how it is opened.</summary>
    private static IEnumerable<(string Kind, int Files, Func<IImageSource> Open)> KindsIn(string path, Dictionary<string, int> endings, DecodeOptions options)
    {
        if (CifarSource.FilesOf(path) is [_, ..] batches)
            yield return ("files of CIFAR", batches.Length, () => new CifarSource(path));
        if (File.Exists(Path.Combine(path, LmdbSource.DataFile)))
            yield return ("an LMDB", 1, () => new LmdbSource(path, options));
        if (endings.TryGetValue(".tar", out var tars))
            yield return ("tar files", tars, () => new TarSource(path, options));
        if (endings.TryGetValue(".parquet", out var tables))
            yield return ("Parquet files", tables, () => new ParquetSource(path, options));
        if (Hdf5Source.FilesOf(path) is [_, ..] archives)
        {
            yield return ("HDF5 files", archives.Length, () => archives is [_] ? new Hdf5Source(path, options)
                : throw new DatasetUnusableException($"{DisplayName.Of(path)} has {archives.Length} HDF5 files; name one of them"));
        }

        if (SvhnSource.FileIn(path) is not null)
            yield return ("a file of SVHN", 1, () => new SvhnSource(path));
        if (File.Exists(Path.Combine(path, "data_batch_1")))
        {
            yield return ("files of CIFAR", 1, () => throw new DatasetUnusableException(
                $"{DisplayName.Of(path)} is CIFAR's version for Python; take the binary one (data_batch_1.bin)"));
        }
    }

    /// <param name="file">To look at.</param>
    /// <param name="path">To open: the file, or the list that begins with it.</param>
    /// <param name="options">Limits and background.</param>
    private static IImageSource OpenFile(string file, string path, DecodeOptions options)
    {
        if (!OrdinaryFile.HasBytes(file))
            throw new DatasetUnusableException($"{DisplayName.Of(file)} is empty or no ordinary file; a dataset is a folder, a zip, TFRecords or another of the formats of docs/datasets.md");
        if (file.EndsWith(".tfrecords", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".tfrecord", StringComparison.OrdinalIgnoreCase))
            return new TfRecordSource(file, options);

        Span<byte> head = stackalloc byte[TarEntries.BlockBytes];
        using (var stream = OrdinaryFile.Open(file))
        {
            head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
            if (file.EndsWith(".bin", StringComparison.OrdinalIgnoreCase) && CifarSource.LabelBytesOf(stream.Length, Path.GetFileName(file)) > 0)
                return new CifarSource(file);
        }

        if (head.StartsWith(StoreLayout.Magic))
            return new StoreSource(file);
        if (LmdbTree.IsMeta(head))
            return new LmdbSource(file, options);
        if (TarEntries.IsHeader(head))
            return new TarSource(path, options);
        if (head.StartsWith("PAR1"u8))
            return new ParquetSource(path, options);
        if (head is [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0D, 0x0A, 0x1A, 0x0A, ..])
            return new Hdf5Source(file, options);
        if (MatFile.IsMat(head))
            return new SvhnSource(file);
        if (head.StartsWith("MATLAB 7.3 MAT-file"u8))
            throw new DatasetUnusableException($"{DisplayName.Of(file)} is a .mat file of version 7.3; save it with -v7");
        if (IdxSource.IsImages(file))
            return new IdxSource(file);
        if (TarSource.UnpackerOf(head) is not null)
            return new TarSource(path, options); // which says how to unpack it
        if (!head.StartsWith("PK"u8) && !file.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
            throw new DatasetUnusableException($"{DisplayName.Of(file)} is no dataset, by its first bytes; docs/datasets.md lists what can be read");
        var zip = new ZipSource(file, options);
        return zip.Holds("dataset.json") ? zip : CelebaSource.OrPlain(zip, file, zip.OpenText);
    }
}
