using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Both networks' losses on the parts of a minibatch. The random draws are those of the whole, whatever its parts.</summary>
internal sealed class MinibatchLoss(TrainerOptions options, Generator generator, Discriminator discriminator, LabelTable? labelTable, Device device)
{
    private readonly GanLoss loss = new(options);

    /// <summary>Seed of latents, mixing factors and the labels of fakes.</summary>
    public long NoiseSeed { get; set; } = options.Seed;

    /// <summary>How strong the noise on D is.</summary>
    public NoiseLevel Noise { get; } = new(options.DiscriminatorNoise);

    /// <summary>Loss of D; measured are loss, real score, fake score, gradient norm, penalty and label loss.</summary>
    /// <param name="reals">[N, C, R, R] in [-1, 1].</param>
    /// <param name="labels">Their labels [N, S], or null.</param>
    /// <param name="stage">How far the networks have grown.</param>
    /// <param name="images">Images seen, which the draws are a function of.</param>
    public Func<MicroBatch, (Tensor Loss, Tensor Measured)> OfDiscriminator(Tensor reals, Tensor? labels, GrowthStage stage, long images)
    {
        long n = reals.shape[0];
        Tensor z = Chance.Normal(n, options.Architecture.Latents, NoiseSeed, Purpose.DiscriminatorLatents, images).to(device); // [N, L]
        Tensor mixing = Chance.Uniform(n, NoiseSeed, Purpose.MixingFactors, images).to(device);                                // [N, 1, 1, 1]
        Tensor shown = WithNoise(reals, images);
        Func<MicroBatch, Func<int, LayerNoise?>?> noise = OnLayers(n, stage, passes: 3, Purpose.DiscriminatorLayerNoise, images);
        return part =>
        {
            Tensor? partLabels = part.Of(labels);
            Tensor fakes;
            using (no_grad())
                fakes = generator.forward(part.Of(z), partLabels, stage);                                                         // [n, C, R, R]
            GanLoss.Critique c = loss.Discriminator(discriminator, part.Of(shown), fakes, partLabels, part.Of(mixing), stage, noise(part));
            return (c.Loss, stack([c.Loss, c.RealScore, c.FakeScore, c.GradientNorm, c.Penalty, c.LabelLoss]).detach());
        };
    }

    /// <summary>Loss of G; measured is the loss.</summary>
    /// <param name="reals">[N, C, R, R] in [-1, 1], which GDPP compares the fakes with.</param>
    /// <param name="stage">How far the networks have grown.</param>
    /// <param name="images">Images seen, which the draws are a function of.</param>
    public Func<MicroBatch, (Tensor Loss, Tensor Measured)> OfGenerator(Tensor reals, GrowthStage stage, long images)
    {
        int n = (int)reals.shape[0];
        Purpose latents = options.SimultaneousUpdate ? Purpose.DiscriminatorLatents : Purpose.GeneratorLatents;
        Tensor z = Chance.Normal(n, options.Architecture.Latents, NoiseSeed, latents, images).to(device);                      // [N, L]
        Tensor? labels = RandomLabels(n, images);                                                                                 // [N, S]
        Func<MicroBatch, Func<int, LayerNoise?>?> noise = OnLayers(n, stage, passes: 2, Purpose.GeneratorLayerNoise, images);
        return part =>
        {
            Tensor? partLabels = part.Of(labels);
            Func<int, LayerNoise?>? partNoise = noise(part);
            Tensor fakes = generator.forward(part.Of(z), partLabels, stage);                                                      // [n, C, R, R]
            (Tensor scores, Tensor logits, Tensor features) = discriminator.Examine(fakes, stage, partNoise?.Invoke(0));                  // [n, 1], [n, S], [n, F]
            Tensor mean = loss.Generator(scores, logits, partLabels);
            if (options.GdppWeight > 0)
            {
                Tensor realFeatures;
                using (no_grad())
                    realFeatures = discriminator.Examine(part.Of(reals), stage, partNoise?.Invoke(1)).Features;                           // [n, F]
                mean += Gdpp.Loss(realFeatures, features).Times(options.GdppWeight);
            }
            return (mean, mean.detach());
        };
    }

    /// <summary>Reals [N, C, R, R] as D is shown them.</summary>
    private Tensor WithNoise(Tensor reals, long images)
    {
        if (Noise is not { Kind: DiscriminatorNoise.Instance, Strength: > 0 and var strength })
            return reals;
        long n = reals.shape[0];
        return reals + Chance.Normal(n, reals.numel() / n, NoiseSeed, Purpose.InstanceNoise, images).to(device).reshape(reals.shape).Times(strength);
    }

    /// <summary>Noise on D's layers for each part and each pass over it; the draws are the whole minibatch's.</summary>
    private Func<MicroBatch, Func<int, LayerNoise?>?> OnLayers(long n, GrowthStage stage, int passes, Purpose purpose, long images)
    {
        if (Noise is not { Kind: DiscriminatorNoise.Gdrop, Strength: > 0 and var strength })
            return _ => null;
        int columns = LayerNoise.Columns(options.Architecture, options.Architecture.LevelOf(stage.Resolution));
        Tensor normal = Chance.Normal(n, passes * columns, NoiseSeed, purpose, images).to(device);                             // [N, passes * columns]
        return part =>
        {
            Tensor rows = part.Of(normal);                                                                                        // [n, passes * columns]
            return pass => new LayerNoise(rows.narrow(1, pass * columns, columns), strength);
        };
    }

    private Tensor? RandomLabels(int n, long images)
    {
        if (labelTable is null)
            return null;
        float[] labels = new float[n * labelTable.Size];
        long[] rows = Chance.Integers(n, labelTable.Count, NoiseSeed, Purpose.GeneratorLabels, images);
        for (int i = 0; i < n; i++)
            labelTable.Copy((int)rows[i], labels.AsSpan(i * labelTable.Size, labelTable.Size));
        return tensor(labels, [n, labelTable.Size]).to(device);
    }
}
