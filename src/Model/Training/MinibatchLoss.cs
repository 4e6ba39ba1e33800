using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>The mean loss of a network over a part of a minibatch.</summary>
/// <param name="on">Where it is computed, with the networks there.</param>
/// <param name="part">Which part.</param>
/// <returns>The loss, a scalar with a graph, and what is measured of the part: means too, without a graph.</returns>
internal delegate (Tensor Loss, Tensor Measured) PartLoss(Replica on, MicroBatch part);

/// <summary>
/// Both networks' losses on the parts of a minibatch. The random draws are those of the whole, whatever its parts; they are made once, on the CPU.
/// </summary>
internal sealed class MinibatchLoss(TrainerOptions options, LossScale discriminatorScale, LabelTable? labelTable)
{
    private readonly GanLoss loss = new(options, discriminatorScale);
    private readonly LabelBalance? balance = options.BalanceLabels && labelTable is not null ? new LabelBalance(labelTable, options.Architecture.LabelGroups) : null;

    /// <summary>Seed of latents, mixing factors and the labels of fakes.</summary>
    public long NoiseSeed { get; set; } = options.Seed;

    /// <summary>How strong the noise on D is.</summary>
    public NoiseLevel Noise { get; } = new(options.DiscriminatorNoise);

    /// <summary>Loss of D; measured are loss, real score, fake score, gradient norm, penalty and label loss.</summary>
    /// <param name="reals">[N, C, H, W] in [-1, 1].</param>
    /// <param name="labels">Their labels [N, S], or null.</param>
    /// <param name="stage">How far the networks have grown.</param>
    /// <param name="images">Images seen, which the draws are a function of.</param>
    public PartLoss OfDiscriminator(Tensor reals, Tensor? labels, GrowthStage stage, long images)
    {
        long n = reals.shape[0];
        Tensor z = Chance.Normal(n, options.Architecture.Latents, NoiseSeed, Purpose.DiscriminatorLatents, images);          // [N, L]
        Tensor mixing = Chance.Uniform(n, NoiseSeed, Purpose.MixingFactors, images);                                           // [N, 1, 1, 1]
        WeightedLabels? told = Weighted(labels);
        WeightedLabels? asked = options.SimultaneousUpdate || options.EvenLabels ? Weighted(Asked((int)n, Purpose.DiscriminatorLabels, images)) : told;
        Tensor? onReals = OnReals(reals, images);
        Func<Replica, MicroBatch, Func<int, LayerNoise?>?> noise = OnLayers(n, stage, passes: 3, Purpose.DiscriminatorLayerNoise, images);
        return (on, part) =>
        {
            Tensor shown = on.Of(part, reals), factors = on.Of(part, mixing);                                                     // [n, C, H, W], [n, 1, 1, 1]
            if (onReals is not null)
                shown = shown + on.Of(part, onReals);
            WeightedLabels? partTold = WeightedLabels.Of(on, part, told);
            WeightedLabels? partAsked = ReferenceEquals(asked, told) ? partTold : WeightedLabels.Of(on, part, asked);
            Tensor fakes;
            using (no_grad())
                fakes = on.Generator.forward(on.Of(part, z), partAsked?.Labels, stage);                                           // [n, C, H, W]
            GanLoss.Critique c = loss.Discriminator(on.Discriminator, shown, fakes, partTold, factors, stage, noise(on, part), partAsked);
            return (c.Loss, stack([c.Loss, c.RealScore, c.FakeScore, c.GradientNorm, c.Penalty, c.LabelLoss]).detach());
        };
    }

