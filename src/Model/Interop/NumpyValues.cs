using System.Buffers.Binary;

namespace Pggan.Model;

/// <summary>Arrays and numbers of numpy as a pickle describes them: little-endian, in either order of axes.</summary>
internal static class NumpyValues
{
    /// <summary>An array of floats, or a number as an array without axes.</summary>
    /// <param name="value">Of a pickle.</param>
    /// <param name="what">Its name, for errors.</param>
    /// <param name="numbers">How many numbers it must have; it may be named often in a file, and is copied each time.</param>
    /// <exception cref="InvalidDataException">It is none, or has not as many bytes as its shape takes.</exception>
    public static HostTensor Array(object? value, string what, long numbers)
    {
        if (value is not PickleCall call)
            throw PickleValues.Wrong(what, "no array");
        if (PickleGlobals.IsScalar(call.Maker))
            return new HostTensor([], [(float)PickleValues.Number(call, what)]);
        if (PickleGlobals.IsReconstruct(call.Maker) && call.State is PickleSequence { Items: [_, var shape, var type, var isFortran, var data] })
            return Array(PickleValues.Shape(shape, what), Type(type, what), isFortran is true, PickleValues.Bytes(data, what), what, numbers);
        if (PickleGlobals.IsFromBuffer(call.Maker) && call.Arguments is [var buffer, var of, var axes, string order])
            return Array(PickleValues.Shape(axes, what), Type(of, what), order == "F", PickleValues.Bytes(buffer, what), what, numbers);
        throw PickleValues.Wrong(what, "no array");
    }

    /// <summary>A number: long, double or bool.</summary>
    public static object Scalar(PickleCall call)
    {
        const string what = "a number of numpy";
        if (call.Arguments is not [var type, var data])
            throw PickleValues.Wrong(what, "none");
        (char kind, int size) = Type(type, what);
        ReadOnlySpan<byte> bytes = PickleValues.Bytes(data, what).Span;
        if (bytes.Length != size)
            throw PickleValues.Wrong(what, $"{bytes.Length} bytes instead of {size}");
        return (kind, size) switch
        {
            ('f', 2) => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
            ('f', 4) => (double)BinaryPrimitives.ReadSingleLittleEndian(bytes),
            ('f', 8) => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            ('i', 8) or ('u', 8) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            ('i', 4) => (long)BinaryPrimitives.ReadInt32LittleEndian(bytes),
            ('u', 4) => (long)BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            ('i', 2) => (long)BinaryPrimitives.ReadInt16LittleEndian(bytes),
            ('u', 2) => (long)BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            ('i', 1) => (long)(sbyte)bytes[0],
            ('u', 1) => (long)bytes[0],
            ('b', 1) => bytes[0] != 0,
            _ => throw PickleValues.Wrong(what, $"of type {kind}{size}, which can't be read"),
        };
    }

    private static HostTensor Array(long[] shape, (char Kind, int Size) type, bool isFortran, ReadOnlyMemory<byte> data, string what, long numbers)
    {
        if (type.Kind != 'f')
            throw PickleValues.Wrong(what, $"of type {type.Kind}{type.Size}; weights are floats");
        if (PickleValues.Count(shape, data.Length / type.Size) is not { } count || count * type.Size != data.Length)
            throw PickleValues.Wrong(what, $"[{string.Join(", ", shape)}] in {data.Length} bytes");
        if (count != numbers)
            throw PickleValues.Wrong(what, $"[{string.Join(", ", shape)}], and the architecture needs {numbers} numbers");
        float[] floats = PickleValues.Floats(data.Span, type.Size, what);
        if (!isFortran || shape.Length < 2)
            return new HostTensor(shape, floats);
        long[] reversed = [.. shape.Reverse()];
        return new HostTensor(reversed, floats).Permuted([.. Enumerable.Range(0, shape.Length).Select(axis => (long)(shape.Length - 1 - axis))]);
    }

    /// <summary>Kind and bytes of a dtype: the global numpy.dtype called with its name, then given its byte order.</summary>
    private static (char Kind, int Size) Type(object? value, string what)
    {
        if (value is not PickleCall { Maker: PickleGlobals.NumpyDtype, Arguments: [string name, ..] } call)
            throw PickleValues.Wrong(what, "of no type of numpy");
        string order = call.State is PickleSequence { Items: [_, string given, ..] } ? given : "<";
        if (order is not ("<" or "|" or "="))
            throw PickleValues.Wrong(what, "big-endian; convert it with astype('<f4')");
        return name switch
        {
            "f2" or "f4" or "f8" or "i8" or "i4" or "i2" or "i1" or "u8" or "u4" or "u2" or "u1" or "b1" => (name[0], name[1] - '0'),
            _ => throw PickleValues.Wrong(what, $"of type {(name.Length > 20 ? name[..20] : name)}, which can't be read"),
        };
    }
}
