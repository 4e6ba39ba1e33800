namespace Pggan.Pipeline;

/// <summary>A folder of stores, one for each source and each way of bringing its images to a size. Several processes may use it.</summary>
public static class StoreFolder
{
    private const string Ending = ".store";

    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    /// <summary>What the store of a source would tell.</summary>
    public static StoreAbout AboutOf(IImageSource source, PipelineOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        var policy = options.SizePolicy switch
        {
            SizePolicy.CentreCrop => "centre-crop",
            SizePolicy.Stretch => "stretch",
            _ => "exact",
        };
        var pixels = FormattableString.Invariant($"{options.Resolution}-{options.Channels}-{policy}{(options.AllowUpscale ? "-upscaled" : "")}")
            + (options.Decode.Background == 0xFFFFFF ? "" : FormattableString.Invariant($"-{options.Decode.Background:x6}"));
        return new StoreAbout(source.Description, source.Digest, source.Stamp, pixels, ImageCodec.Version, source.ClassNames);
    }

    /// <summary>The file of a store.</summary>
    public static string PathOf(string folder, StoreAbout about)
    {
        ArgumentNullException.ThrowIfNull(about);
        return Path.Combine(folder, $"{about.Digest[..16]}-{about.Pixels}-{about.PixelDigest()[..8]}{Ending}");
    }

    /// <summary>Opens the store of a source, made where there is none. Stores of what the source was before are deleted.</summary>
    /// <param name="folder">Made where there is none.</param>
    /// <param name="source">The source.</param>
    /// <param name="options">How its images are brought to a size.</param>
    /// <param name="tell">Told, in a line, of what is damaged or deleted.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static PyramidStore Open(string folder, IImageSource source, PipelineOptions options, Action<string> tell)
    {
        ArgumentNullException.ThrowIfNull(tell);
        var about = AboutOf(source, options);
        var path = Path.GetFullPath(PathOf(folder, about));
        Directory.CreateDirectory(folder);
        DeleteStale(folder, about, tell);
        while (true)
        {
            if (File.Exists(path))
            {
                if (TryOpen(path, about, source, options, tell) is { } store)
                    return store;
                File.Delete(path);
            }

            var aside = PyramidStoreWriter.Aside(path);
            try
            {
                PyramidStoreWriter.Make(aside, options.Resolution, options.Channels, source.Count, LabelsOf(source), about);
                File.Move(aside, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(aside) && File.Exists(path))
            {
                // Another process was faster.
            }
            finally
            {
                File.Delete(aside);
            }
        }
    }

    private static PyramidStore? TryOpen(string path, StoreAbout about, IImageSource source, PipelineOptions options, Action<string> tell)
    {
        PyramidStore? store = null;
        try
        {
            store = PyramidStore.Open(path, isWritable: true);
            if (store.About.IsSameAs(about) && (store.Resolution, store.Channels, store.Count) == (options.Resolution, options.Channels, source.Count)
                && store.Layout.LabelSize == source.LabelSize)
                return store;
            throw new InvalidDataException("it is of another source");
        }
        catch (InvalidDataException error)
        {
            store?.Dispose();
            tell($"pyramid store {path} is damaged and made anew: {error.Message}");
            return null;
        }
    }

    /// <summary>What the source was before is not read again. A process that still has it open goes on with it.</summary>
    private static void DeleteStale(string folder, StoreAbout about, Action<string> tell)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*" + Ending))
        {
            try
            {
                using (var store = PyramidStore.Open(path, isWritable: false))
                {
                    if (!about.Succeeds(store.About))
                        continue;
                }

                File.Delete(path);
                tell($"deleted {path}: {about.Source} has changed since it was made");
            }
            catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                // Not ours, or in use where such a file can't be deleted.
            }
        }

        foreach (var path in Directory.EnumerateFiles(folder, ".tmp-*" + Ending + "-*").Where(path => File.GetLastWriteTimeUtc(path) < DateTime.UtcNow - Abandoned))
            File.Delete(path);
    }

    /// <summary>Classes take four bytes an image, whatever their number; so every label is looked at.</summary>
    private static StoreLabels LabelsOf(IImageSource source)
    {
        if (source.LabelSize == 0)
            return StoreLabels.None;
        var label = new float[source.LabelSize];
        for (var index = 0; index < source.Count; index++)
        {
            source.CopyLabel(index, label);
            if (!StoreLayout.IsOneClass(label))
                return StoreLabels.Vector;
        }

        return StoreLabels.Class;
    }
}
