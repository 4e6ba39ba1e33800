namespace Pggan.Pipeline;

/// <summary>A folder of stores, one for each source and each way of bringing its images to a size. Several processes may use it.</summary>
public static class StoreFolder
{
    private const string Ending = ".store";

    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    private static readonly TimeSpan MostWait = TimeSpan.FromMinutes(1);

    /// <summary>What the store of a source would tell.</summary>
    public static StoreAbout AboutOf(IImageSource source, PipelineOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        return new StoreAbout(source.Description, source.Digest, source.Stamp, PixelsOf(options), ImageCodec.Version, source.ClassNames);
    }

    /// <summary>The file of a store.</summary>
    public static string PathOf(string folder, StoreAbout about)
    {
        ArgumentNullException.ThrowIfNull(about);
        return Path.Combine(folder, $"{about.Digest[..16]}-{about.Pixels}-{about.PixelDigest()[..8]}{Ending}");
    }

    /// <summary>Bytes of a source's store when all images are in it.</summary>
    public static long SizeOf(IImageSource source, PipelineOptions options)
    {
        var origin = AboutOf(source, options).Print();
        return new StoreLayout(
            options.Base, options.Resolution, options.Channels, LabelsOf(source), source.LabelSize, source.Count, source.Count, origin.Length, 0).FileBytes;
    }

    /// <summary>Opens the store of a source, made where there is none. Stores of what the source was before are deleted, if nobody used them for a day.</summary>
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

        // A rename replaces what another process has made since one looked, and has open.
        using var alone = Lock(Path.Combine(folder, ".lock"));
        DeleteStale(folder, about, tell);
        if (File.Exists(path))
        {
            if (TryOpen(path, about, source, options, tell) is { } store)
                return store;
            File.Delete(path);
        }

        var aside = PyramidStoreWriter.Aside(path);
        try
        {
            PyramidStoreWriter.Make(aside, options.Resolution, options.Channels, source.Count, LabelsOf(source), about, options.Base);
            File.Move(aside, path, overwrite: false);
        }
        finally
        {
            File.Delete(aside);
        }

        return TryOpen(path, about, source, options, tell) ?? throw new IOException($"{path} was damaged as soon as it was made");
    }

    /// <summary>The store of a source, for reading, if there is one. Nothing is made, changed or deleted.</summary>
    /// <param name="folder">Need not exist.</param>
    /// <param name="source">The source.</param>
    /// <param name="options">How its images are brought to a size.</param>
    public static PyramidStore? Find(string folder, IImageSource source, PipelineOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!source.IsEncoded || !Directory.Exists(folder))
            return null;
        var about = AboutOf(source, options);
        try
        {
            var store = PyramidStore.Open(PathOf(folder, about), isWritable: false);
            if (IsOf(store, about, source, options))
                return store;
            store.Dispose();
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            // None, or none that can be read.
        }

        return null;
    }

    /// <summary>How images are brought to a size, in a word.</summary>
    internal static string PixelsOf(PipelineOptions options)
    {
        var policy = options.SizePolicy switch
        {
            SizePolicy.CentreCrop => "centre-crop",
            SizePolicy.Stretch => "stretch",
            _ => "exact",
        };
        return FormattableString.Invariant($"{options.Resolution}-{options.Channels}-{policy}{(options.AllowUpscale ? "-upscaled" : "")}")
            + (options.Base.IsDefault ? "" : $"-base-{options.Base}")
            + (options.Decode.Background == 0xFFFFFF ? "" : FormattableString.Invariant($"-{options.Decode.Background:x6}"));
    }

    /// <summary>Waits until no other process is where this file stands for. It stays, for who deletes such a file may delete that of another.</summary>
    /// <exception cref="IOException">It can't be made, or another process does not come to an end.</exception>
    private static FileStream Lock(string path)
    {
        for (var start = Environment.TickCount64; ; Thread.Sleep(10))
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException) when (File.Exists(path) && Environment.TickCount64 - start < MostWait.TotalMilliseconds)
            {
                // Held.
            }
        }
    }

    private static bool IsOf(PyramidStore store, StoreAbout about, IImageSource source, PipelineOptions options) =>
        store.About.IsSameAs(about)
        && (store.Base, store.Resolution, store.Channels, store.Count) == (options.Base, options.Resolution, options.Channels, source.Count)
        && store.Layout.LabelSize == source.LabelSize;

    private static PyramidStore? TryOpen(string path, StoreAbout about, IImageSource source, PipelineOptions options, Action<string> tell)
    {
        PyramidStore? store = null;
        try
        {
            store = PyramidStore.Open(path, isWritable: true);
            if (IsOf(store, about, source, options))
            {
                store.WriteHeader(store.Layout); // the same: the file's time tells when it was used
                return store;
            }

            throw new InvalidDataException("it is of another source");
        }
        catch (InvalidDataException error)
        {
            store?.Dispose();
            tell($"pyramid store {path} is damaged and made anew: {error.Message}");
            return null;
        }
    }

    /// <summary>
    /// What the source was before is hardly read again. But two systems may use one folder and see other times of one dataset's files, so what was
    /// used lately stays; and the pixels of another decoder are no former ones. A process that has a store open goes on with it.
    /// </summary>
    private static void DeleteStale(string folder, StoreAbout about, Action<string> tell)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*" + Ending).Where(path => File.GetLastWriteTimeUtc(path) < DateTime.UtcNow - Abandoned))
        {
            try
            {
                string? change;
                using (var store = PyramidStore.Open(path, isWritable: false))
                    change = about.ChangeSince(store.About);
                if (change is null)
                    continue;
                File.Delete(path);
                tell($"deleted {path}: {change} of {about.Source} have changed since it was made, and it was not used for a day");
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
