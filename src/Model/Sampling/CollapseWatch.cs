namespace Pggan.Model;

/// <summary>
/// How different a generator's samples are from each other, against reals: the mean distance of two fakes as a share of that of two reals. Of a
/// sound training it is 0.5 to 1 from the first thousands of images on; a generator that makes one image of every latent has 0.
/// </summary>
/// <remarks>
/// Images are averaged down to at most 16 px first, so that noise is not taken for diversity; the distance is the root mean square over pixels.
/// </remarks>
public sealed class CollapseWatch
{
    /// <summary>A share below this is worth a person's look.</summary>
    public const double Suspicious = 0.25;

    private const int LargestSide = 16;

    private readonly Dictionary<int, double> realsBySide = [];

    /// <summary>Measures the reals.</summary>
    /// <param name="reals">[N, C, R, R] bytes.</param>
    /// <param name="channels">C.</param>
    /// <param name="resolution">R, the final resolution in pixels.</param>
    public CollapseWatch(ReadOnlySpan<byte> reals, int channels, int resolution)
    {
        for (int side = 4; side <= Math.Min(resolution, LargestSide); side *= 2)
            realsBySide[side] = MeanDistance(reals, channels, resolution, side);
    }

    /// <summary>The share; 1 where it means nothing, for want of two fakes or because all reals are alike.</summary>
    /// <param name="fakes">[N, C, R, R] bytes.</param>
    /// <param name="channels">C.</param>
    /// <param name="resolution">R in pixels, up to that of the reals.</param>
    public double Share(ReadOnlySpan<byte> fakes, int channels, int resolution)
    {
        int side = Math.Min(resolution, LargestSide);
        double reals = realsBySide[side];
        bool isOne = fakes.Length <= channels * resolution * resolution;
        return isOne || reals == 0 ? 1 : MeanDistance(fakes, channels, resolution, side) / reals;
    }

    private static double MeanDistance(ReadOnlySpan<byte> images, int channels, int resolution, int side)
    {
        int size = channels * resolution * resolution, count = images.Length / size;
        float[][] averaged = new float[count][];
        for (int i = 0; i < count; i++)
            averaged[i] = Average(images.Slice(i * size, size), channels, resolution, side);
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < i; j++)
                sum += Distance(averaged[i], averaged[j]);
        }
        return count < 2 ? 0 : sum / (count * (count - 1) / 2);
    }

    private static float[] Average(ReadOnlySpan<byte> image, int channels, int resolution, int side)
    {
        int factor = resolution / side;
        float[] averaged = new float[channels * side * side];
        for (int i = 0; i < image.Length; i++)
        {
            int x = i % resolution / factor, row = i / resolution;
            int y = row % resolution / factor, c = row / resolution;
            averaged[(c * side + y) * side + x] += image[i] / (float)(factor * factor);
        }
        return averaged;
    }

    private static double Distance(float[] a, float[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (a[i] - b[i]) * (double)(a[i] - b[i]);
        return Math.Sqrt(sum / a.Length);
    }
}
