namespace Pggan.Model;

/// <summary>
/// How different a generator's samples are from each other, against reals: the mean distance of two fakes as a share of that of two reals. Of a
/// sound training it is 0.5 to 1 from the first thousands of images on; a generator that makes one image of every latent has 0.
/// </summary>
/// <remarks>
/// Images are averaged down to the level of at most 16 px first, so that noise is not taken for diversity; the distance is the root mean square over pixels.
/// </remarks>
public sealed class CollapseWatch
{
    /// <summary>A share below this is worth a person's look.</summary>
    public const double Suspicious = 0.25;

    private const int LargestLevel = 16;

    private readonly int channels;
    private readonly int width;
    private readonly int height;
    private readonly int final;
    private readonly Dictionary<int, double> realsByLevel = [];

    /// <summary>Measures the reals.</summary>
    /// <param name="reals">[N, C, H, W] bytes at the final resolution.</param>
    /// <param name="channels">C.</param>
    /// <param name="width">W in pixels.</param>
    /// <param name="height">H in pixels.</param>
    /// <param name="resolution">The final resolution.</param>
    public CollapseWatch(ReadOnlySpan<byte> reals, int channels, int width, int height, int resolution)
    {
        (this.channels, this.width, this.height, final) = (channels, width, height, resolution);
        for (int level = 4; level <= Math.Min(resolution, LargestLevel); level *= 2)
            realsByLevel[level] = MeanDistance(reals, resolution, level);
    }

    /// <summary>The share; 1 where it means nothing, for want of two fakes or because all reals are alike.</summary>
    /// <param name="fakes">[N, C, H, W] bytes.</param>
    /// <param name="resolution">Theirs, up to that of the reals.</param>
    public double Share(ReadOnlySpan<byte> fakes, int resolution)
    {
        int level = Math.Min(resolution, LargestLevel);
        double reals = realsByLevel[level];
        bool isOne = fakes.Length <= SizeAt(resolution);
        return isOne || reals == 0 ? 1 : MeanDistance(fakes, resolution, level) / reals;
    }

    private int SizeAt(int resolution) => channels * (width * resolution / final) * (height * resolution / final);

    private double MeanDistance(ReadOnlySpan<byte> images, int resolution, int level)
    {
        int size = SizeAt(resolution), count = images.Length / size;
        float[][] averaged = new float[count][];
        for (int i = 0; i < count; i++)
            averaged[i] = Average(images.Slice(i * size, size), width * resolution / final, height * resolution / final, resolution / level);
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < i; j++)
                sum += Distance(averaged[i], averaged[j]);
        }
        return count < 2 ? 0 : sum / (count * (count - 1) / 2);
    }

    /// <summary>Means of squares of so many pixels a side.</summary>
    private static float[] Average(ReadOnlySpan<byte> image, int width, int height, int factor)
    {
        int across = width / factor, down = height / factor;
        float[] averaged = new float[image.Length / (factor * factor)];
        for (int i = 0; i < image.Length; i++)
        {
            int x = i % width / factor, row = i / width;
            int y = row % height / factor, c = row / height;
            averaged[(c * down + y) * across + x] += image[i] / (float)(factor * factor);
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
