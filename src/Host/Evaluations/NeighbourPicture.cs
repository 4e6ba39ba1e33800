using Pggan.Actors;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>
/// Samples, each with the reals that are nearest to it: a network that has learnt its images by heart shows pairs that are alike, and its samples are
/// nearer to reals than reals are to each other.
/// </summary>
/// <param name="Png">A row a sample: the sample, then its neighbours, nearest first.</param>
/// <param name="MedianOfSamples">Median distance of a sample to its nearest real.</param>
/// <param name="MedianOfReals">The same of a real to another real.</param>
/// <param name="IsByFeatures">By features of the network given; else by pixels.</param>
internal sealed record NeighbourPicture(byte[] Png, double MedianOfSamples, double MedianOfReals, bool IsByFeatures)
{
    /// <summary>Samples in the picture.</summary>
    public const int Samples = 8;

    private const int Neighbours = 6;

    /// <summary>Reals whose nearest real is looked for, at most.</summary>
    private const int YardstickReals = 1000;

    private const int LeastCell = 64;

    /// <summary>Looks through the reals, and at the chosen ones once more.</summary>
    /// <param name="samples">[8, C, H, W] bytes.</param>
    /// <param name="plan">Size of the images, and the feature network if there is one.</param>
    /// <param name="source">The reals.</param>
    /// <param name="options">How they are brought to that size.</param>
    /// <param name="most">The most reals.</param>
    /// <param name="between">Called between pieces of work; it may throw to end the work.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static NeighbourPicture Make(
        byte[] samples, MetricPlan plan, IImageSource source, PipelineOptions options, int most, Action between, CancellationToken cancellationToken)
    {
        ImageDescription description = new(plan);
        FeatureTable ofSamples = description.Of(samples), yardstick = new(ofSamples.Size);
        using NearestNeighbours nearest = new(ofSamples, Neighbours);
        FeatureTable reals = new(ofSamples.Size);
        foreach (byte[] some in MeasuredReals.Read(source, options, most, cancellationToken))
        {
            FeatureTable table = description.Of(some);
            nearest.Add(table);
            for (int row = 0; row < table.Count; row++)
            {
                reals.Append(table[row]);
                if (yardstick.Count < YardstickReals)
                    yardstick.Append(table[row]);
            }
            between();
        }
        using NearestNeighbours amongReals = new(yardstick, 1, [.. Enumerable.Range(0, yardstick.Count)]);
        amongReals.Add(reals, between);

        // The order is the same again.
        Dictionary<long, byte[]> chosen = nearest.Numbers.Where(number => number >= 0).Distinct().ToDictionary(number => number, _ => Array.Empty<byte>());
        long at = 0;
        int size = samples.Length / Samples;
        foreach (byte[] some in MeasuredReals.Read(source, options, most, cancellationToken))
        {
            for (int i = 0; i < some.Length / size; i++, at++)
            {
                if (chosen.ContainsKey(at))
                    chosen[at] = some[(i * size)..((i + 1) * size)];
            }
        }
        return new NeighbourPicture(Draw(samples, nearest.Numbers, chosen, plan), nearest.MedianNearest, amongReals.MedianNearest, plan.Features is not null);
    }

    private static byte[] Draw(byte[] samples, long[] numbers, Dictionary<long, byte[]> chosen, MetricPlan plan)
    {
        int size = samples.Length / Samples, columns = Neighbours + 1;
        byte[] images = new byte[Samples * columns * size];
        for (int row = 0; row < Samples; row++)
        {
            samples.AsSpan(row * size, size).CopyTo(images.AsSpan(row * columns * size));
            for (int k = 0; k < Neighbours; k++)
            {
                if (chosen.TryGetValue(numbers[row * Neighbours + k], out byte[]? image))
                    image.CopyTo(images.AsSpan((row * columns + k + 1) * size));
            }
        }
        int factor = Math.Max(1, LeastCell / plan.Height);
        byte[] raster = ImageGrid.Compose(images, plan.Channels, plan.Width, plan.Height, columns, factor);
        return ImageCodec.EncodePng(raster, plan.Channels, columns * factor * plan.Width, Samples * factor * plan.Height, new Dictionary<string, string> { ["Software"] = "pggan" });
    }
}
