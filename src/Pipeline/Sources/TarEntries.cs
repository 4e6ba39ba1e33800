using System.Globalization;
using System.Text;

namespace Pggan.Pipeline;

/// <summary>
/// A walk over the headers of a tar (ustar, GNU and PAX), as far as ordinary files are concerned. The base library's reader allocates what a
/// header announces; here nothing is, that the length of the file does not justify.
/// </summary>
internal static class TarEntries
{
    /// <summary>Bytes of a header; contents are padded to as many.</summary>
    public const int BlockBytes = 512;

    /// <summary>The most bytes of a long name or of extended attributes.</summary>
    private const int MostExtraBytes = 1 << 16;

    /// <summary>An ordinary file: its name, and where its bytes are.</summary>
    public readonly record struct Entry(string Name, long Offset, long Length);

    /// <summary>The ordinary files, in order.</summary>
    /// <exception cref="InvalidDataException">Damaged or cut off.</exception>
    public static IEnumerable<Entry> Of(SourceFile file)
    {
        var header = new byte[BlockBytes];
        string? longName = null;
        long? longSize = null;
        var at = 0L;
        for (long next; at < file.Length; at = next)
        {
            if (file.Read(header, at) != BlockBytes)
                throw Damaged(at, "is cut off");
            if (!header.AsSpan().ContainsAnyExcept((byte)0))
                yield break;
            if (!IsHeader(header))
                throw Damaged(at, "has a wrong checksum");

            var start = at + BlockBytes;
            var type = (char)header[156];
            var size = type is '\0' or '0' or '7' && longSize is { } announced ? announced : Number(header.AsSpan(124, 12));
            if (type is >= '1' and <= '6')
                size = 0; // links, devices and folders have no bytes
            if (size < 0 || size > file.Length - start)
                throw Damaged(at, $"announces {size} bytes, {file.Length - start} follow");
            next = start + (size + BlockBytes - 1) / BlockBytes * BlockBytes;
            switch (type)
            {
                case 'L':
                    longName = Text(Extra(file, start, size, at));
                    break;
                case 'x':
                    Attributes(Extra(file, start, size, at), at, ref longName, ref longSize);
                    break;
                case 'S':
                    throw Damaged(at, "is a file with holes; pack the images again without --sparse");
                default:
                    if (type is '\0' or '0' or '7')
                        yield return new Entry(longName ?? NameOf(header), start, size);
                    if (type is not ('g' or 'K'))
                        (longName, longSize) = (null, null);
                    break;
            }
        }

        if (at > file.Length)
            throw Damaged(file.Length, "is cut off");
    }

    /// <summary>Whether a block's checksum is that of a tar's header.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> block)
    {
        if (block.Length < BlockBytes || block[0] == 0)
            return false;
        var sum = 8 * ' ';
        for (var i = 0; i < BlockBytes; i++)
            sum += i is >= 148 and < 156 ? 0 : block[i];
        return sum == Number(block.Slice(148, 8));
    }

    private static byte[] Extra(SourceFile file, long start, long size, long at)
    {
        if (size > MostExtraBytes)
            throw Damaged(at, $"has a name or attributes of {size} bytes");
        var extra = new byte[size];
        return file.Read(extra, start) == size ? extra : throw Damaged(at, "is cut off");
    }

    /// <summary>PAX: lines "length key=value", the length in bytes and with its own digits.</summary>
    private static void Attributes(ReadOnlySpan<byte> lines, long at, ref string? name, ref long? size)
    {
        while (!lines.IsEmpty)
        {
            var space = lines.IndexOf((byte)' ');
            if (space < 0 || !int.TryParse(lines[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                || length <= space + 1 || length > lines.Length)
                throw Damaged(at, "has broken attributes");
            var line = lines[(space + 1)..(length - 1)];
            if (line.StartsWith("path="u8))
                name = Encoding.UTF8.GetString(line[5..]);
            else if (line.StartsWith("size="u8) && long.TryParse(line[5..], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                size = value;
            else if (line.StartsWith("GNU.sparse."u8))
                throw Damaged(at, "is a file with holes; pack the images again without --sparse");
            lines = lines[length..];
        }
    }

    private static string NameOf(ReadOnlySpan<byte> header)
    {
        var name = Text(header[..100]);
        var prefix = header.Slice(257, 6).SequenceEqual("ustar\0"u8) ? Text(header.Slice(345, 155)) : "";
        return prefix.Length == 0 ? name : prefix + "/" + name;
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }

    /// <summary>Octal digits, or GNU's binary for what these can't hold; -1 for what is no number.</summary>
    private static long Number(ReadOnlySpan<byte> field)
    {
        var value = 0L;
        if (field[0] >= 0x80)
        {
            foreach (var next in field[^8..])
                value = value << 8 | next;
            return field[0] == 0x80 && !field[1..^8].ContainsAnyExcept((byte)0) ? value : -1;
        }

        foreach (var digit in field.Trim(" \0"u8))
        {
            if (digit is < (byte)'0' or > (byte)'7')
                return -1;
            value = value << 3 | (long)(digit - '0');
        }

        return value;
    }

    private static InvalidDataException Damaged(long at, string what) => new($"the entry at byte {at} {what}");
}
