using Microsoft.Win32.SafeHandles;

namespace Pggan.Pipeline;

/// <summary>Opens files of datasets. Only ordinary ones: opening a pipe may wait for ever, and a device has no end.</summary>
internal static class OrdinaryFile
{
    /// <summary>Whether there are bytes in a file. None are in pipes and devices.</summary>
    /// <exception cref="IOException">The file is not there, or a link leads in a circle.</exception>
    public static bool HasBytes(string path) => Target(path).Length > 0;

    /// <summary>A file to read from at any place.</summary>
    /// <exception cref="IOException">It can't be read, is empty or no ordinary file.</exception>
    public static SafeFileHandle OpenHandle(string path)
    {
        RequireBytes(path);
        return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
    }

    /// <summary>A file to read from.</summary>
    /// <exception cref="IOException">It can't be read, is empty or no ordinary file.</exception>
    public static FileStream Open(string path, FileOptions options = FileOptions.None)
    {
        RequireBytes(path);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, options);
    }

    private static void RequireBytes(string path)
    {
        if (!HasBytes(path))
            throw new IOException($"{DisplayName.Of(path)} is empty or no ordinary file");
    }

    /// <summary>A link has a length of its own.</summary>
    private static FileInfo Target(string path) => (FileInfo?)File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path);
}
