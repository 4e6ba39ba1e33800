using System.Runtime.InteropServices;

namespace Pggan.Model;

/// <summary>
/// Sorts many numbers by their bits, eleven at a time (radix sort, least significant first): some times faster than comparing them, and sorting is most
/// of what a sliced Wasserstein distance takes.
/// </summary>
internal static class FloatSort
{
    private const int Bits = 11;
    private const int Buckets = 1 << Bits;
    private const int Passes = 3; // 33 bits are all 32

    /// <summary>Ascending; −0 before 0, NaN with the sign bit first and other NaN last.</summary>
    /// <param name="numbers">Sorted in place.</param>
    /// <param name="spare">As many that are overwritten.</param>
    /// <exception cref="ArgumentException">There is less to spare than to sort.</exception>
    public static void Sort(Span<float> numbers, Span<float> spare)
    {
        if (spare.Length < numbers.Length)
            throw new ArgumentException($"{numbers.Length} numbers need as many to spare, not {spare.Length}");
        Span<uint> from = MemoryMarshal.Cast<float, uint>(numbers), to = MemoryMarshal.Cast<float, uint>(spare)[..numbers.Length];
        Span<int> counts = stackalloc int[Passes * Buckets];
        counts.Clear();
        for (int i = 0; i < from.Length; i++)
        {
            uint key = Key(from[i]);
            from[i] = key;
            for (int pass = 0; pass < Passes; pass++)
                counts[pass * Buckets + Digit(key, pass)]++;
        }
        for (int pass = 0; pass < Passes; pass++)
        {
            Span<int> places = counts.Slice(pass * Buckets, Buckets);
            int place = 0;
            for (int i = 0; i < Buckets; i++)
                (places[i], place) = (place, place + places[i]);
            foreach (uint key in from)
                to[places[Digit(key, pass)]++] = key;
            Span<uint> sorted = to;
            to = from;
            from = sorted;
        }
        for (int i = 0; i < from.Length; i++) // an odd number of passes ends in what was to spare
            to[i] = Number(from[i]);
    }

    private static int Digit(uint key, int pass) => (int)(key >> (pass * Bits)) & (Buckets - 1);

    /// <summary>Bits of a float that are ordered as whole numbers: a negative one's all turned, else the sign alone.</summary>
    private static uint Key(uint bits) => bits ^ ((uint)((int)bits >> 31) | 0x80000000);

    private static uint Number(uint key) => key ^ (((key >> 31) - 1) | 0x80000000);
}
