using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Pggan.Host.Tests;

/// <summary>Damages inputs as disks, networks and attackers do. The same seed gives the same damage.</summary>
internal sealed partial class Mutator(int seed)
{
    private const int MostBytes = 1 << 16;

    /// <summary>What lengths and counts lie with.</summary>
    private static readonly long[] Lies =
    [
        0, 1, -1, 2, 7, 8, 16, 127, 128, 255, 256, 1000, short.MaxValue, short.MinValue, ushort.MaxValue, 1 << 20, 1 << 24, (1L << 28) - 1, 1L << 28,
        int.MaxValue - 1, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, 1L << 40, 1L << 62, long.MaxValue, long.MinValue,
    ];

    private static readonly string[] Words =
    [
        "null", "true", "[]", "{}", "\"\"", "-0", "1e999", "-1e999", "1.5", "\"\\ud800\"", "\"\\u0000\"", new('[', 200), new('{', 200), "{\"a\":", ",", "NaN", "\uFEFF", "\n",
    ];

    private readonly Random _random = new(seed);

    /// <summary>A copy with one to five damages.</summary>
    /// <param name="input">Stays as it is.</param>
    /// <param name="other">Another input to take pieces from.</param>
    public byte[] Mutate(byte[] input, byte[] other)
    {
        byte[] mutated = input;
        for (int i = _random.Next(1, 6); i > 0; i--)
            mutated = Once(mutated, other);
        return mutated.Length <= MostBytes ? mutated : mutated[..MostBytes];
    }

    private byte[] Once(byte[] input, byte[] other)
    {
        if (input.Length == 0)
            return Piece(other);
        int at = _random.Next(input.Length);
        switch (_random.Next(11))
        {
            case 0:
                return Changed(input, copy => copy[at] ^= (byte)(1 << _random.Next(8)));
            case 1:
                return Changed(input, copy => copy[at] = (byte)_random.Next(256));
            case 2:
                return input[..at];
            case 3:
                return [.. input[..at], .. input[Math.Min(input.Length, at + _random.Next(1, 33))..]];
            case 4:
                byte[] piece = Piece(input);
                return [.. input[..at], .. Enumerable.Repeat(piece, _random.Next(1, 5)).SelectMany(p => p), .. input[at..]];
            case 5:
                return [.. input[..at], .. Piece(other), .. input[at..]];
            case 6:
                return [.. input[..at], .. other.AsSpan(_random.Next(other.Length + 1))];
            case 7:
                return [.. input[..at], .. Encoding.UTF8.GetBytes(Words[_random.Next(Words.Length)]), .. input[at..]];
            case 8:
                return Number(input);
            default:
                return Changed(input, copy => Lie(copy.AsSpan(at)));
        }
    }

    /// <summary>Another number for one that is written in digits.</summary>
    private byte[] Number(byte[] input)
    {
        string text = Encoding.Latin1.GetString(input);
        MatchCollection numbers = Digits().Matches(text);
        if (numbers.Count == 0)
            return Changed(input, copy => Lie(copy));
        Match number = numbers[_random.Next(numbers.Count)];
        string lie = Lies[_random.Next(Lies.Length)].ToString(CultureInfo.InvariantCulture);
        return Encoding.Latin1.GetBytes(text[..number.Index] + lie + text[(number.Index + number.Length)..]);
    }

    /// <summary>A number of one to eight bytes of either order.</summary>
    private void Lie(Span<byte> at)
    {
        Span<byte> lie = stackalloc byte[8];
        long value = Lies[_random.Next(Lies.Length)];
        int length = 1 << _random.Next(4);
        if (_random.Next(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(lie, value);
            lie = lie[..length];
        }
        else
        {
            BinaryPrimitives.WriteInt64BigEndian(lie, value);
            lie = lie[^length..];
        }
        lie[..Math.Min(length, at.Length)].CopyTo(at);
    }

    private byte[] Piece(byte[] from)
    {
        int start = _random.Next(from.Length + 1);
        return from[start..Math.Min(from.Length, start + _random.Next(1, 257))];
    }

    private static byte[] Changed(byte[] input, Action<byte[]> change)
    {
        byte[] copy = [.. input];
        change(copy);
        return copy;
    }

    [GeneratedRegex("[0-9]+", RegexOptions.None)]
    private static partial Regex Digits();
}
