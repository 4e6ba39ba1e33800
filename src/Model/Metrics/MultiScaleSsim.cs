using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// How alike pairs of images are (Wang et al. 2003): structural similarity at five scales. Of pairs of samples it tells their diversity, not their
/// quality: less is more diverse, 1 is always the same image. Paper, section 5; official ms_ssim.py.
/// </summary>
public static class MultiScaleSsim
{
    private static readonly double[] Weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

    private const int FilterSize = 11;
    private const double FilterSigma = 1.5;
    private const double C1 = 0.01 * 255 * (0.01 * 255);
    private const double C2 = 0.03 * 255 * (0.03 * 255);

    /// <summary>Least side in pixels that can be halved four times.</summary>
    public const int SmallestSide = 16;

    /// <summary>The similarity of each pair, from 0 to 1.</summary>
    /// <param name="a">[N, C, H, W] bytes.</param>
    /// <param name="b">As many.</param>
    /// <param name="channels">C.</param>
    /// <param name="height">H in pixels, at least 16.</param>
    /// <param name="width">W in pixels, at least 16.</param>
    /// <exception cref="ArgumentException">The sizes do not fit each other, or are too small for five scales.</exception>
    public static double[] OfPairs(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, int channels, int height, int width)
    {
        if (Math.Min(height, width) < SmallestSide)
            throw new ArgumentException($"images of {width}x{height} pixels can't be compared at five scales; MS-SSIM needs {SmallestSide} pixels");
        int size = channels * height * width;
        if (a.Length != b.Length || a.Length % size != 0)
            throw new ArgumentException($"{a.Length} and {b.Length} bytes are no pairs of images of {channels}x{height}x{width}");
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        long n = a.Length / size;
        Tensor x = tensor(a.ToArray(), [n, channels, height, width]).to(float64), y = tensor(b.ToArray(), [n, channels, height, width]).to(float64);
        Tensor similarity = ones(n, float64);
        for (int scale = 0; scale < Weights.Length; scale++)
        {
            bool isLast = scale == Weights.Length - 1;
            (Tensor whole, Tensor contrast) = Ssim(x, y); // [N] each
            similarity = similarity * (isLast ? whole : contrast).relu().Power(Weights[scale]);
            if (!isLast)
                (x, y) = (Resample.Down2x(x), Resample.Down2x(y));
        }
        return similarity.data<double>().ToArray();
    }

    /// <summary>Structural similarity of each pair, and its part without luminance.</summary>
    private static (Tensor Whole, Tensor Contrast) Ssim(Tensor x, Tensor y)
    {
        int size = (int)Math.Min(FilterSize, Math.Min(x.shape[2], x.shape[3]));
        double[] window = Gaussian(size, size * FilterSigma / FilterSize);
        Tensor meanX = Blur(x), meanY = Blur(y);
        Tensor varianceX = Blur(x * x) - meanX * meanX, varianceY = Blur(y * y) - meanY * meanY, covariance = Blur(x * y) - meanX * meanY;
        Tensor contrast = covariance.Times(2).Plus(C2) / (varianceX + varianceY).Plus(C2);
        Tensor luminance = (meanX * meanY).Times(2).Plus(C1) / (meanX * meanX + meanY * meanY).Plus(C1);
        return ((luminance * contrast).mean([1, 2, 3]), contrast.mean([1, 2, 3]));

        Tensor Blur(Tensor image) => Filter.Valid(Filter.Valid(image, 2, window), 3, window);
    }

    /// <summary>A bell curve of so many places about their middle, of sum 1.</summary>
    private static double[] Gaussian(int size, double sigma)
    {
        double[] bell = [.. Enumerable.Range(0, size).Select(i => i - (size - 1) / 2.0).Select(x => Math.Exp(-x * x / (2 * sigma * sigma)))];
        double sum = bell.Sum();
        return [.. bell.Select(value => value / sum)];
    }
}
