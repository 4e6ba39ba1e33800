namespace Pggan.Pipeline;

/// <summary>
/// A walk over a structure in Thrift's compact protocol, which Parquet is described in. It makes nothing of it: it tells, before a library does
/// that takes each field for what it should be, whether fields are that, whether lists and texts are as long as they say, how deep they lie in each
/// other, and how many there are.
/// </summary>
internal ref struct CompactThrift
{
    private const int MostDepth = 16;

    /// <summary>Structures and elements; a library makes an object of each. A row group has some ten for each of its columns.</summary>
    private const int MostParts = 1 << 20;

    /// <summary>Of a tree: how many nodes, and how deep.</summary>
    private const int MostNodes = 10_000;
    private const int MostNodeDepth = 32;

    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;
    private int _parts;

    private CompactThrift(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Walks over a structure.</summary>
    /// <param name="bytes">Begin with it.</param>
    /// <param name="integers">Gets the structure's own integers by the numbers of their fields, as far as there is room; at 0, the largest field 1 of the structures in it.</param>
    /// <param name="structure">What it should be; null = any.</param>
    /// <returns>Its bytes.</returns>
    /// <exception cref="InvalidDataException">It is none, or longer than the bytes, or has too many parts.</exception>
    public static int Walk(ReadOnlySpan<byte> bytes, Span<long> integers, ThriftStructure? structure = null)
    {
        var walk = new CompactThrift(bytes);
        walk.Structure(integers, 0, structure);
        return walk._at;
    }

    private void Structure(scoped Span<long> integers, int depth, ThriftStructure? structure)
    {
        if (depth > MostDepth)
            throw Broken($"it lies deeper than {MostDepth} in itself");
        Count();
        var number = 0L;
        while (Byte() is > 0 and var header)
        {
            number = header >> 4 is > 0 and var step ? number + step : Signed();
            if (number is < 1 or > short.MaxValue)
                throw Broken($"it has a field {number}");
            var type = header & 0xF;
            var field = structure?[number];
            if (field is not null && !Has(field.Types, type))
                throw Broken($"field {number} of a {structure!.Name} is of another kind");
            if (type is >= 4 and <= 6 && Signed() is var value)
            {
                if (number < integers.Length)
                    integers[(int)number] = value;
            }
            else if (type == 12)
            {
                scoped Span<long> inner = [0, 0];
                Structure(inner, depth + 1, field?.Structure);
                if (integers.Length > 0)
                    integers[0] = Math.Max(integers[0], inner[1]);
            }
            else if (type is not (1 or 2 or (>= 4 and <= 6)))
            {
                Value(type, depth, field);
            }
        }
    }

    /// <summary>A value that is no integer of a structure, or an element.</summary>
    private void Value(int type, int depth, ThriftField? field)
    {
        switch (type)
        {
            case 3:
                Skip(1);
                break;
            case 4 or 5 or 6:
                Signed();
                break;
            case 7:
                Skip(8);
                break;
            case 8:
                Skip(Unsigned());
                break;
            case 9 or 10:
                var header = Byte();
                var count = header >> 4 == 15 ? Unsigned() : (ulong)(header >> 4);
                if (field is not null && count > 0 && !Has(field.ElementTypes, header & 0xF))
                    throw Broken("a list's elements are of another kind");
                if (field?.Structure is { Children: > 0 } node)
                    Nodes(count, depth, node);
                else
                    Elements(count, depth, field?.Structure, header & 0xF);
                break;
            case 11:
                if (Unsigned() is > 0 and var pairs && Byte() is var types)
                    Elements(pairs, depth, null, types >> 4, types & 0xF);
                break;
            case 12:
                Structure([], depth + 1, field?.Structure);
                break;
            default:
                throw Broken($"it has a value of type {type}"); // flags stand in structures alone
        }
    }

    private void Elements(ulong count, int depth, ThriftStructure? structure, params ReadOnlySpan<int> types)
    {
        RequireRoom(count, depth);
        var field = structure is null ? null : new ThriftField(0, 0, structure);
        for (; count > 0; count--)
        {
            Count();
            foreach (var type in types)
                Value(type, depth + 1, field);
        }
    }

    /// <summary>Structures that are the nodes of a tree, each before those beneath it.</summary>
    private void Nodes(ulong count, int depth, ThriftStructure node)
    {
        RequireRoom(count, depth);
        if (count > MostNodes)
            throw Broken($"it has {count} columns, and {MostNodes} are the most");
        var missing = new Stack<long>(); // nodes to come, at each depth
        var integers = new long[node.Children + 1];
        for (; count > 0; count--)
        {
            integers.AsSpan().Clear();
            Structure(integers, depth + 1, node);
            while (missing.TryPeek(out var left) && left <= 0)
                missing.Pop();
            if (missing.TryPop(out var others))
                missing.Push(others - 1);
            missing.Push(integers[node.Children]);
            if (missing.Count > MostNodeDepth)
                throw Broken($"its columns lie deeper than {MostNodeDepth} in each other");
        }
    }

    /// <summary>Each element takes a byte at least.</summary>
    private readonly void RequireRoom(ulong count, int depth)
    {
        if (count > (ulong)(_bytes.Length - _at) || depth > MostDepth)
            throw Broken("a list is longer than what is left");
    }

    private void Count()
    {
        if (++_parts > MostParts)
            throw Broken($"it has more than {MostParts} parts");
    }

    private long Signed()
    {
        var value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private ulong Unsigned()
    {
        var value = 0ul;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw Broken("a number does not end");
    }

    private int Byte() => _at < _bytes.Length ? _bytes[_at++] : throw Broken("it is cut off");

    private void Skip(ulong count)
    {
        if (count > (ulong)(_bytes.Length - _at))
            throw Broken("a text is longer than what is left");
        _at += (int)count;
    }

    private static bool Has(int types, int type) => (types >> type & 1) != 0;

    private static InvalidDataException Broken(string how) => new($"its description is damaged: {how}");
}
