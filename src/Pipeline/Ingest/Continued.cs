namespace Pggan.Pipeline;

/// <summary>A file that is gone on with.</summary>
internal static class Continued
{
    /// <summary>Opens a file, or a new one, behind its first bytes; what came after them is cut off.</summary>
    /// <exception cref="InvalidDataException">It has fewer bytes.</exception>
    public static FileStream Open(string path, long length)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 1 << 16);
        try
        {
            if (file.Length < length)
                throw new InvalidDataException($"{DisplayName.Of(path)} has {file.Length} bytes, and {length} were written");
            file.SetLength(length);
            file.Position = length;
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
