namespace Pggan.Model;

/// <summary>Room on disks.</summary>
public static class DiskSpace
{
    /// <summary>Bytes that this user may still write to a file or folder, which need not exist yet; null where the system does not tell.</summary>
    public static long? FreeAt(string path)
    {
        if (ExistingFolder(path) is not { } folder)
            return null;
        try
        {
            // Outside Windows this asks for the file system of the folder itself, wherever that is mounted.
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The folder itself, or the nearest one above it that exists; null where there is none.</summary>
    public static string? ExistingFolder(string path)
    {
        string? folder = Path.GetFullPath(path);
        while (folder is not null && !Directory.Exists(folder))
            folder = Path.GetDirectoryName(folder);
        return folder;
    }
}
