using System.Buffers.Binary;
using System.Text;

namespace Pggan.Pipeline;

/// <summary>
/// Where the chunks of an array in an HDF5 file are: as much of the format as h5py writes unless it is told to write a newer one (superblock 0 or 1,
/// groups with a symbol table, arrays in one piece or in chunks in a tree, gzip). An array in one piece has a chunk for each row. Each number is checked
/// against the file, and no other file is opened, whatever links say.
/// </summary>
internal sealed class Hdf5Array
{
    private const int DataspaceMessage = 1;
    private const int TypeMessage = 3;
    private const int LayoutMessage = 8;
    private const int FilterMessage = 11;
    private const int ContinuationMessage = 16;
    private const int SymbolTableMessage = 17;
    private const int MostHeaderBytes = 1 << 16;
    private const int MostBlocks = 256;

    private const int IntegerType = 0;
    private const int TextType = 3;

    private readonly SourceFile _file;
    private readonly int _type;
    private readonly long _itemBytes;
    private readonly bool _isOnePiece;
    private readonly long _start;
    private readonly bool _isPacked;
    private long _visited;

    private Hdf5Array(SourceFile file, string name, Dictionary<int, byte[]> messages)
    {
        _file = file;
        Name = name;
        Shape = ShapeOf(Message(messages, DataspaceMessage));
        var type = Message(messages, TypeMessage);
        if (type.Length < 8)
            throw new InvalidDataException($"the type of {name} is damaged");
        _type = type[0] & 0xF;
        _itemBytes = BinaryPrimitives.ReadUInt32LittleEndian(type.AsSpan(4));
        RowBytes = RowBytesOf(Shape, _itemBytes, name);
        var layout = Message(messages, LayoutMessage);
        if (layout is [3, 1, ..] && layout.Length >= 18)
        {
            (_isOnePiece, _start, Chunk) = (true, Address(layout.AsSpan(2)), [1, .. Shape.AsSpan(Math.Min(1, Shape.Length))]);
            return;
        }

        if (layout is not [3, 2, var sides, ..] || sides != Shape.Length + 1 || layout.Length < 11 + 4 * sides)
            throw new InvalidDataException($"{name} is neither in one piece nor in chunks, or of HDF5's newer layout; write it without libver");
        Chunk = new long[Shape.Length];
        for (var i = 0; i < Chunk.Length; i++)
            Chunk[i] = BinaryPrimitives.ReadUInt32LittleEndian(layout.AsSpan(11 + 4 * i));
        _isPacked = messages.TryGetValue(FilterMessage, out var filters) && IsDeflate(filters, name);
        _start = Address(layout.AsSpan(3));
    }

    /// <summary>Called for each chunk.</summary>
    /// <param name="corner">Of the chunk, in the array.</param>
    /// <param name="offset">Of its bytes, in the file.</param>
    /// <param name="length">Of its bytes.</param>
    /// <param name="isPacked">Whether they are a stream of zlib's.</param>
    public delegate void Visitor(ReadOnlySpan<long> corner, long offset, long length, bool isPacked);

    /// <summary>Of the array.</summary>
    public string Name { get; }

    /// <summary>Its sides.</summary>
    public long[] Shape { get; }

    /// <summary>Those of a chunk.</summary>
    public long[] Chunk { get; }

    /// <summary>Whether it holds bytes.</summary>
    public bool IsBytes => _type == IntegerType && _itemBytes == 1;

    /// <summary>Whether it holds texts, all in the same number of bytes.</summary>
    public bool IsText => _type == TextType;

    /// <summary>Bytes of a row: what is at one place of the first side.</summary>
    public int RowBytes { get; }

