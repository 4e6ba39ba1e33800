namespace Pggan.Host;

/// <summary>The one path of a file or folder, however it is named.</summary>
internal static class RealPath
{
    /// <summary>The full path without a separator at its end, and without links where it exists.</summary>
    /// <exception cref="IOException">A link cannot be read.</exception>
    public static string Of(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } folder)
            return full;
        string own = Path.Combine(Of(folder), Path.GetFileName(full));
        FileSystemInfo? target = !Path.Exists(own) ? null
            : Directory.Exists(own) ? Directory.ResolveLinkTarget(own, returnFinalTarget: true)
            : File.ResolveLinkTarget(own, returnFinalTarget: true);
        return target is null ? own : Of(target.FullName);
    }
}
