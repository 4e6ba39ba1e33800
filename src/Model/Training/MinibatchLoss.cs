using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Both networks' losses on the parts of a minibatch. The random draws are those of the whole, whatever its parts.</summary>
internal sealed class MinibatchLoss(TrainerOptions options, Generator generator, Discriminator discriminator, LabelTable? labelTable, Device device)
{
    private readonly GanLoss loss = new(options);

    /// <summary>Seed of latents, mixing factors and the labels of fakes.</summary>
    public long NoiseSeed { get; set; } = options.Seed;

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
        return part =>
        {
            Tensor? partLabels = part.Of(labels);
            Tensor fakes;
            using (no_grad())
                fakes = generator.forward(part.Of(z), partLabels, stage);                                                         // [n, C, R, R]
            GanLoss.Critique c = loss.Discriminator(discriminator, part.Of(reals), fakes, partLabels, part.Of(mixing), stage);
            return (c.Loss, stack([c.Loss, c.RealScore, c.FakeScore, c.GradientNorm, c.Penalty, c.LabelLoss]).detach());
        };
    }

    /// <summary>Loss of G; measured is the loss.</summary>
    /// <param name="n">Images of the minibatch.</param>
    /// <param name="stage">How far the networks have grown.</param>
    /// <param name="images">Images seen, which the draws are a function of.</param>
    public Func<MicroBatch, (Tensor Loss, Tensor Measured)> OfGenerator(int n, GrowthStage stage, long images)
    {
        Tensor z = Chance.Normal(n, options.Architecture.Latents, NoiseSeed, Purpose.GeneratorLatents, images).to(device);     // [N, L]
        Tensor? labels = RandomLabels(n, images);                                                                                 // [N, S]
        return part =>
        {
            Tensor? partLabels = part.Of(labels);
            (Tensor scores, Tensor logits) = discriminator.forward(generator.forward(part.Of(z), partLabels, stage), stage);      // [n, 1], [n, S]
            Tensor mean = loss.Generator(scores, logits, partLabels);
            return (mean, mean.detach());
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