    /// <summary>The array in the file's root that is chosen by its name; null where none is.</summary>
    /// <exception cref="InvalidDataException">No HDF5 file, damaged, or of a newer format.</exception>
    public static Hdf5Array? Open(SourceFile file, Func<IReadOnlyList<string>, string?> choose)
    {
        var head = Bytes(file, 0, 96);
        if (head[8] > 1)
            throw new InvalidDataException("it is of HDF5's newer layout; write it without libver");
        if (head[13] != 8 || head[14] != 8)
            throw new InvalidDataException($"it has addresses of {head[13]} bytes");
        var at = head[8] == 0 ? 24 : 28;
        if (Address(head.AsSpan(at)) != 0)
            throw new InvalidDataException("it begins within another file");
        if (Address(head.AsSpan(at + 16)) is var length && length > file.Length)
            throw new InvalidDataException($"it is cut off: it announces {length} bytes and has {file.Length}");

        var root = MessagesAt(file, Address(head.AsSpan(at + 40)));
        var table = root.GetValueOrDefault(SymbolTableMessage);
        if (table is null || table.Length < 16)
            throw new InvalidDataException("its root is of HDF5's newer layout; write it without libver");
        var heap = Bytes(file, Address(table.AsSpan(8)), 32);
        if (!heap.AsSpan(0, 4).SequenceEqual("HEAP"u8))
            throw new InvalidDataException("its names are damaged");
        var entries = new Dictionary<string, long>(StringComparer.Ordinal);
        var names = Address(heap.AsSpan(24));
        var visited = 0L;
        Groups(file, Address(table), int.MaxValue, ref visited, (name, address) => entries[NameAt(file, names + name)] = address);
        return choose([.. entries.Keys]) is { } chosen ? new Hdf5Array(file, chosen, MessagesAt(file, entries[chosen])) : null;
    }

    /// <summary>Visits all chunks that were written.</summary>
    /// <exception cref="InvalidDataException">Damaged.</exception>
    public void Walk(Visitor visit)
    {
        if (_start == -1)
            return;
        if (!_isOnePiece)
        {
            Chunks(_start, int.MaxValue, visit);
            return;
        }

        if (_start < 0 || Shape[0] > (_file.Length - _start) / Math.Max(1, RowBytes))
            throw new InvalidDataException($"{Name} lies outside of the file");
        var corner = new long[Shape.Length];
        for (; corner[0] < Shape[0]; corner[0]++)
            visit(corner, _start + corner[0] * RowBytes, RowBytes, false);
    }

    private void Chunks(long address, int above, Visitor visit)
    {
        var rank = Shape.Length;
        var keyBytes = 8 + 8 * (rank + 1);
        var (level, count) = Node(_file, address, 1, above, keyBytes + 8, ref _visited);
        var node = Bytes(_file, address + 24, count * (keyBytes + 8));
        var corner = new long[rank];
        for (var i = 0; i < count; i++)
        {
            var key = node.AsSpan(i * (keyBytes + 8));
            var child = Address(key[keyBytes..]);
            if (level > 0)
            {
                Chunks(child, level, visit);
                continue;
            }

            long length = BinaryPrimitives.ReadUInt32LittleEndian(key);
            if (child < 0 || length > _file.Length - child)
                throw new InvalidDataException($"a chunk of {Name} lies outside of the file");
            for (var side = 0; side < rank; side++)
                corner[side] = BinaryPrimitives.ReadInt64LittleEndian(key[(8 + 8 * side)..]);
            visit(corner, child, length, _isPacked && (key[4] & 1) == 0);
        }
    }

    private static void Groups(SourceFile file, long address, int above, ref long visited, Action<long, long> visit)
    {
        var (level, count) = Node(file, address, 0, above, 16, ref visited);
        var node = Bytes(file, address + 24, 16 * count);
        for (var i = 0; i < count; i++)
        {
            var child = Address(node.AsSpan(16 * i + 8));
            if (level > 0)
            {
                Groups(file, child, level, ref visited, visit);
                continue;
            }

            var leaf = Bytes(file, child, 8);
            int entries = BinaryPrimitives.ReadUInt16LittleEndian(leaf.AsSpan(6));
            if (!leaf.AsSpan(0, 4).SequenceEqual("SNOD"u8) || (visited += 8 + 40 * entries) > file.Length)
                throw new InvalidDataException("its table of names is damaged");
            leaf = Bytes(file, child + 8, 40 * entries);
            for (var entry = 0; entry < entries; entry++)
            {
                // 2 is a link to another place: what is meant stands there.
                if (leaf[40 * entry + 16] != 2)
                    visit(Address(leaf.AsSpan(40 * entry)), Address(leaf.AsSpan(40 * entry + 8)));
            }
        }
    }

