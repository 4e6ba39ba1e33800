using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>What the metrics of a plan need to know of a set of images; the images themselves are not kept.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class MeasuredImages : IDisposable
{
    private const int ImagesAtOnce = 32;

    private readonly MetricPlan plan;
    private readonly List<double> similarities = [];
    private readonly bool isKnown;
    private byte[]? unpaired;

    /// <summary>An empty set.</summary>
    /// <param name="plan">What will be asked of it; its network is used as images are added.</param>
    /// <param name="isReal">Reals and fakes are cut into patches by different draws.</param>
    /// <param name="known">What is known of the same images already; then SWD alone needs them added.</param>
    /// <exception cref="ArgumentException">The metrics can't be taken of these images.</exception>
    public MeasuredImages(MetricPlan plan, bool isReal, ImageStatistics? known = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Validate();
        this.plan = plan;
        if (plan.Metrics.Contains("swd"))
            Patches = new PatchSet(plan.Channels, plan.Height, plan.Width, unchecked(plan.Seed * 2 + (isReal ? 0 : 1)));
        isKnown = known is not null;
        if (known is not null)
            (Features, Probabilities, similarities, Count) = (known.Features, known.Probabilities, [.. known.Similarities], known.Count);
        else if (plan.NeedsFeatures)
            Features = new FeatureTable(plan.Features!.Size);
    }

    private MeasuredImages(MetricPlan plan, PatchSet? patches, FeatureTable? features, int count) =>
        (this.plan, Patches, Features, Count) = (plan, patches, features, count);

    /// <summary>Whether a metric still needs the images themselves.</summary>
    public bool NeedsImages => !isKnown || Patches is not null;

    /// <summary>Images so far.</summary>
    public int Count { get; private set; }

    /// <summary>For SWD.</summary>
    internal PatchSet? Patches { get; }

    /// <summary>[N, Size], for the metrics on features.</summary>
    internal FeatureTable? Features { get; }

    /// <summary>[N, K], for the Inception score.</summary>
    internal FeatureTable? Probabilities { get; private set; }

    /// <summary>Similarity of each pair of images: of the first and the second, the third and the fourth, ….</summary>
    internal IReadOnlyList<double> Similarities => similarities;

    /// <summary>Adds images.</summary>
    /// <param name="images">[N, C, H, W] bytes.</param>
    /// <param name="between">Called between pieces of work; it may wait, or throw to end the work.</param>
    /// <exception cref="ArgumentException">The bytes are no whole images, or the network gives numbers that are none.</exception>
    public void Add(ReadOnlySpan<byte> images, Action between)
    {
        ArgumentNullException.ThrowIfNull(between);
        int size = plan.Channels * plan.Height * plan.Width;
        if (images.Length % size != 0)
            throw new ArgumentException($"{images.Length} bytes are no images of {plan.Channels}x{plan.Height}x{plan.Width}");
        for (int count; images.Length > 0; images = images[(count * size)..])
        {
            count = Math.Min(ImagesAtOnce, images.Length / size);
            ReadOnlySpan<byte> some = images[..(count * size)];
            Patches?.Add(some, between);
            if (!isKnown)
            {
                Describe(some, count);
                if (plan.Metrics.Contains("msssim"))
                    Pair(some, size);
                Count += count;
            }
            between();
        }
    }

    /// <summary>The first half and the second, for how much reals differ from reals. They live as long as this set.</summary>
    internal (MeasuredImages First, MeasuredImages Second) Halves()
    {
        int half = Count / 2;
        return (Part(0, half), Part(half, Count - half));

        MeasuredImages Part(int first, int count) => new(plan, Patches?.Part(first, count), Features?.Part(first, count), count);
    }

    /// <summary>What is worth keeping of them, with what they got against each other.</summary>
    public ImageStatistics Statistics(IReadOnlyDictionary<string, double> floors) => new(Count, Features, Probabilities, [.. similarities], floors);

    private void Describe(ReadOnlySpan<byte> images, int count)
    {
        if (Features is null && !plan.NeedsProbabilities)
            return;
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        Tensor pixels = tensor(images.ToArray(), [count, plan.Channels, plan.Height, plan.Width]).to(float32);
        Features?.Append(plan.Features!.Features(pixels));
        if (!plan.NeedsProbabilities)
            return;
        Tensor probabilities = plan.Features!.Probabilities(pixels);
        Probabilities ??= new FeatureTable((int)probabilities.shape[1]);
        Probabilities.Append(probabilities);
    }

    /// <summary>Pairs go over the border of two parts, so that batches change nothing.</summary>
    private void Pair(ReadOnlySpan<byte> images, int size)
    {
        byte[] all = [.. unpaired ?? [], .. images];
        int pairs = all.Length / size / 2;
        byte[] first = new byte[pairs * size], second = new byte[pairs * size];
        for (int i = 0; i < pairs; i++)
        {
            all.AsSpan(2 * i * size, size).CopyTo(first.AsSpan(i * size));
            all.AsSpan((2 * i + 1) * size, size).CopyTo(second.AsSpan(i * size));
        }
        if (pairs > 0)
            similarities.AddRange(MultiScaleSsim.OfPairs(first, second, plan.Channels, plan.Height, plan.Width));
        unpaired = all[(2 * pairs * size)..];
    }

    /// <summary>Frees memory and temporary files.</summary>
    public void Dispose() => Patches?.Dispose();
}
