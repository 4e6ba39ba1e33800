using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// The samples of a network that are measured: numbered from 0, each a function of (seed, number), at the network's final resolution. A network that has
/// not grown so far has its pixels repeated, as in the reference, so that the scores of a run can be compared. Conditional networks get the labels of
/// random reals, or random classes: a value of each attribute, and each flag as often on as off.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class FakeImages : IDisposable
{
    /// <summary>Images drawn together; they begin at its multiples.</summary>
    public const int AtOnce = ImageSampler.ImagesAtOnce;

    private readonly GeneratorSnapshot snapshot;
    private readonly ImageSampler sampler;
    private readonly LabelTable? labels;
    private readonly long seed;

    /// <summary>Builds the generator.</summary>
    /// <param name="snapshot">Its weights.</param>
    /// <param name="deviceName">"auto", "cpu", "cuda:0".</param>
    /// <param name="labels">The reals' labels; null = random classes; ignored without classes.</param>
    /// <param name="seed">Of latents and labels.</param>
    /// <exception cref="ArgumentException">The weights do not fit their architecture, or the labels the network.</exception>
    public FakeImages(GeneratorSnapshot snapshot, string deviceName, LabelTable? labels, long seed)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        int size = snapshot.Architecture.LabelSize;
        if (size > 0 && labels is not null && labels.Size != size)
            throw new ArgumentException($"the network knows {size} classes, and the reals have {labels.Size}");
        (this.snapshot, this.labels, this.seed) = (snapshot, size > 0 ? labels : null, seed);
        sampler = new ImageSampler(snapshot, deviceName);
    }

    /// <summary>Images [count, C, H, W] of the numbers from <paramref name="first"/> on, as bytes.</summary>
    /// <param name="first">A multiple of <see cref="AtOnce"/>.</param>
    /// <param name="count">At most <see cref="AtOnce"/>.</param>
    public byte[] Draw(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, AtOnce);
        if (first % AtOnce != 0)
            throw new ArgumentException($"{first} is no multiple of {AtOnce}");
        NetworkArchitecture architecture = snapshot.Architecture;
        using var scope = NewDisposeScope();
        HostTensor latents = HostTensor.From(Chance.Normal(AtOnce, architecture.Latents, seed, Purpose.Evaluation, first).narrow(0, 0, count));
        HostTensor images = sampler.Render(latents, architecture.LabelSize > 0 ? Labels(first, count) : null, snapshot.Stage);
        byte[] bytes = ImageSampler.ToBytes(images.Data);
        int factor = architecture.Resolution / snapshot.Stage.Resolution;
        return factor == 1 ? bytes : Resample.Up(tensor(bytes, images.Shape), factor).contiguous().data<byte>().ToArray();
    }

    /// <summary>Draws so many images and measures them.</summary>
    /// <param name="plan">Of images of the network's size.</param>
    /// <param name="count">How many.</param>
    /// <param name="between">Called between pieces of work; it may wait, or throw to end the work.</param>
    /// <returns>The set; the caller disposes it.</returns>
    public MeasuredImages Measure(MetricPlan plan, int count, Action between)
    {
        MeasuredImages measured = new(plan, isReal: false);
        try
        {
            for (int first = 0; first < count; first += AtOnce)
                measured.Add(Draw(first, Math.Min(AtOnce, count - first)), between);
            return measured;
        }
        catch
        {
            measured.Dispose();
            throw;
        }
    }

    private HostTensor Labels(int first, int count)
    {
        int size = snapshot.Architecture.LabelSize;
        float[] rows = new float[count * size];
        if (labels is null)
        {
            HostTensor random = WholeLabel.Random(snapshot.Architecture, AtOnce, seed, Purpose.Evaluation, ~(long)first);
            return new HostTensor([count, size], random.Data[..rows.Length]);
        }
        long[] drawn = Chance.Integers(AtOnce, labels.Count, seed, Purpose.Evaluation, ~(long)first);
        for (int i = 0; i < count; i++)
            labels.Copy((int)drawn[i], rows.AsSpan(i * size, size));
        return new HostTensor([count, size], rows);
    }

    /// <summary>Frees the generator.</summary>
    public void Dispose() => sampler.Dispose();
}
