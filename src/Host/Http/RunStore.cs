using System.Text.Json.Nodes;

namespace Pggan.Host;

/// <summary>The runs that can be asked about, as their files stand at the moment of asking. Thread-safe.</summary>
/// <param name="folder">Folder of the runs.</param>
/// <param name="live">Full path of the run that this process trains, or null.</param>
/// <param name="shown">Full path of the run that is meant where none is named; null = the live one, else the newest.</param>
internal sealed class RunStore(string folder, string? live, string? shown)
{
    private readonly PngHeads _heads = new();

    /// <summary>Name of the run that this process trains, or null.</summary>
    public string? Live => live is null ? null : Path.GetFileName(live);

    /// <summary>Full path of a run, or null where there is none of that name.</summary>
    /// <param name="name">Name of its folder, never a path; null = the one shown by default.</param>
    public string? Resolve(string? name)
    {
        if (name is null)
            return Named().FirstOrDefault() ?? Newest().FirstOrDefault();

        // What a stranger writes is compared with names, and no path is made of it.
        return Named().FirstOrDefault(run => Path.GetFileName(run) == name)
            ?? Children().FirstOrDefault(run => Path.GetFileName(run) == name && IsRun(run));
    }

    /// <summary>All of them, the newest first.</summary>
    public IReadOnlyList<RunSummary> List() => [.. Newest().Select(run => RunSummary.Of(run, run == live))];

    /// <summary>Status of the HTTP interface for a run that this process does not train.</summary>
    /// <param name="run">From <see cref="Resolve"/>.</param>
    public JsonObject StatusOf(string run) => RunStatus.Of(run, SamplesOf(run).Snapshots is [.., var newest] ? newest.Name : null);

    /// <summary>The pictures of a run.</summary>
    /// <param name="run">From <see cref="Resolve"/>.</param>
    public RunSamples SamplesOf(string run) => RunSamples.Of(run, _heads);

    private IEnumerable<string> Named() => new[] { shown, live }.OfType<string>().Where(IsRun);

    /// <summary>Names begin with a number of five digits.</summary>
    private IEnumerable<string> Newest() => Children().Where(IsRun).Union(Named())
        .OrderByDescending(run => char.IsAsciiDigit(Path.GetFileName(run)[0])).ThenByDescending(run => Path.GetFileName(run), StringComparer.Ordinal);

    private static bool IsRun(string run) => RunFile.Find(run, RunDirectory.OptionsFile) is not null;

    private List<string> Children()
    {
        try
        {
            // A link may lead anywhere.
            return [.. new DirectoryInfo(folder).EnumerateDirectories().Where(run => run.LinkTarget is null).Select(run => run.FullName)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