    /// <summary>The level of a tree's node, which must lie below the one above, and its children.</summary>
    /// <param name="file">To read.</param>
    /// <param name="address">Of the node.</param>
    /// <param name="kind">0 of names, 1 of chunks.</param>
    /// <param name="above">The level above.</param>
    /// <param name="childBytes">Of a child's key and address.</param>
    /// <param name="visited">Bytes of nodes until now: all have their own place, so a tree that has more than the file leads to some again and again.</param>
    private static (int Level, int Count) Node(SourceFile file, long address, int kind, int above, int childBytes, ref long visited)
    {
        var head = Bytes(file, address, 24);
        int level = head[5];
        int count = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(6));
        if (!head.AsSpan(0, 4).SequenceEqual("TREE"u8) || head[4] != kind || level >= above || (visited += 24 + count * childBytes) > file.Length)
            throw new InvalidDataException($"the tree at byte {address} is damaged");
        return (level, count);
    }

    private static Dictionary<int, byte[]> MessagesAt(SourceFile file, long address)
    {
        var head = Bytes(file, address, 16);
        if (head[0] != 1)
            throw new InvalidDataException("it is of HDF5's newer layout, or damaged; write it without libver");
        var messages = new Dictionary<int, byte[]>();
        var blocks = new Queue<(long Offset, long Length)>([(address + 16, BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(8)))]);
        for (var read = 0; blocks.TryDequeue(out var place); read++)
        {
            if (place.Length is < 0 or > MostHeaderBytes || read > MostBlocks)
                throw new InvalidDataException($"the header at byte {address} is damaged");
            ReadOnlySpan<byte> block = Bytes(file, place.Offset, (int)place.Length);
            while (block.Length >= 8)
            {
                int type = BinaryPrimitives.ReadUInt16LittleEndian(block), length = BinaryPrimitives.ReadUInt16LittleEndian(block[2..]);
                if (length > block.Length - 8)
                    throw new InvalidDataException($"the header at byte {address} is damaged");
                var message = block.Slice(8, length);
                if (type == ContinuationMessage && length >= 16)
                    blocks.Enqueue((Address(message), Address(message[8..])));
                else
                    messages.TryAdd(type, message.ToArray());
                block = block[(8 + length)..];
            }
        }

        return messages;
    }

    private static long[] ShapeOf(byte[] space)
    {
        if (space is not [1 or 2, <= 8, ..] || space.Length < (space[0] == 1 ? 8 : 4) + 8 * space[1])
            throw new InvalidDataException("the shape of an array is damaged");
        var shape = new long[space[1]];
        for (var i = 0; i < shape.Length; i++)
            shape[i] = Address(space.AsSpan((space[0] == 1 ? 8 : 4) + 8 * i));
        return shape;
    }

    private static int RowBytesOf(long[] shape, long itemBytes, string name)
    {
        var bytes = itemBytes;
        foreach (var side in shape.AsSpan(Math.Min(1, shape.Length)))
            bytes = side is >= 0 and <= int.MaxValue && bytes <= int.MaxValue ? bytes * side : long.MaxValue;
        return bytes <= int.MaxValue ? (int)bytes : throw new InvalidDataException($"{name} is [{string.Join(", ", shape)}] of {itemBytes} bytes, which are too many");
    }

    private static bool IsDeflate(byte[] filters, string name)
    {
        if (filters is [1, 0, ..])
            return false;
        return filters is [1, 1, _, _, _, _, _, _, 1, 0, ..] ? true : throw new InvalidDataException($"{name} is packed by other filters than gzip alone");
    }

    private static byte[] Message(Dictionary<int, byte[]> messages, int type) =>
        messages.GetValueOrDefault(type) ?? throw new InvalidDataException("an array's header is damaged");

    private static string NameAt(SourceFile file, long offset)
    {
        Span<byte> name = stackalloc byte[64];
        if (offset < 0)
            throw new InvalidDataException("a name lies outside of the file");
        name = name[..file.Read(name, offset)];
        return Encoding.UTF8.GetString(name[..(name.IndexOf((byte)0) is >= 0 and var end ? end : name.Length)]);
    }

    private static byte[] Bytes(SourceFile file, long offset, int length)
    {
        if (offset < 0 || length > file.Length - offset)
            throw new InvalidDataException($"what should be at byte {offset} is outside of the file");
        var bytes = new byte[length];
        return file.Read(bytes, offset) == length ? bytes : throw new InvalidDataException("it is cut off");
    }

    private static long Address(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes);
}
