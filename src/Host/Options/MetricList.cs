namespace Pggan.Host;

/// <summary>Metrics as a person names them.</summary>
internal static class MetricList
{
    /// <summary>No metric.</summary>
    public const string None = "none";

    /// <summary>The names of a list with commas between; empty for none.</summary>
    public static IReadOnlyList<string> Parse(string text) => text.Trim() == None
        ? []
        : [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(name => name.ToLowerInvariant()).Distinct()];

    /// <summary>Where statistics of reals are kept for all runs of a folder.</summary>
    public static string StatisticsFolder(string run) => Path.Combine(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(run)))!, ".statistics");
}
