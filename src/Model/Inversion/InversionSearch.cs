using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>One search: values latents by the images that the network makes of them, counts them, and keeps the best.</summary>
/// <param name="sampler">The network.</param>
/// <param name="loss">What is searched for.</param>
/// <param name="options">How.</param>
/// <param name="stage">How far to grow the network.</param>
/// <param name="target">The image, [C, H, W] bytes.</param>
/// <param name="report">Told after each group of images.</param>
/// <param name="cancellationToken">Ends it between two.</param>
internal sealed class InversionSearch(
    ImageSampler sampler,
    InversionLoss loss,
    InversionOptions options,
    GrowthStage stage,
    byte[] target,
    Action<InversionProgress>? report,
    CancellationToken cancellationToken)
{
    /// <summary>Pixels of the images whose derivatives are in memory together, 16 images of 256x256.</summary>
    private const int PixelsAtOnce = 16 << 16;

    /// <summary>Shares of the search after which <see cref="Moments"/> are kept.</summary>
    private static readonly double[] Shares = [0, 1.0 / 16, 1.0 / 8, 1.0 / 4, 1.0 / 2];

    private readonly NetworkArchitecture architecture = sampler.Architecture;
    private readonly int atOnce = Math.Clamp(PixelsAtOnce / sampler.Architecture.PixelsAt(stage.Resolution), 1, ImageSampler.ImagesAtOnce);
    private readonly List<byte[]> moments = [];
    private Candidate? best;
    private byte[] bestImage = [];
    private double bestPsnr;

    /// <summary>Images looked at.</summary>
    public long Evaluations { get; private set; }

    /// <summary>Images that may still be looked at.</summary>
    public long Left => options.Budget - Evaluations;

    /// <summary>The best so far.</summary>
    public Candidate Best => best ?? throw new InvalidDataException("the network's images are not finite: it can't be searched");

    /// <summary>Terms of the best.</summary>
    public InversionTerms Terms { get; private set; }

    /// <summary>The best after the first images.</summary>
    public double FirstLoss { get; private set; } = double.NaN;

    /// <summary>Learning rate of the last update; null = there was none.</summary>
    public double? LearningRate { get; set; }

    /// <summary>The best image at some moments.</summary>
    public IReadOnlyList<byte[]> Moments => moments;

    /// <summary>Labels that are tried, by what is named of them.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Labels { get; } = options.LabelsFor(sampler.Architecture);

    /// <summary>How it proceeds.</summary>
    public InversionOptions Options => options;

    /// <summary>Normal numbers [count, L] on the CPU, others each time that images were looked at since.</summary>
    public Tensor Normal(int count) => Chance.Normal(count, architecture.Latents, options.Seed, Purpose.Inversion, Evaluations);

    /// <summary>Latents [N, L] as a tensor where the network is.</summary>
    public Tensor Stack(IReadOnlyList<Candidate> candidates) =>
        tensor(candidates.SelectMany(c => c.Latent).ToArray(), [candidates.Count, architecture.Latents]).to(sampler.Device);

    /// <summary>Latents of any type as the network takes them.</summary>
    public Tensor ToDevice(Tensor z) => z.to(float32).to(sampler.Device);

    /// <summary>Latents moved to where latents are searched.</summary>
    public Tensor Project(Tensor z) => LatentSphere.Project(z, architecture);

    /// <summary>Values random latents, all labels that are tried in turn.</summary>
    /// <returns>The best of them, as many as searches start side by side, best first.</returns>
    public List<Candidate> Draw(long count)
    {
        List<Candidate> kept = [];
        for (long done = 0; done < count;)
        {
            using var scope = NewDisposeScope();
            int n = (int)Math.Min(atOnce, count - done);
            int[] classes = [.. Enumerable.Range(0, n).Select(i => Labels.Count > 0 ? (int)((done + i) % Labels.Count) : -1)];
            Tensor z = Project(ToDevice(Normal(n)));
            double[] losses = Evaluate(z, classes);
            float[] rows = HostTensor.From(z).Data;
            kept = Candidate.Prune(kept.Concat(losses.Select((value, i) => new Candidate(Row(rows, i), classes[i], value))), options.Restarts);
            done += n;
        }
        return Candidate.Choose(kept, options.Restarts);
    }

    /// <summary>Losses of latents [N, L].</summary>
    public double[] Evaluate(Tensor z, IReadOnlyList<int> classes) => Value(z, classes, null);

    /// <summary>Values latents [N, L].</summary>
    /// <returns>Derivatives of each one's loss by it, [N, L].</returns>
    public Tensor Differentiate(Tensor z, IReadOnlyList<int> classes)
    {
        using var scope = NewDisposeScope();
        List<Tensor> gradients = [];
        Value(z, classes, gradients);
        return cat(gradients).MoveToOuterDisposeScope();
    }

    private double[] Value(Tensor z, IReadOnlyList<int> classes, List<Tensor>? gradients)
    {
        double[] losses = new double[classes.Count];
        using var mode = enable_grad(gradients is not null);
        for (int first = 0; first < losses.Length; first += atOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            int n = Math.Min(atOnce, losses.Length - first);
            Tensor rows = z.narrow(0, first, n).detach().clone();
            if (gradients is not null)
                rows.requires_grad_();
            Tensor latents = Project(rows);                               // [n, L]
            Tensor images = sampler.Network.forward(latents, LabelsOf(classes, first, n), stage); // [n, C, H, W]
            Tensor terms = loss.Terms(latents, images);                   // [n, 4]
            Tensor totals = terms.matmul(loss.Weights);                   // [n]
            gradients?.Add(Gradients.Of(totals.sum(), [rows])[0].MoveToOuterDisposeScope());
            float[] values = HostTensor.From(totals).Data;
            values.Select(v => float.IsFinite(v) ? v : double.PositiveInfinity).ToArray().CopyTo(losses, first);
            Evaluations += n;
            Consider(values, latents, images, terms, classes, first);
        }
        report?.Invoke(new InversionProgress(Evaluations, options.Budget, best?.Loss ?? double.NaN, bestPsnr, LearningRate));
        return losses;
    }

    private void Consider(float[] values, Tensor latents, Tensor images, Tensor terms, IReadOnlyList<int> classes, int first)
    {
        int lowest = Enumerable.Range(0, values.Length).MinBy(i => float.IsFinite(values[i]) ? values[i] : float.PositiveInfinity);
        if (float.IsFinite(values[lowest]) && !(best?.Loss <= values[lowest]))
        {
            best = new Candidate(HostTensor.From(latents[lowest]).Data, classes[first + lowest], values[lowest]);
            float[] parts = HostTensor.From(terms[lowest]).Data;
            Terms = new InversionTerms(parts[0], parts[1], parts[2], parts[3]);
            bestImage = ImageSampler.ToBytes(HostTensor.From(images[lowest]).Data);
            bestPsnr = InversionResult.PsnrOf(bestImage, target);
        }
        if (double.IsNaN(FirstLoss) && best is not null)
            FirstLoss = best.Loss;
        while (best is not null && moments.Count < Shares.Length && Evaluations >= Shares[moments.Count] * options.Budget)
            moments.Add(bestImage);
    }

    private Tensor? LabelsOf(IReadOnlyList<int> classes, int first, int count) =>
        architecture.LabelSize == 0 ? null : LatentInverter.Labels(Enumerable.Range(first, count).Select(i => Labels[classes[i]]), architecture).to(sampler.Device);

    private float[] Row(float[] rows, int i) => rows.AsSpan(i * architecture.Latents, architecture.Latents).ToArray();
}
