using System.Buffers.Binary;

namespace Pggan.Pipeline;

/// <summary>
/// A walk over the tree of an LMDB file: keys, and where in the file their values are. The file is read and not mapped, so that one that is cut
/// off under a run is an error and not the end of the process; and each number in it is checked, which LMDB itself does not do (ADR 0026).
/// </summary>
internal sealed class LmdbTree
{
    private const uint Magic = 0xBEEF_C0DE;
    private const int PageHeader = 16;
    private const int NodeHeader = 8;
    private const int Branch = 1;
    private const int Leaf = 2;
    private const int InOverflow = 1;
    private const ulong NoPage = ulong.MaxValue;
    private const int MostDepth = 32;
    private const int MostKeyBytes = 511;

    private readonly SourceFile _file;
    private readonly int _pageBytes;
    private readonly long _pages;
    private readonly ulong _root;
    private readonly int _depth;
    private long _visited;
    private ulong _records;

    /// <summary>Reads the two headers, of which the newer counts.</summary>
    /// <exception cref="InvalidDataException">No LMDB file of a known version.</exception>
    public LmdbTree(SourceFile file)
    {
        _file = file;
        Span<byte> meta = stackalloc byte[152];
        if (file.Read(meta, 0) != meta.Length || !IsMeta(meta))
            throw new InvalidDataException("it does not begin as an LMDB file");
        var pageBytes = BinaryPrimitives.ReadUInt32LittleEndian(meta[40..]);
        if (pageBytes is < 512 or > 65536 || !uint.IsPow2(pageBytes))
            throw new InvalidDataException($"it has pages of {pageBytes} bytes");
        _pageBytes = (int)pageBytes;
        _pages = file.Length / _pageBytes;

        Span<byte> second = stackalloc byte[152];
        if (file.Read(second, _pageBytes) == second.Length && IsMeta(second) && Number(second[144..]) > Number(meta[144..]))
            second.CopyTo(meta);
        _depth = BinaryPrimitives.ReadUInt16LittleEndian(meta[94..]);
        Count = Number(meta[120..]);
        _root = Number(meta[128..]);
        if (_depth > MostDepth)
            throw new InvalidDataException($"its tree is {_depth} pages deep");
    }

    /// <summary>Called for each record, in the order of keys.</summary>
    /// <param name="key">Valid during the call.</param>
    /// <param name="offset">Of the value, in the file.</param>
    /// <param name="length">Bytes of the value.</param>
    public delegate void Visitor(ReadOnlySpan<byte> key, long offset, long length);

    /// <summary>Records, as announced.</summary>
    public ulong Count { get; }

    /// <summary>Whether a file begins as those of LMDB.</summary>
    public static bool IsMeta(ReadOnlySpan<byte> page) =>
        page.Length >= 24 && BinaryPrimitives.ReadUInt32LittleEndian(page[16..]) == Magic && BinaryPrimitives.ReadUInt32LittleEndian(page[20..]) == 1;

    /// <summary>Visits all records.</summary>
    /// <exception cref="InvalidDataException">Damaged, cut off, or with records of another kind.</exception>
    public void Walk(Visitor visit)
    {
        if (_root != NoPage)
            Walk(_root, 1, visit);
    }

    private void Walk(ulong number, int depth, Visitor visit)
    {
        // A damaged tree may lead in circles: it has no more pages than the file.
        if (number >= (ulong)_pages || depth > _depth || ++_visited > _pages)
            throw new InvalidDataException($"page {number} is not there, the file is cut off or damaged");
        var page = new byte[_pageBytes];
        var start = (long)number * _pageBytes;
        if (_file.Read(page, start) != page.Length)
            throw new InvalidDataException($"page {number} is cut off");
        var flags = BinaryPrimitives.ReadUInt16LittleEndian(page.AsSpan(10));
        if ((flags & 0x2F) is not (Branch or Leaf))
            throw Damaged(number);
        var count = (BinaryPrimitives.ReadUInt16LittleEndian(page.AsSpan(12)) - PageHeader) / 2;
        if (count < 0 || PageHeader + 2 * count > _pageBytes)
            throw Damaged(number);
        var used = PageHeader;
        for (var i = 0; i < count; i++)
        {
            int at = BinaryPrimitives.ReadUInt16LittleEndian(page.AsSpan(PageHeader + 2 * i));
            if (at < PageHeader || at + NodeHeader > _pageBytes)
                throw Damaged(number);
            var node = page.AsSpan(at);
            var low = BinaryPrimitives.ReadUInt32LittleEndian(node);
            var high = BinaryPrimitives.ReadUInt16LittleEndian(node[4..]);
            if ((flags & Branch) != 0)
            {
                Walk((ulong)high << 32 | low, depth + 1, visit);
                continue;
            }

            int keyBytes = BinaryPrimitives.ReadUInt16LittleEndian(node[6..]);
            if (keyBytes > MostKeyBytes || NodeHeader + keyBytes > node.Length)
                throw Damaged(number);

            // Several pointers to one node would make any number of records of a small file.
            used += 2 + NodeHeader + keyBytes + (high == 0 ? (int)Math.Min(low, (uint)_pageBytes) : 8);
            if (used > _pageBytes)
                throw Damaged(number);
            if (++_records > Count)
                throw new InvalidDataException($"it announces {Count} records and has more");
            var content = at + NodeHeader + keyBytes;
            var offset = start + content;
            switch (high)
            {
                case 0 when content + low <= _pageBytes:
                    break;
                case InOverflow when content + 8 <= _pageBytes && Number(page.AsSpan(content)) is var first && first < (ulong)_pages:
                    offset = (long)first * _pageBytes + PageHeader;
                    if (low > _file.Length - offset)
                        throw new InvalidDataException($"the value at page {first} is cut off");
                    break;
                case 0 or InOverflow:
                    throw Damaged(number);
                default:
                    throw new InvalidDataException("it holds databases within a database, or several values for a key; only one value a key is read");
            }

            visit(node.Slice(NodeHeader, keyBytes), offset, low);
        }
    }

    private static ulong Number(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    private static InvalidDataException Damaged(ulong page) => new($"page {page} is damaged");
}
