using System.IO.Compression;

namespace Pggan.Pipeline;

/// <summary>
/// Refuses zips that lie. Nothing is ever unpacked to disk, so a name can't do harm here; but a zip whose names lead out of it was made to do
/// harm elsewhere, and its images are not to be trusted.
/// </summary>
internal static class ZipGuard
{
    /// <summary>No entry unpacks to more than this many times its size, what all compression of zips could do together with room to spare.</summary>
    private const long MostDeflated = 1032;

    /// <summary>Above <see cref="LargeBytes"/> no image, compressed as it is, becomes so many times as large.</summary>
    private const long MostRatio = 200;

    private const long LargeBytes = 16 << 20;

    private const int UnixType = 0xF000;
    private const int UnixLink = 0xA000;

    /// <summary>Fails for names that lead out or are there twice, and for entries that can't all be in the file.</summary>
    /// <exception cref="DatasetUnusableException">With a message for the user.</exception>
    public static void Check(ZipArchive archive, long fileBytes, string description)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var compressed = 0L;
        foreach (var entry in archive.Entries)
        {
            var name = entry.FullName;
            if (name.Contains('\0', StringComparison.Ordinal))
                throw new DatasetUnusableException($"{description}: '{DisplayName.Of(name)}' is no name of a file; pack the images again");
            if (LeadsOut(name))
                throw new DatasetUnusableException($"{description}: the name '{DisplayName.Of(name)}' leads out of it; pack the images again, with names below one folder");
            if (!names.Add(name))
                throw new DatasetUnusableException($"{description} holds '{DisplayName.Of(name)}' twice; pack the images again");
            compressed += Math.Max(0, Math.Min(entry.CompressedLength, long.MaxValue - compressed));
        }

        if (compressed > fileBytes)
            throw new DatasetUnusableException($"{description} announces more bytes than the file has ({compressed} of {fileBytes}); it is damaged, or entries share their bytes");
    }

    /// <summary>Fails for an entry that is not what it says.</summary>
    /// <exception cref="BadImageException">With the reason.</exception>
    public static void Check(ZipArchiveEntry entry)
    {
        if (entry.IsEncrypted)
            throw new BadImageException("the zip entry has a password");
        if ((entry.ExternalAttributes >> 16 & UnixType) == UnixLink)
            throw new BadImageException("the zip entry is a link");
        var ratio = entry.Length / Math.Max(1, entry.CompressedLength);
        if (ratio > MostDeflated || (ratio > MostRatio && entry.Length > LargeBytes))
            throw new BadImageException($"the zip entry claims to be {ratio} times as large when unpacked");
    }

    /// <summary>Whether a name is absolute, or goes up.</summary>
    internal static bool LeadsOut(string name)
    {
        if (name.StartsWith('/') || name.StartsWith('\\') || (name.Length > 1 && char.IsAsciiLetter(name[0]) && name[1] == ':'))
            return true;
        return name.Split('/', '\\').Contains("..");
    }
}
