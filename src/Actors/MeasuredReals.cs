using System.Security.Cryptography;
using System.Text;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>
/// The reals' side of an evaluation. What takes long to find out about them is kept in a folder, by all that decides it: the dataset's digest, how images
/// are brought to their size, the metrics and the feature network.
/// </summary>
public sealed class MeasuredReals : IDisposable
{
    private const int ImagesAtOnce = 32;
    private const string Version = "1";

    private MeasuredReals(MetricPlan plan, MeasuredImages images, IReadOnlyDictionary<string, double> floors)
    {
        Plan = plan;
        Images = images;
        Floors = floors;
    }

    /// <summary>What was measured.</summary>
    public MetricPlan Plan { get; }

    /// <summary>The set.</summary>
    public MeasuredImages Images { get; }

    /// <summary>What reals get against other reals, by name of the result.</summary>
    public IReadOnlyDictionary<string, double> Floors { get; }

    /// <summary>Reads and measures them; blocks until it is done.</summary>
    /// <param name="plan">What to measure.</param>
    /// <param name="source">The dataset.</param>
    /// <param name="options">How its images are brought to the plan's size.</param>
    /// <param name="most">The most images; they are chosen by the plan's seed.</param>
    /// <param name="folder">Where statistics are kept; null = nowhere.</param>
    /// <param name="between">Called between pieces of work; it may wait, or throw to end the work.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ArgumentException">There are too few images, or the metrics can't be taken of them.</exception>
    /// <exception cref="DatasetUnusableException">There is no good image.</exception>
    public static MeasuredReals Create(
        MetricPlan plan, IImageSource source, PipelineOptions options, int most, string? folder, Action between, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        var file = folder is null ? null : Path.Combine(folder, $"{KeyOf(plan, source, options, most)}.safetensors");
        var known = file is null ? null : ImageStatistics.TryRead(file);
        var images = new MeasuredImages(plan, isReal: true, known);
        try
        {
            if (images.NeedsImages)
                Read(images, source, options with { Seed = plan.Seed }, most, between, cancellationToken);
            if (known is not null)
                return new MeasuredReals(plan, images, known.Floors);
            var floors = Evaluation.Floors(plan, images, between);
            if (file is not null)
                TryKeep(images.Statistics(floors), file);
            return new MeasuredReals(plan, images, floors);
        }
        catch
        {
            images.Dispose();
            throw;
        }
    }

    /// <summary>Reads images of a dataset and adds them to a set; blocks until it is done.</summary>
    /// <param name="images">The set.</param>
    /// <param name="source">The dataset.</param>
    /// <param name="options">How its images are brought to the set's size, and the seed of their order.</param>
    /// <param name="most">The most images.</param>
    /// <param name="between">Called between pieces of work; it may wait, or throw to end the work.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="DatasetUnusableException">There is no good image.</exception>
    public static void Read(
        MeasuredImages images, IImageSource source, PipelineOptions options, int most, Action between, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(images);
        foreach (var some in Read(source, options, most, cancellationToken))
            images.Add(some, between);
    }

    /// <summary>The same images as bytes [N, C, H, W], some at a time.</summary>
    public static IEnumerable<byte[]> Read(IImageSource source, PipelineOptions options, int most, CancellationToken cancellationToken)
    {
        List<byte> some = [];
        var count = 0;
        foreach (var batch in DatasetImages.ReadAsync(source, options, most, cancellationToken).ToBlockingEnumerable(cancellationToken))
        {
            using (batch)
                some.AddRange(batch.Pixels);
            if (++count % ImagesAtOnce != 0)
                continue;
            yield return [.. some];
            some.Clear();
        }

        if (some.Count > 0)
            yield return [.. some];
    }

    /// <summary>A disk that does not take them costs time at the next evaluation, no more.</summary>
    private static void TryKeep(ImageStatistics statistics, string file)
    {
        try
        {
            statistics.Write(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static string KeyOf(MetricPlan plan, IImageSource source, PipelineOptions options, int most)
    {
        string[] parts =
        [
            Version, source.Digest, $"{(options.Base.IsDefault ? $"{options.Resolution}" : options.Base.At(options.Resolution))} {options.Channels} {options.SizePolicy} {options.AllowUpscale} {options.Decode.Background}",
            $"{plan.Seed} {most}", plan.Features?.Digest ?? "", .. plan.Metrics,
        ];
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))))[..32];
    }

    /// <summary>Frees the set.</summary>
    public void Dispose() => Images.Dispose();
}
