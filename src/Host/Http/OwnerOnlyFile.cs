namespace Pggan.Host;

/// <summary>Files that hold a secret: never readable by others, not for a moment, and whole or absent.</summary>
internal static class OwnerOnlyFile
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes a file aside, with rights of the owner alone, and renames it.</summary>
    /// <exception cref="IOException">It cannot be written; nothing is left of it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        string aside = path + ".new";
        File.Delete(aside);
        FileStreamOptions alone = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            alone.UnixCreateMode = Owner;
        try
        {
            using (FileStream file = new(aside, alone))
                file.Write(content);
            File.Move(aside, path, overwrite: true);
        }
        catch
        {
            File.Delete(aside);
            throw;
        }
    }

    /// <summary>True when nobody but its owner may do anything with it, and it is no link to another place.</summary>
    public static bool IsPrivate(string path)
    {
        FileInfo file = new(path);
        return file.LinkTarget is null && (OperatingSystem.IsWindows() || (file.UnixFileMode & ~Owner) == 0);
    }
}
