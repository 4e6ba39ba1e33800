namespace Pggan.Pipeline;

/// <summary>
/// A walk over a structure in Thrift's compact protocol, which Parquet is described in. It makes nothing of it: it tells, before a library does,
/// whether lists and texts are as long as they say, and how deep they lie in each other.
/// </summary>
internal ref struct CompactThrift
{
    private const int MostDepth = 16;

    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;

    private CompactThrift(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Walks over a structure.</summary>
    /// <param name="bytes">Begin with it.</param>
    /// <param name="integers">Gets the structure's own integers by the numbers of their fields, as far as there is room; at 0, the largest field 1 of the structures in it.</param>
    /// <returns>Its bytes.</returns>
    /// <exception cref="InvalidDataException">It is none, or longer than the bytes.</exception>
    public static int Walk(ReadOnlySpan<byte> bytes, Span<long> integers)
    {
        var walk = new CompactThrift(bytes);
        walk.Structure(integers, 0);
        return walk._at;
    }

    private void Structure(scoped Span<long> integers, int depth)
    {
        if (depth > MostDepth)
            throw Broken();
        var field = 0L;
        while (Byte() is > 0 and var header)
        {
            field = header >> 4 is > 0 and var step ? field + step : Signed();
            var type = header & 0xF;
            if (type is >= 4 and <= 6 && Signed() is var value)
            {
                if (field >= 0 && field < integers.Length)
                    integers[(int)field] = value;
            }
            else if (type == 12)
            {
                scoped Span<long> inner = [0, 0];
                Structure(inner, depth + 1);
                if (integers.Length > 0)
                    integers[0] = Math.Max(integers[0], inner[1]);
            }
            else if (type is not (1 or 2 or (>= 4 and <= 6)))
            {
                Value(type, depth);
            }
        }
    }

    /// <summary>A value that is no integer of a structure, or an element.</summary>
    private void Value(int type, int depth)
    {
        switch (type)
        {
            case 1 or 2 or 3:
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
                Elements(count, depth, header & 0xF);
                break;
            case 11:
                if (Unsigned() is > 0 and var pairs && Byte() is var types)
                    Elements(pairs, depth, types >> 4, types & 0xF);
                break;
            case 12:
                Structure([], depth + 1);
                break;
            default:
                throw Broken();
        }
    }

    private void Elements(ulong count, int depth, params ReadOnlySpan<int> types)
    {
        // Each takes a byte at least.
        if (count > (ulong)(_bytes.Length - _at) || depth > MostDepth)
            throw Broken();
        for (; count > 0; count--)
        {
            foreach (var type in types)
                Value(type, depth + 1);
        }
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

        throw Broken();
    }

    private int Byte() => _at < _bytes.Length ? _bytes[_at++] : throw Broken();

    private void Skip(ulong count)
    {
        if (count > (ulong)(_bytes.Length - _at))
            throw Broken();
        _at += (int)count;
    }

    private static InvalidDataException Broken() => new("its description is damaged");
}
