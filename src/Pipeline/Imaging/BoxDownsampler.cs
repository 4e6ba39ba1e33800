using System.Runtime.Intrinsics;

namespace Pggan.Pipeline;

/// <summary>
/// The official pyramid's box filter in exact integers: each level keeps the sum of its block, and only <see cref="Round"/> divides.
/// That equals the 2×2 mean of the unrounded level above, without any rounding on the way.
/// </summary>
public static class BoxDownsampler
{
    /// <summary>How often a level can be halved before a sum leaves 32 bits: 255 · 4^12 &lt; 2^32.</summary>
    public const int MaxHalvings = 12;

    /// <summary>Sums each 2×2 block of a plane of bytes.</summary>
    /// <param name="pixels">[height, width].</param>
    /// <param name="width">Even, in pixels.</param>
    /// <param name="height">Even, in pixels.</param>
    /// <param name="sums">[height/2, width/2], each 0 to 1020.</param>
    public static void SumBlocks(ReadOnlySpan<byte> pixels, int width, int height, Span<uint> sums)
    {
        var half = width / 2;
        var low = Vector128.Create((ushort)0xFF);
        for (var y = 0; y < height / 2; y++)
        {
            var upper = pixels.Slice(2 * y * width, width);
            var lower = pixels.Slice((2 * y + 1) * width, width);
            var target = sums.Slice(y * half, half);
            var x = 0;
            for (; x + 8 <= half; x += 8)
            {
                // Two neighbouring bytes are the low and high half of one 16-bit lane.
                var a = Vector128.Create(upper.Slice(2 * x, 16)).AsUInt16();
                var b = Vector128.Create(lower.Slice(2 * x, 16)).AsUInt16();
                var sum = (a & low) + (a >>> 8) + (b & low) + (b >>> 8);
                var (first, second) = Vector128.Widen(sum);
                first.CopyTo(target[x..]);
                second.CopyTo(target[(x + 4)..]);
            }

            for (; x < half; x++)
                target[x] = (uint)(upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1]);
        }
    }

    /// <summary>Sums each 2×2 block of a plane of sums, in place: the result is the first quarter of <paramref name="sums"/>.</summary>
    /// <param name="sums">[height, width] on entry, [height/2, width/2] on return.</param>
    /// <param name="width">Even, in pixels.</param>
    /// <param name="height">Even, in pixels.</param>
    public static void SumBlocks(Span<uint> sums, int width, int height)
    {
        // In place is safe: a result is written at or before the place of the first value it was read from.
        var half = width / 2;
        var low = Vector128.Create(0xFFFF_FFFFul);
        for (var y = 0; y < height / 2; y++)
        {
            var upper = sums.Slice(2 * y * width, width);
            var lower = sums.Slice((2 * y + 1) * width, width);
            var target = sums.Slice(y * half, half);
            var x = 0;
            for (; x + 4 <= half; x += 4)
            {
                var a = Vector128.Create((ReadOnlySpan<uint>)upper.Slice(2 * x, 4)) + Vector128.Create((ReadOnlySpan<uint>)lower.Slice(2 * x, 4));
                var b = Vector128.Create((ReadOnlySpan<uint>)upper.Slice(2 * x + 4, 4)) + Vector128.Create((ReadOnlySpan<uint>)lower.Slice(2 * x + 4, 4));
                var first = (a.AsUInt64() & low) + (a.AsUInt64() >>> 32);
                var second = (b.AsUInt64() & low) + (b.AsUInt64() >>> 32);
                Vector128.Narrow(first, second).CopyTo(target[x..]);
            }

            for (; x < half; x++)
                target[x] = upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1];
        }
    }

    /// <summary>Divides sums by 4^<paramref name="halvings"/>, rounding half to even.</summary>
    /// <param name="sums">Sums of blocks of 4^halvings bytes.</param>
    /// <param name="halvings">1 to <see cref="MaxHalvings"/>.</param>
    /// <param name="pixels">As long as <paramref name="sums"/>.</param>
    public static void Round(ReadOnlySpan<uint> sums, int halvings, Span<byte> pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(halvings, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(halvings, MaxHalvings);

        // s + (half - 1) + (quotient is odd), then shifted: a tie goes up only from an odd quotient.
        var shift = 2 * halvings;
        var bias = (1u << (shift - 1)) - 1;
        var one = Vector128.Create(1u);
        var biases = Vector128.Create(bias);
        var x = 0;
        for (; x + 16 <= sums.Length; x += 16)
        {
            var a = RoundLane(Vector128.Create(sums.Slice(x, 4)));
            var b = RoundLane(Vector128.Create(sums.Slice(x + 4, 4)));
            var c = RoundLane(Vector128.Create(sums.Slice(x + 8, 4)));
            var d = RoundLane(Vector128.Create(sums.Slice(x + 12, 4)));
            Vector128.Narrow(Vector128.Narrow(a, b), Vector128.Narrow(c, d)).CopyTo(pixels[x..]);
        }

        for (; x < sums.Length; x++)
            pixels[x] = (byte)((sums[x] + bias + ((sums[x] >>> shift) & 1)) >>> shift);

        Vector128<uint> RoundLane(Vector128<uint> s) => (s + biases + ((s >>> shift) & one)) >>> shift;
    }
}
