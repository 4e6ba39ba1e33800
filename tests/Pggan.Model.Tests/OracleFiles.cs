namespace Pggan.Model.Tests;

/// <summary>Reference values: the folder that PGGAN_ORACLE names, or else the repository's own copy.</summary>
internal static class OracleFiles
{
    private static readonly string Folder = Environment.GetEnvironmentVariable("PGGAN_ORACLE") is { Length: > 0 } named
        ? named
        : Path.Combine(RepositoryRoot(), "tests", "oracle");

    /// <summary>Names of the files that match; there is always at least one.</summary>
    public static TheoryData<string> Matching(string pattern)
    {
        string[] names = [.. Directory.GetFiles(Folder, pattern).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];
        Assert.NotEmpty(names);
        return [.. names];
    }

    /// <summary>Full path of a file by its name.</summary>
    public static string PathOf(string name) => Path.Combine(Folder, name);

    internal static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Pggan.Actors.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("the tests run outside the repository, and PGGAN_ORACLE is not set");
    }
}
