namespace Pggan.Model;

/// <summary>Room on disks.</summary>
public static class DiskSpace
{
    /// <summary>Bytes that this user may still write to a file or folder, which need not exist yet; null where the system does not tell.</summary>
    public static long? FreeAt(string path)
    {
        string? folder = Path.GetFullPath(path);
        while (folder is not null && !Directory.Exists(folder))
            folder = Path.GetDirectoryName(folder);
        if (folder is null)
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
}
