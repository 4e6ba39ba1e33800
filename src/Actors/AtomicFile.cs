namespace Pggan.Actors;

/// <summary>Files that are whole or not there.</summary>
internal static class AtomicFile
{
    /// <summary>Writes aside, flushes to disk and renames.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var aside = path + ".tmp";
        using (var stream = new FileStream(aside, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(aside, path, overwrite: true);
    }
}
