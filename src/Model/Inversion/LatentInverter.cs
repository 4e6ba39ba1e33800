using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Finds the latent whose image comes closest to a given one.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class LatentInverter : IDisposable
{
    /// <summary>Number of the draw of random images that D's opinion is measured by; those of a search count from 0.</summary>
    private const long OfRealism = -1;

    private readonly ImageSampler sampler;
    private readonly Discriminator? discriminator;
    private readonly FeatureExtractor? features;

    /// <summary>Builds the networks.</summary>
    /// <param name="generator">Weights of the generator.</param>
    /// <param name="discriminator">Weights of the discriminator by state-dict name; null = there is none, and realism is not weighed.</param>
    /// <param name="features">Describes images, on the same device; null = pixels alone are compared. It stays its owner's.</param>
    /// <param name="deviceName">"auto", "cpu", "cuda:0".</param>
    /// <exception cref="ArgumentException">The weights do not fit their architecture, or the device is not there.</exception>
    public LatentInverter(GeneratorSnapshot generator, IReadOnlyDictionary<string, HostTensor>? discriminator, FeatureExtractor? features, string deviceName)
    {
        ArgumentNullException.ThrowIfNull(generator);
        this.features = features;
        sampler = new ImageSampler(generator, deviceName);
        using var scope = NewDisposeScope();
        if (discriminator is not null)
        {
            this.discriminator = new Discriminator(generator.Architecture);
            this.discriminator.eval();
            ImageSampler.Load(this.discriminator, discriminator);
            this.discriminator.to(sampler.Device);
        }
        foreach (var parameter in sampler.Network.parameters().Concat(this.discriminator?.parameters() ?? []))
            parameter.requires_grad_(false).DetachFromDisposeScope();
    }

    /// <summary>True when <see cref="InversionOptions.RealismWeight"/> has something to weigh.</summary>
    public bool HasDiscriminator => discriminator is not null;

    /// <summary>What the generator is built from.</summary>
    public NetworkArchitecture Architecture => sampler.Architecture;

    /// <summary>Searches; the same options and image give the same bytes on the same device.</summary>
    /// <param name="target">[C, H, W] bytes.</param>
    /// <param name="stage">How far to grow the network; R is its resolution.</param>
    /// <param name="options">How.</param>
    /// <param name="report">Told where the search is, after each group of images; null = no one is.</param>
    /// <param name="cancellationToken">Ends the search, without a result.</param>
    /// <exception cref="ArgumentException">The image or the options do not fit the network.</exception>
    /// <exception cref="InvalidDataException">The network's images are not finite.</exception>
    public InversionResult Invert(
        byte[] target, GrowthStage stage, InversionOptions options, Action<InversionProgress>? report, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(Architecture);
        if (options.PixelWeight == 0 && features is null)
            throw new ArgumentException("pixel weight 0 and no feature network: nothing of the image would be searched for");
        long[] shape = [1, Architecture.Channels, Architecture.HeightAt(stage.Resolution), Architecture.WidthAt(stage.Resolution)];
        if (target.Length != shape.Aggregate((a, b) => a * b))
            throw new ArgumentException($"{target.Length} bytes are no image [{string.Join(", ", shape[1..])}]");

        using var scope = NewDisposeScope();
        Tensor image = RealImages.Prepare(tensor(target, shape), GrowthStage.Grown(stage.Resolution), sampler.Device);
        Realism? realism = discriminator is null || options.RealismWeight == 0 ? null : JudgeBy(discriminator, stage, options, cancellationToken);
        InversionLoss loss = new(Architecture, image, features, realism, options);
        InversionSearch search = new(sampler, loss, options, stage, target, report, cancellationToken);
        List<Candidate> starts = search.Draw(options.Draws);
        if (options.Method == InversionMethod.Gradient)
            GradientSearch.Run(search, starts);
        else if (options.Method == InversionMethod.CmaEs)
            CmaEsSearch.Run(search, starts);
        return ResultOf(search, target, stage);
    }

    /// <summary>Images of a path from one latent to the next, as bytes [C, H, W].</summary>
    /// <param name="latents">[N, L].</param>
    /// <param name="labels">[N, S]; null for an unconditional network.</param>
    /// <param name="stage">How far to grow.</param>
    public byte[] Draw(HostTensor latents, HostTensor? labels, GrowthStage stage) => ImageSampler.ToBytes(sampler.Render(latents, labels, stage).Data);

    /// <summary>Frees the networks.</summary>
    public void Dispose()
    {
        sampler.Dispose();
        discriminator?.Dispose();
    }

    /// <summary>Whole labels [N, S] by what is named of them, floats on the CPU.</summary>
    internal static Tensor Labels(IEnumerable<IReadOnlyList<int>> labels, NetworkArchitecture architecture)
    {
        HostTensor rows = WholeLabel.Rows(architecture, [.. labels.Select(named => WholeLabel.Of(architecture, named)!)]);
        return tensor(rows.Data, rows.Shape);
    }

    /// <summary>The image is drawn anew, as whoever draws the latent alone will see it.</summary>
    private InversionResult ResultOf(InversionSearch search, byte[] target, GrowthStage stage)
    {
        Candidate best = search.Best;
        HostTensor latent = new([1, best.Latent.Length], best.Latent);
        IReadOnlyList<int>? components = Architecture.LabelSize == 0 ? null : WholeLabel.Of(Architecture, search.Labels[best.Class]);
        HostTensor? label = components is null ? null : WholeLabel.Rows(Architecture, [components]);
        byte[] image = Draw(latent, label, stage);
        return new InversionResult(
            latent, label, components, image, InversionResult.PsnrOf(image, target), best.Loss, search.Terms, search.FirstLoss,
            search.Evaluations, search.LearningRate, search.Moments);
    }

    private Realism JudgeBy(Discriminator judge, GrowthStage stage, InversionOptions options, CancellationToken cancellationToken)
    {
        IReadOnlyList<IReadOnlyList<int>> labels = options.LabelsFor(Architecture);
        Tensor z = Chance.Normal(Realism.ImagesFor(Architecture), Architecture.Latents, options.Seed, Purpose.Inversion, OfRealism).to(sampler.Device);
        return new Realism(judge, Random, stage);

        Tensor Random(int number)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Tensor? label = Architecture.LabelSize == 0 ? null : Labels([labels[number % labels.Count]], Architecture).to(sampler.Device);
            return sampler.Network.forward(z.narrow(0, number, 1), label, stage);
        }
    }
}
