namespace Pggan.Model;

/// <summary>The way between two latents along the sphere: straight through the middle latents are shorter than any random one.</summary>
public static class LatentArc
{
    /// <summary>Latents at even distances, both ends included.</summary>
    /// <param name="from">The first, [1, L].</param>
    /// <param name="to">The last, [1, L].</param>
    /// <param name="count">At least 2.</param>
    /// <returns>[count, L].</returns>
    public static HostTensor Between(HostTensor from, HostTensor to, int count) => Join(from, to, count, Arc);

    /// <summary>Labels at even distances, mixed in proportion.</summary>
    /// <param name="from">The first, [1, S].</param>
    /// <param name="to">The last, [1, S].</param>
    /// <param name="count">At least 2.</param>
    /// <returns>[count, S].</returns>
    public static HostTensor Mix(HostTensor from, HostTensor to, int count) => Join(from, to, count, (a, b, t) => Sum(a, 1 - t, b, t));

    private static HostTensor Join(HostTensor from, HostTensor to, int count, Func<float[], float[], double, float[]> at)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        return new HostTensor([count, from.Data.Length], [.. Enumerable.Range(0, count).SelectMany(i => at(from.Data, to.Data, i / (count - 1.0)))]);
    }

    /// <summary>Shoemake's slerp of the directions; lengths change evenly.</summary>
    private static float[] Arc(float[] from, float[] to, double t)
    {
        double a = Math.Sqrt(from.Sum(v => (double)v * v)), b = Math.Sqrt(to.Sum(v => (double)v * v));
        double angle = Math.Acos(Math.Clamp(from.Zip(to, (x, y) => (double)x * y).Sum() / (a * b), -1, 1)), sine = Math.Sin(angle);
        if (!(sine > 1e-6)) // one direction, or opposite ones, between which no way is shorter than another
            return Sum(from, 1 - t, to, t);
        double length = a + (b - a) * t;
        return Sum(from, Math.Sin((1 - t) * angle) / sine / a * length, to, Math.Sin(t * angle) / sine / b * length);
    }

    private static float[] Sum(float[] a, double ofA, float[] b, double ofB) => [.. a.Zip(b, (x, y) => (float)(x * ofA + y * ofB))];
}