    /// <summary>Loss of G; measured is the loss.</summary>
    /// <param name="reals">[N, C, H, W] in [-1, 1], which GDPP compares the fakes with.</param>
    /// <param name="stage">How far the networks have grown.</param>
    /// <param name="images">Images seen, which the draws are a function of.</param>
    public PartLoss OfGenerator(Tensor reals, GrowthStage stage, long images)
    {
        int n = (int)reals.shape[0];

        // Of a simultaneous update both networks have the same fakes.
        (Purpose latents, Purpose labels) = options.SimultaneousUpdate
            ? (Purpose.DiscriminatorLatents, Purpose.DiscriminatorLabels)
            : (Purpose.GeneratorLatents, Purpose.GeneratorLabels);
        Tensor z = Chance.Normal(n, options.Architecture.Latents, NoiseSeed, latents, images);                                 // [N, L]
        WeightedLabels? asked = Weighted(Asked(n, labels, images));
        Func<Replica, MicroBatch, Func<int, LayerNoise?>?> noise = OnLayers(n, stage, passes: 2, Purpose.GeneratorLayerNoise, images);
        return (on, part) =>
        {
            WeightedLabels? partAsked = WeightedLabels.Of(on, part, asked);
            Func<int, LayerNoise?>? partNoise = noise(on, part);
            Tensor fakes = on.Generator.forward(on.Of(part, z), partAsked?.Labels, stage);                                        // [n, C, H, W]
            (Tensor scores, Tensor logits, Tensor features) = on.Discriminator.Examine(fakes, stage, partNoise?.Invoke(0));                  // [n, 1], [n, S], [n, F]
            Tensor mean = loss.Generator(scores, logits, partAsked);
            if (options.GdppWeight > 0)
            {
                Tensor realFeatures;
                using (no_grad())
                    realFeatures = on.Discriminator.Examine(on.Of(part, reals), stage, partNoise?.Invoke(1)).Features;                           // [n, F]
                mean += Gdpp.Loss(realFeatures, features).Times(options.GdppWeight);
            }
            return (mean, mean.detach());
        };
    }

    /// <summary>Noise on the reals [N, C, H, W] that D is shown; null = none.</summary>
    private Tensor? OnReals(Tensor reals, long images)
    {
        if (Noise is not { Kind: DiscriminatorNoise.Instance, Strength: > 0 and var strength })
            return null;
        long n = reals.shape[0];
        return Chance.Normal(n, reals.numel() / n, NoiseSeed, Purpose.InstanceNoise, images).reshape(reals.shape).Times(strength);
    }

    /// <summary>Noise on D's layers for each part and each pass over it; the draws are the whole minibatch's.</summary>
    private Func<Replica, MicroBatch, Func<int, LayerNoise?>?> OnLayers(long n, GrowthStage stage, int passes, Purpose purpose, long images)
    {
        if (Noise is not { Kind: DiscriminatorNoise.Gdrop, Strength: > 0 and var strength })
            return (_, _) => null;
        int columns = LayerNoise.Columns(options.Architecture, options.Architecture.LevelOf(stage.Resolution));
        Tensor normal = Chance.Normal(n, passes * columns, NoiseSeed, purpose, images);                                        // [N, passes * columns]
        return (on, part) =>
        {
            Tensor rows = on.Of(part, normal);                                                                                    // [n, passes * columns]
            return pass => new LayerNoise(rows.narrow(1, pass * columns, columns), strength);
        };
    }

    private WeightedLabels? Weighted(Tensor? labels) => labels is null ? null : new WeightedLabels(labels, balance?.Of(labels));

    /// <summary>Labels [N, S] that fakes are asked for: those of images of the dataset, or of any values, all as often; null when unconditional.</summary>
    private Tensor? Asked(int n, Purpose purpose, long images)
    {
        if (labelTable is null)
            return null;
        if (options.EvenLabels)
            return tensor(WholeLabel.Random(options.Architecture, n, NoiseSeed, purpose, images).Data, [n, labelTable.Size]);
        float[] labels = new float[n * labelTable.Size];
        long[] rows = Chance.Integers(n, labelTable.Count, NoiseSeed, purpose, images);
        for (int i = 0; i < n; i++)
            labelTable.Copy((int)rows[i], labels.AsSpan(i * labelTable.Size, labelTable.Size));
        return tensor(labels, [n, labelTable.Size]);
    }
}
