using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Pggan.Model;

/// <summary>
/// Files and folders that are whole or absent: written under a temporary name, flushed to the disk, renamed. On Linux and macOS a
/// folder's entries are flushed apart from its files, which .NET can't do.
/// </summary>
public static partial class Durable
{
    /// <summary>How temporary names begin.</summary>
    internal const string TemporaryPrefix = ".tmp-";

    private const int ReadOnly = 0;

    private const int InputOutputError = 5;

    private const int NoSpace = 28;

    // A process id comes back after a restart, in a container at once; the second number tells the two processes apart.
    private static readonly string Writer = $"{Environment.ProcessId}-{Random.Shared.Next():x8}";

    /// <summary>What this process has under a temporary name at the moment.</summary>
    private static readonly ConcurrentDictionary<string, byte> InUse = [];

    /// <summary>Told of each step before it is done, with the path: a test makes the N-th one fail by throwing.</summary>
    internal static event Action<FileStep, string>? Before;

    /// <summary>Writes a file aside, flushes it and renames it over the old one.</summary>
    /// <exception cref="IOException">It can't be written; the old one stays as it is.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        byte[] bytes = content.ToArray();
        Replace(path, file => file.Write(bytes));
    }

    /// <summary>Deletes what writers that no longer run left behind in a folder. What can't be deleted stays: it is in nobody's way.</summary>
    public static void DeleteLeftovers(string folder)
    {
        foreach (FileSystemInfo entry in new DirectoryInfo(folder).EnumerateFileSystemInfos(TemporaryPrefix + "*").Where(IsAbandoned))
            TryDelete(entry.FullName);
    }

    /// <summary>The hidden name beside a path under which this process writes or deletes it.</summary>
    internal static string Aside(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return Path.Combine(Path.GetDirectoryName(full)!, $"{TemporaryPrefix}{Path.GetFileName(full)}-{Writer}");
    }

    /// <summary>True for a name that <see cref="Aside"/> gave to this or another process.</summary>
    internal static bool IsTemporary(string path) => Path.GetFileName(path).StartsWith(TemporaryPrefix, StringComparison.Ordinal);

    /// <summary>Writes a new file and flushes it to the disk.</summary>
    internal static void Create(string path, Action<Stream> write)
    {
        Before?.Invoke(FileStep.Create, path);
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None);
        write(Before is { } before ? new WatchedStream(file, () => before(FileStep.Write, path)) : file);
        Before?.Invoke(FileStep.Flush, path);
        file.Flush(flushToDisk: true);
    }

    /// <summary>As <see cref="Replace(string, ReadOnlySpan{byte})"/>, of what is written into the stream.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes it.</param>
    /// <param name="cancellationToken">
    /// Takes the temporary file away at once, where the system lets go of an open one, so that none is left even if the process does not wait for
    /// the writer. It is for the writer to end.
    /// </param>
    /// <exception cref="IOException">It can't be written; the old one stays as it is.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the old one stays as it is.</exception>
    public static void Replace(string path, Action<Stream> write, CancellationToken cancellationToken = default)
    {
        string aside = Aside(path);
        InUse[aside] = 0;
        try
        {
            using CancellationTokenRegistration withdrawal = cancellationToken.Register(() => TryDelete(aside));
            Create(aside, write);
            cancellationToken.ThrowIfCancellationRequested();
            Before?.Invoke(FileStep.Rename, path);
            File.Move(aside, path, overwrite: true);
        }
        catch
        {
            TryDelete(aside);
            cancellationToken.ThrowIfCancellationRequested(); // it may have been taken away before the move
            throw;
        }
        finally
        {
            InUse.TryRemove(aside, out _);
        }
        FlushFolder(Path.GetDirectoryName(aside)!);
    }

    /// <summary>Makes a folder out of what is written into one aside.</summary>
    internal static void CreateFolder(string path, Action<string> fill)
    {
        string aside = Aside(path);
        Before?.Invoke(FileStep.CreateFolder, path);
        InUse[aside] = 0;
        try
        {
            Directory.CreateDirectory(aside);
            fill(aside);
            FlushFolder(aside);
            Before?.Invoke(FileStep.Rename, path);
            Directory.Move(aside, path);
        }
        catch
        {
            TryDelete(aside);
            throw;
        }
        finally
        {
            InUse.TryRemove(aside, out _);
        }
        FlushFolder(Path.GetDirectoryName(aside)!);
    }

    /// <summary>Deletes a folder; its name goes first, so that no half of it looks whole.</summary>
    internal static void DeleteFolder(string path)
    {
        string aside = Aside(path);
        Before?.Invoke(FileStep.Rename, path);
        Directory.Move(path, aside);
        Before?.Invoke(FileStep.Delete, path);
        Directory.Delete(aside, recursive: true);
    }

    /// <summary>What can't be deleted is hidden already and cleared by a later save: the fault that led here matters more.</summary>
    private static void TryDelete(string path)
    {
        try
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
            else
                File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Flushes a folder's entries. File systems that know no such thing are passed over.</summary>
    private static void FlushFolder(string folder)
    {
        Before?.Invoke(FileStep.Flush, folder);
        if (OperatingSystem.IsWindows())
            return;
        int handle = Open(folder, ReadOnly);
        if (handle < 0)
            return;
        int error = Sync(handle) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = Close(handle);
        if (error is InputOutputError or NoSpace)
            throw new IOException($"{folder} can't be flushed to the disk: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    private static bool IsAbandoned(FileSystemInfo entry)
    {
        // One of this process that is not in use could not be deleted when its write failed.
        if (entry.Name.EndsWith("-" + Writer, StringComparison.Ordinal))
            return !InUse.ContainsKey(entry.FullName);
        string[] parts = entry.Name.Split('-');
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

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
