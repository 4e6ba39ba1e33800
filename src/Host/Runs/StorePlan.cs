using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>Where the images of a run's dataset are kept at every resolution, so that no later run decodes them; and why not, where they are not.</summary>
/// <param name="Folder">Of the stores; null = there is none for this run.</param>
/// <param name="Hint">For the user; null where there is nothing to tell.</param>
internal sealed record StorePlan(string? Folder, string? Hint)
{
    /// <summary>The disk must have so often the room that a store takes, beside the run's checkpoints.</summary>
    private const int Room = 2;

    /// <summary>Images that are there already.</summary>
    public int Images { get; init; }

    /// <summary>The folder of the stores beside a run.</summary>
    public static string FolderIn(string runs) => Path.Combine(Path.GetFullPath(runs), ".pyramids");

    /// <summary>Decides.</summary>
    /// <param name="options">Of the run.</param>
    /// <param name="trainer">Decides the size of its checkpoints.</param>
    /// <param name="source">Its dataset.</param>
    /// <param name="runs">The folder of the runs.</param>
    public static StorePlan Of(RunOptions options, TrainerOptions trainer, IImageSource source, string runs)
    {
        if (options.Store == StoreMode.Off || !source.IsEncoded)
            return new StorePlan(null, null);
        string folder = FolderIn(runs);
        PipelineOptions pipeline = options.ToPipelineOptions();
        string path = StoreFolder.PathOf(folder, StoreFolder.AboutOf(source, pipeline));
        long bytes = StoreFolder.SizeOf(source, pipeline);
        string size = $"{source.Count} images, {Say.Memory(bytes)}";
        if (bytes > (long)options.StoreMaxMib << 20)
            return new StorePlan(null, $"no pyramid store: {size}, and store_max_mib is {options.StoreMaxMib}");

        int there = PyramidStore.ImagesIn(path);
        double missing = bytes * (1 - (double)there / source.Count);
        if (DiskSpace.FreeAt(folder) is { } free && free < Room * missing + DiskNeed.RunBytes(options, trainer))
            return new StorePlan(null, $"no pyramid store: {size}, and {Path.GetDirectoryName(folder)} has {Say.Memory(free)} free");
        return new StorePlan(folder, $"pyramid store: {size}, {path}{(there > 0 ? $" ({there} are there)" : "")}") { Images = there };
    }

    /// <summary>A source with the store that trainings keep of its images beside their runs, for reading; null where there is none.</summary>
    /// <param name="runs">The folder of the runs.</param>
    /// <param name="source">Not disposed with it.</param>
    /// <param name="options">How its images are brought to a size.</param>
    /// <param name="tell">Told what is out of the ordinary, in a line.</param>
    public static StoredSource? Find(string runs, IImageSource source, PipelineOptions options, Action<string> tell)
    {
        if (StoreFolder.Find(FolderIn(runs), source, options) is not { } store)
            return null;
        store.Degraded += tell;
        return new StoredSource(source, store);
    }

    /// <summary>The same of what this run would write, where it is there already.</summary>
    public StoredSource? Find(IImageSource source, PipelineOptions options) =>
        Folder is not null && StoreFolder.Find(Folder, source, options) is { } store ? new StoredSource(source, store) : null;

    /// <summary>Opens the store, or does without.</summary>
    /// <param name="source">The dataset.</param>
    /// <param name="options">Of the run.</param>
    /// <param name="tell">Told what is out of the ordinary, in a line.</param>
    public PyramidStore? Open(IImageSource source, PipelineOptions options, Action<string> tell)
    {
        if (Folder is null)
            return null;
        try
        {
            return StoreFolder.Open(Folder, source, options, tell);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            tell($"no pyramid store: {e.Message}");
            return null;
        }
    }
}
