namespace Pggan.Model;

/// <summary>
/// The intervals that TensorFlow counts numbers in: their limits grow by a tenth from 1e-12 to 1e20, on both sides of 0. An interval holds its
/// lower limit and not its upper one.
/// </summary>
internal static class ExponentialBuckets
{
    private const double Smallest = 1e-12;
    private const double Largest = 1e20;
    private const double Growth = 1.1;

    /// <summary>Sign, exponent and four bits of the mantissa, so that numbers that share them have one limit between them at most.</summary>
    private const int Shift = 19;

    /// <summary>Limits above 0, and one that is above all floats.</summary>
    private static readonly double[] Above = [.. PositiveLimits()];

    /// <summary>By the highest bits of a positive float: how many limits are below the smallest of its kind.</summary>
    private static readonly short[] Below =
        [.. Enumerable.Range(0, 1 << (31 - Shift)).Select(bits => (short)Above.Count(limit => limit < BitConverter.Int32BitsToSingle(bits << Shift)))];

    /// <summary>The upper limit of each interval, in order.</summary>
    public static IReadOnlyList<double> Limits { get; } = [.. Above.Reverse().Select(limit => -limit), 0, .. Above];

    /// <summary>Which interval a finite number lies in.</summary>
    public static int Of(float number)
    {
        int found = Below[(BitConverter.SingleToInt32Bits(number) & int.MaxValue) >> Shift];
        if (number < 0)
        {
            while (Above[found] < -number)
                found++;
            return Above.Length - found;
        }
        while (Above[found] <= number)
            found++;
        return Above.Length + 1 + found;
    }

    private static IEnumerable<double> PositiveLimits()
    {
        for (double limit = Smallest; limit < Largest; limit *= Growth)
            yield return limit;
        yield return double.MaxValue;
    }
}
