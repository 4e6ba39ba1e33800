namespace Pggan.Pipeline;

/// <summary>Resizes by the mean over the area that a pixel of the result covers, in exact integers, ties to even.</summary>
internal static class BoxFilter
{
    /// <summary>Fills <paramref name="target"/> from <paramref name="source"/>, which has as many channels. Colours count as much as they are opaque.</summary>
    public static void Resize(PixelBuffer source, PixelBuffer target)
    {
        var area = (long)source.Width * source.Height;
        var sums = new long[target.Width * target.Height];
        if (source.Channels < 4)
        {
            for (var channel = 0; channel < source.Channels; channel++)
            {
                Sum(source, channel, default, target, sums);
                Divide(sums, area, target.Plane(channel));
            }

            return;
        }

        var opaque = new long[sums.Length];
        Sum(source, 3, default, target, opaque);
        Divide(opaque, area, target.Plane(3));
        for (var channel = 0; channel < 3; channel++)
        {
            Sum(source, channel, source.Plane(3), target, sums);
            var plane = target.Plane(channel);
            for (var i = 0; i < plane.Length; i++)
                plane[i] = opaque[i] == 0 ? (byte)0 : Round(sums[i], opaque[i]);
        }
    }

    /// <summary>Of each pixel of the target, the sum of what it covers: areas are counted in pixels of the source times those of the target.</summary>
    private static void Sum(PixelBuffer source, int channel, ReadOnlySpan<byte> weights, PixelBuffer target, Span<long> sums)
    {
        var (width, height) = (source.Width, source.Height);
        var plane = source.Plane(channel);
        var row = new long[width];
        for (var y = 0; y < target.Height; y++)
        {
            Array.Clear(row);
            var (top, bottom) = ((long)y * height, (y + 1L) * height);
            for (var at = (int)(top / target.Height); (long)at * target.Height < bottom; at++)
            {
                var share = Math.Min((at + 1L) * target.Height, bottom) - Math.Max((long)at * target.Height, top);
                for (var x = 0; x < width; x++)
                    row[x] += share * plane[at * width + x] * (weights.IsEmpty ? 1 : weights[at * width + x]);
            }

            for (var x = 0; x < target.Width; x++)
            {
                var (left, right) = ((long)x * width, (x + 1L) * width);
                var sum = 0L;
                for (var at = (int)(left / target.Width); (long)at * target.Width < right; at++)
                    sum += (Math.Min((at + 1L) * target.Width, right) - Math.Max((long)at * target.Width, left)) * row[at];
                sums[y * target.Width + x] = sum;
            }
        }
    }

    private static void Divide(ReadOnlySpan<long> sums, long area, Span<byte> plane)
    {
        for (var i = 0; i < plane.Length; i++)
            plane[i] = Round(sums[i], area);
    }

    private static byte Round(long sum, long divisor)
    {
        var (quotient, rest) = Math.DivRem(sum, divisor);
        return (byte)(2 * rest > divisor || (2 * rest == divisor && (quotient & 1) == 1) ? quotient + 1 : quotient);
    }
}
