using System.Runtime.InteropServices;

namespace Pggan.Model;

/// <summary>Values of a pickle as what they should be, with errors that name them.</summary>
internal static class PickleValues
{
    /// <summary>A dictionary, whatever class of them it was.</summary>
    public static PickleDictionary Dictionary(object? value, string what) => value switch
    {
        PickleDictionary dictionary => dictionary,
        PickleCall call when PickleGlobals.IsDictionary(call.Maker) => call.Items,
        _ => throw Wrong(what, "no dictionary"),
    };

    /// <summary>A list or tuple.</summary>
    public static IReadOnlyList<object?> Sequence(object? value, string what) => value is PickleSequence sequence ? sequence.Items : throw Wrong(what, "no list");

    public static string Text(object? value, string what) => value as string ?? throw Wrong(what, "no text");

    public static bool Switch(object? value, string what) => Unwrap(value) switch
    {
        bool flag => flag,
        long number => number != 0,
        _ => throw Wrong(what, "neither true nor false"),
    };

    public static int Integer(object? value, string what) => Unwrap(value) switch
    {
        long number and >= int.MinValue and <= int.MaxValue => (int)number,
        double number when number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue => (int)number,
        _ => throw Wrong(what, "no whole number of a network"),
    };

    public static double Number(object? value, string what) => Unwrap(value) switch
    {
        long number => number,
        double number => number,
        _ => throw Wrong(what, "no number"),
    };

    /// <summary>Bytes, however the protocol wrote them.</summary>
    public static ReadOnlyMemory<byte> Bytes(object? value, string what)
    {
        switch (value)
        {
            case ReadOnlyMemory<byte> plain:
                return plain;
            case string latin1: // Python 2
                return Latin1(latin1, what);
            case PickleCall { Maker: PickleGlobals.Encode, Arguments: [string encoded, ..] }:
                return Latin1(encoded, what);
            case PickleCall { Arguments: [] } call when PickleGlobals.IsBytes(call.Maker):
                return default;
            case PickleCall { Arguments: [ReadOnlyMemory<byte> bytes, ..] } call when PickleGlobals.IsBytes(call.Maker):
                return bytes;
            case PickleCall { Arguments: [string text, ..] } call when PickleGlobals.IsBytes(call.Maker):
                return Latin1(text, what);
            default:
                throw Wrong(what, "no bytes");
        }
    }

    /// <summary>Sizes of the axes of a tensor.</summary>
    public static long[] Shape(object? value, string what)
    {
        IReadOnlyList<object?> sizes = Sequence(value, what);
        return sizes.Count <= 8 && sizes.All(size => size is long and >= 0)
            ? [.. sizes.Select(size => (long)size!)]
            : throw Wrong(what, "no shape");
    }

    /// <summary>How many places a shape has; null when they are more than <paramref name="most"/>.</summary>
    public static long? Count(long[] shape, long most)
    {
        long count = 1;
        foreach (long axis in shape)
        {
            if (axis > 0 && count > most / axis)
                return null;
            count *= axis;
        }
        return count;
    }

    /// <summary>Little-endian numbers of so many bytes as floats.</summary>
    /// <exception cref="InvalidDataException">One is not finite.</exception>
    public static float[] Floats(ReadOnlySpan<byte> bytes, int size, string what)
    {
        float[] floats = size switch
        {
            2 => [.. MemoryMarshal.Cast<byte, Half>(bytes).ToArray().Select(half => (float)half)],
            4 => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
            _ => [.. MemoryMarshal.Cast<byte, double>(bytes).ToArray().Select(number => (float)number)],
        };
        return Array.TrueForAll(floats, float.IsFinite) ? floats : throw new InvalidDataException($"{what} has numbers that are not finite");
    }

    public static InvalidDataException Wrong(string what, string isNot) => new($"{what} is {isNot}");

    /// <summary>A number of numpy as a plain one.</summary>
    private static object? Unwrap(object? value) => value is PickleCall call && PickleGlobals.IsScalar(call.Maker) ? NumpyValues.Scalar(call) : value;

    private static ReadOnlyMemory<byte> Latin1(string text, string what)
    {
        byte[] bytes = new byte[text.Length];
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = text[i] <= byte.MaxValue ? (byte)text[i] : throw Wrong(what, "no bytes");
        return bytes;
    }
}
