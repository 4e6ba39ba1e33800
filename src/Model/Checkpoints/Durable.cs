using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Pggan.Model;

/// <summary>
/// Files and folders that are whole or absent: written under a temporary name, flushed to the disk, renamed. On Linux and macOS a
/// folder's entries are flushed apart from its files, which .NET can't do.
/// </summary>
internal static partial class Durable
{
    /// <summary>How temporary names begin.</summary>
    public const string TemporaryPrefix = ".tmp-";

    private const int ReadOnly = 0;

    // A process id comes back after a restart, in a container at once; the second number tells the two processes apart.
    private static readonly string Writer = $"{Environment.ProcessId}-{Random.Shared.Next():x8}";

    /// <summary>The hidden name beside a path under which this process writes or deletes it.</summary>
    public static string Aside(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return Path.Combine(Path.GetDirectoryName(full)!, $"{TemporaryPrefix}{Path.GetFileName(full)}-{Writer}");
    }

    /// <summary>True for a name that <see cref="Aside"/> gave to this or another process.</summary>
    public static bool IsTemporary(string path) => Path.GetFileName(path).StartsWith(TemporaryPrefix, StringComparison.Ordinal);

    /// <summary>Writes a new file and flushes it to the disk.</summary>
    public static void Create(string path, Action<Stream> write)
    {
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None);
        write(file);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Writes a file aside, flushes it and renames it over the old one.</summary>
    public static void Replace(string path, Action<Stream> write)
    {
        string aside = Aside(path);
        try
        {
            Create(aside, write);
            File.Move(aside, path, overwrite: true);
        }
        catch
        {
            File.Delete(aside);
            throw;
        }
        FlushFolder(Path.GetDirectoryName(aside)!);
    }

    /// <summary>Deletes a folder; its name goes first, so that no half of it looks whole.</summary>
    public static void DeleteFolder(string path)
    {
        string aside = Aside(path);
        Directory.Move(path, aside);
        Directory.Delete(aside, recursive: true);
    }

    /// <summary>Deletes what writers that no longer run left behind in a folder. What can't be deleted stays: it is in nobody's way.</summary>
    public static void DeleteLeftovers(string folder)
    {
        foreach (FileSystemInfo entry in new DirectoryInfo(folder).EnumerateFileSystemInfos(TemporaryPrefix + "*").Where(e => IsAbandoned(e.Name)))
        {
            try
            {
                if (entry is DirectoryInfo directory)
                    directory.Delete(recursive: true);
                else
                    entry.Delete();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
            }
        }
    }

    /// <summary>Flushes a folder's entries; does its best and reports nothing, for some file systems refuse.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        int handle = Open(folder, ReadOnly);
        if (handle < 0)
            return;
        _ = Sync(handle);
        _ = Close(handle);
    }

    private static bool IsAbandoned(string name)
    {
        if (name.EndsWith("-" + Writer, StringComparison.Ordinal))
            return false;
        string[] parts = name.Split('-');
        int id = parts.Length > 2 && int.TryParse(parts[^2], NumberStyles.None, CultureInfo.InvariantCulture, out int parsed) ? parsed : 0;
        return id <= 0 || id == Environment.ProcessId || !IsRunning(id);
    }

    private static bool IsRunning(int id)
    {
        try
        {
            using Process process = Process.GetProcessById(id);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
