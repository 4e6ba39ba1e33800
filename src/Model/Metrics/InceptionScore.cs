namespace Pggan.Model;

/// <summary>
/// The inception score (Salimans et al., 2016): exp of the mean divergence of an image's class probabilities from those of all images, over 10
/// splits. From 1 to the number of classes; high where images are clear and different.
/// </summary>
/// <param name="Mean">Over the splits.</param>
/// <param name="StandardDeviation">Over the splits.</param>
public sealed record InceptionScore(double Mean, double StandardDeviation)
{
    private const int Splits = 10;

    /// <summary>Fewest images: one a split.</summary>
    internal const int FewestImages = Splits;

    /// <summary>The score of images by their class probabilities, one image a row.</summary>
    /// <exception cref="ArgumentException">There are fewer than 10 images.</exception>
    public static InceptionScore Of(FeatureTable probabilities)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        if (probabilities.Count < Splits)
            throw new ArgumentException($"at least {Splits} images are needed, and there are {probabilities.Count}");
        double[] scores = [.. Enumerable.Range(0, Splits).Select(split => OfSplit(
            probabilities,
            (int)((long)split * probabilities.Count / Splits),
            (int)((split + 1L) * probabilities.Count / Splits)))];
        double mean = scores.Average();
        return new InceptionScore(mean, Math.Sqrt(scores.Average(score => (score - mean) * (score - mean))));
    }

    /// <summary>The mean divergence is the entropy of the mean less the mean entropy: one pass, and what never occurs counts nothing.</summary>
    private static double OfSplit(FeatureTable probabilities, int first, int end)
    {
        double[] sums = new double[probabilities.Size];
        double negativeEntropy = 0;
        for (int row = first; row < end; row++)
        {
            ReadOnlySpan<float> p = probabilities[row];
            for (int i = 0; i < p.Length; i++)
            {
                sums[i] += p[i];
                negativeEntropy += TimesLogarithm(p[i]);
            }
        }
        int count = end - first;
        return Math.Exp(negativeEntropy / count - sums.Sum(sum => TimesLogarithm(sum / count)));
    }

    private static double TimesLogarithm(double p) => p > 0 ? p * Math.Log(p) : 0;
}
