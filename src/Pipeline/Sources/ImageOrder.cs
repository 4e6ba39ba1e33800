using System.Numerics;

namespace Pggan.Pipeline;

/// <summary>
/// The endless order of a run: each epoch is a seeded permutation of all images, computed for any position at once and without memory.
/// </summary>
/// <remarks>A Feistel network permutes the smallest even power of two that holds the count; values outside are walked on until one is inside.</remarks>
public sealed class ImageOrder
{
    private const int Rounds = 6;
    private const ulong OrderPurpose = 0x6f72646572;   // "order"
    private const ulong MirrorPurpose = 0x6d6972726f72; // "mirror"

    private readonly long _seed;
    private readonly int _halfBits;

    /// <summary>The order of <paramref name="count"/> images.</summary>
    public ImageOrder(int count, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        Count = count;
        _seed = seed;
        var bits = 32 - BitOperations.LeadingZeroCount((uint)(count - 1));
        _halfBits = Math.Max(1, (bits + 1) / 2);
    }

    /// <summary>Images in an epoch.</summary>
    public int Count { get; }

    /// <summary>The image at a position, 0 to <see cref="Count"/> - 1.</summary>
    public int IndexAt(long position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        var (epoch, place) = Math.DivRem(position, Count);
        var key = Mix(Mix((ulong)_seed ^ OrderPurpose) + (ulong)epoch);
        var value = (ulong)place;
        do
            value = Permute(value, key);
        while (value >= (ulong)Count);
        return (int)value;
    }

    /// <summary>Whether the image at a position is flipped left to right, if flips are on.</summary>
    public bool IsMirrored(long position) => (Mix(Mix((ulong)_seed ^ MirrorPurpose) + (ulong)position) & 1) != 0;

    private ulong Permute(ulong value, ulong key)
    {
        var mask = (1ul << _halfBits) - 1;
        var (left, right) = (value >> _halfBits, value & mask);
        for (var round = 0; round < Rounds; round++)
            (left, right) = (right, left ^ (Mix(right + Mix(key + (ulong)round)) & mask));
        return (left << _halfBits) | right;
    }

    // SplitMix64's step: a bijection of 64 bits that changes half of them.
    private static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
