namespace Pggan.Actors;

/// <summary>The lines of a file that another process may be appending to or cutting off.</summary>
public static class FileLines
{
    /// <summary>Longest line in bytes. A longer one is of no log of ours: it is passed on as an empty one, so that memory stays bounded.</summary>
    public const int Longest = 1 << 20;

    /// <summary>Each line without its end, valid until the next is asked for, and the offset behind it. What follows the last line end is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="from">Offset in bytes to begin at.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static IEnumerable<(ReadOnlyMemory<byte> Line, long End)> Read(string path, long from = 0)
    {
        // Some systems want a reader to let others write.
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        file.Position = from;
        var buffer = new byte[1 << 16];
        var (filled, end, tooLong) = (0, from, false);
        while (file.Read(buffer, filled, buffer.Length - filled) is > 0 and var read)
        {
            // What was there before has no line end.
            var (start, searched) = (0, filled);
            filled += read;
            for (int length; (length = buffer.AsSpan(searched, filled - searched).IndexOf((byte)'\n')) >= 0; searched = start)
            {
                var next = searched + length + 1;
                end += next - start;
                yield return (tooLong ? default : buffer.AsMemory(start, next - 1 - start), end);
                (start, tooLong) = (next, false);
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (filled == buffer.Length && filled < Longest)
                Array.Resize(ref buffer, 2 * filled);
            if (filled >= Longest)
                (end, filled, tooLong) = (end + filled, 0, true);
        }
    }
}
