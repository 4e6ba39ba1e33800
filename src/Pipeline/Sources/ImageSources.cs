namespace Pggan.Pipeline;

/// <summary>Picks the source for a path by looking at what is there.</summary>
public static class ImageSources
{
    /// <summary>
    /// Opens a store, a zip, a TFRecord or IDX file, or a folder: one with TFRecords, one with IDX files, else a tree of images.
    /// </summary>
    /// <exception cref="DatasetUnusableException">Nothing there, or nothing usable in it.</exception>
    public static IImageSource Open(string path, DecodeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        options ??= new DecodeOptions();
        if (Directory.Exists(path))
        {
            if (Directory.EnumerateFiles(path, "*.tfrecords").Any())
                return new TfRecordSource(path, options);
            return IdxSource.FindImages(path) is { } images ? new IdxSource(images) : new FolderSource(path, options);
        }

        if (!File.Exists(path))
            throw new DatasetUnusableException($"there is no file or folder {DisplayName.Of(path)}");
        if (!OrdinaryFile.HasBytes(path))
            throw new DatasetUnusableException($"{DisplayName.Of(path)} is empty or no ordinary file; a dataset is a folder, a zip, TFRecords, an IDX file or a store");
        if (path.EndsWith(".tfrecords", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".tfrecord", StringComparison.OrdinalIgnoreCase))
            return new TfRecordSource(path, options);
        if (PyramidStore.IsStore(path))
            return new StoreSource(path);
        return IdxSource.IsImages(path) ? new IdxSource(path) : new ZipSource(path, options);
    }
}
