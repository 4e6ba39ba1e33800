using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>
/// The training of a progressive GAN from the formulas of the paper and its published code (train.py, loss.py, tfutil.py), in double precision, with the
/// loops as they stand there: schedule, reals, losses, Adam, average. It takes numbers and draws from the project, and not a line of the training.
/// </summary>
internal sealed class WrittenOut
{
    private readonly TrainerOptions options;
    private readonly NetworkArchitecture architecture;
    private readonly WrittenOutNetworks networks;
    private readonly float[][] labelsOfDataset; // [images][S]
    private readonly Dictionary<string, Tensor> average;
    private readonly Network g;
    private readonly Network d;
    private long images;      // that D has seen
    private decimal skipped;  // of the schedule, by growths by hand
    private double lod = double.NaN;
    private double gRate, dRate;

    /// <summary>A network's weights, its Adam's moments by the same names, and Adam's step count.</summary>
    private sealed record Network(Dictionary<string, Tensor> Weights, Dictionary<string, Tensor> M, Dictionary<string, Tensor> V)
    {
        public int Steps { get; set; }
    }

    /// <summary>Begins with weights in a checkpoint's names; tensors belong to the caller's scope.</summary>
    public WrittenOut(TrainerOptions options, IReadOnlyDictionary<string, HostTensor> tensors, float[][] labelsOfDataset)
    {
        (this.options, architecture, this.labelsOfDataset) = (options, options.Architecture, labelsOfDataset);
        networks = new WrittenOutNetworks(architecture);
        average = Under("G_ema/");
        (g, d) = (Make("G/"), Make("D/"));

        Network Make(string prefix) => new(Under(prefix), Zeros(prefix), Zeros(prefix));

        Dictionary<string, Tensor> Zeros(string prefix) => Under(prefix).ToDictionary(w => w.Key, w => zeros_like(w.Value));

        Dictionary<string, Tensor> Under(string prefix) => tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(t => t.Key[prefix.Length..], t => tensor(t.Value.Data, t.Value.Shape).to(float64));
    }

    public delegate (byte[] Pixels, float[] Labels) Batch(int minibatch, int resolution);

    public double Lod => lod;

    public int Minibatch { get; private set; }

    public double LossOfD { get; private set; }

    /// <summary>Null where the last step had no update of G.</summary>
    public double? LossOfG { get; private set; }

    /// <summary>Whether rounding of fp32 may have decided about a slope in the last step: one changes gradients by up to some hundredths.</summary>
    public bool IsDoubtful => networks.Nearest < 3e-6;

    /// <summary>Names as in a checkpoint; with beta1 = 0 the first moment is the gradient, and no state.</summary>
    public IEnumerable<(string Name, Tensor Value)> Tensors() =>
        Named("G/", g.Weights).Concat(Named("D/", d.Weights)).Concat(Named("G_ema/", average))
            .Concat(Named("G_adam/v/", g.V)).Concat(Named("D_adam/v/", d.V))
            .Concat(options.Beta1 > 0 ? Named("G_adam/m/", g.M).Concat(Named("D_adam/m/", d.M)) : []);

    public (int G, int D) Updates => (g.Steps, d.Steps);

    /// <summary>train.py: the loop. Gives the count of images after each step of D, with the step of G that follows it.</summary>
    public IEnumerable<long> Run(Batch next)
    {
        while (true)
        {
            ReadSchedule();
            for (int repeat = 0; repeat < options.MinibatchRepeats; repeat++)
            {
                for (int step = 1; step <= options.DiscriminatorRepeats; step++)
                {
                    using (NewDisposeScope())
                    {
                        (byte[] pixels, float[] labels) = next(Minibatch, Resolution);
                        (networks.Nearest, LossOfG) = (double.MaxValue, null);
                        Dictionary<string, Tensor> ofD = GradientsOfD(pixels, labels);
                        Dictionary<string, Tensor>? ofG = options.SimultaneousUpdate ? GradientsOfG(Purpose.DiscriminatorLatents) : null;
                        Descend(d, ofD, dRate);
                        Average();
                        images += Minibatch;
                        if (step == options.DiscriminatorRepeats)
                            Descend(g, ofG ?? GradientsOfG(Purpose.GeneratorLatents), gRate);
                    }
                    yield return images;
                }
            }
        }
    }

    /// <summary>Goes on from other numbers, as near as rounding.</summary>
    public void TakeOver(IReadOnlyDictionary<string, HostTensor> tensors)
    {
        foreach ((string name, Tensor value) in Tensors())
            tensors[name].CopyTo(value);
    }

    /// <summary>What is left of a stabilise phase is skipped.</summary>
    public void GrowByHand()
    {
        (decimal train, decimal fade) = Lengths;
        skipped += train - (images + skipped) % (train + fade);
    }

    private static IEnumerable<(string, Tensor)> Named(string prefix, Dictionary<string, Tensor> tensors) => tensors.Select(t => (prefix + t.Key, t.Value));

    private int Resolution => architecture.Resolution >> (int)Math.Floor(lod);

    private (decimal Train, decimal Fade) Lengths => ((decimal)options.Schedule.TrainKimg * 1000, (decimal)options.Schedule.FadeKimg * 1000);

    /// <summary>train.py: TrainingSchedule, and the reset of optimizers where floor or ceiling of lod change.</summary>
    private void ReadSchedule()
    {
        GrowthScheduleOptions s = options.Schedule;
        (decimal train, decimal fade) = Lengths;
        decimal at = images + skipped, phase = Math.Floor(at / (train + fade)), passed = at - phase * (train + fade);
        double before = lod;
        lod = Math.Max(Math.Log2(architecture.Resolution / s.InitialResolution) - (double)phase - (double)(Math.Max(passed - train, 0) / fade), 0);
        Minibatch = s.Minibatch.GetValueOrDefault(Resolution, s.MinibatchBase);
        double ramp = s.RampKimg * 1000, share = (double)at < ramp ? Math.Exp(-5 * Math.Pow(1 - (double)at / ramp, 2)) : 1;
        gRate = share * s.GeneratorLearningRates.GetValueOrDefault(Resolution, s.GeneratorLearningRate);
        dRate = share * s.DiscriminatorLearningRates.GetValueOrDefault(Resolution, s.DiscriminatorLearningRate);
        if (Math.Floor(lod) == Math.Floor(before) && Math.Ceiling(lod) == Math.Ceiling(before))
            return;
        foreach (Network network in new[] { g, d })
        {
            network.Steps = 0;
            foreach (Tensor moment in network.M.Values.Concat(network.V.Values))
                moment.zero_();
        }
    }

    /// <summary>loss.py, D_wgangp_acgan: images have the final size, and so has what the penalty differentiates by.</summary>
    private Dictionary<string, Tensor> GradientsOfD(byte[] pixels, float[] labelsOfReals)
    {
        Tensor reals = Reals(pixels);                                                                      // [N, C, H, W]
        Tensor? labels = architecture.LabelSize > 0 ? tensor(labelsOfReals, [Minibatch, architecture.LabelSize]).to(float64) : null; // [N, S]
        Tensor u = Chance.Uniform(Minibatch, options.Seed, Purpose.MixingFactors, images).to(float64);     // [N, 1, 1, 1]
        Tensor? asked = options.SimultaneousUpdate ? Asked(Purpose.DiscriminatorLabels) : labels;          // [N, S]
        Tensor fakes = Fakes(Purpose.DiscriminatorLatents, asked);                                         // [N, C, H, W]
        return Gradients(d, () =>
        {
            (Tensor real, Tensor realLogits) = networks.Discriminator(d.Weights, reals, lod); // [N], [N, S]
            (Tensor fake, Tensor fakeLogits) = networks.Discriminator(d.Weights, fakes, lod);
            Tensor mixed = (reals * (1 - u) + fakes * u).detach().requires_grad_();                        // [N, C, H, W]
            Tensor scores = networks.Discriminator(d.Weights, mixed, lod).Scores;
            Tensor slope = autograd.grad([scores.sum()], [mixed], retain_graph: true, create_graph: true)[0];                  // [N, C, H, W]
            Tensor norm = (slope * slope).sum([1L, 2L, 3L]).sqrt();                                        // [N]
            if (options.PenaltyScale == PenaltyScale.Native)
                norm = norm.Times(Math.Pow(2, Math.Floor(lod)));
            Tensor off = norm.Plus(-options.PenaltyTarget);
            Tensor loss = fake - real + (off * off).Times(options.PenaltyWeight / Math.Pow(options.PenaltyTarget, 2)) + (real * real).Times(options.Drift);
            if (labels is not null)
                loss += (CrossEntropy(labels, realLogits) + CrossEntropy(asked!, fakeLogits)).Times(options.LabelWeight);
            LossOfD = loss.mean().item<double>();
            return loss;
        });
    }

    /// <summary>loss.py, G_wgan_acgan: labels are those of images drawn from the dataset. The Theano code's simultaneous update has one minibatch of fakes.</summary>
    private Dictionary<string, Tensor> GradientsOfG(Purpose latents)
    {
        Tensor? labels = Asked(options.SimultaneousUpdate ? Purpose.DiscriminatorLabels : Purpose.GeneratorLabels);                 // [N, S]
        return Gradients(g, () =>
        {
            (Tensor scores, Tensor logits) = networks.Discriminator(d.Weights, Fakes(latents, labels), lod);
            Tensor loss = -scores;                                                                         // [N]
            if (labels is not null)
                loss += CrossEntropy(labels, logits).Times(options.GeneratorLabelWeight ?? options.LabelWeight);
            LossOfG = loss.mean().item<double>();
            return loss;
        });
    }

    /// <summary>train.py, process_reals: bytes of the resolution at floor(lod) to images [N, C, H, W] of the final size in [-1, 1].</summary>
    private Tensor Reals(byte[] pixels)
    {
        long[] shape = [Minibatch, architecture.Channels, architecture.HeightAt(Resolution), architecture.WidthAt(Resolution)];
        Tensor x = tensor([.. pixels.Select(p => p * 2 / 255.0 - 1)], shape);
        x = WrittenOutNetworks.Blend(x, WrittenOutNetworks.Repeat(WrittenOutNetworks.BoxMean(x, 2), 2), lod - Math.Floor(lod));
        return WrittenOutNetworks.Repeat(x, 1 << (int)Math.Floor(lod));
    }

    private Tensor? Asked(Purpose purpose)
    {
        if (architecture.LabelSize == 0)
            return null;
        long[] rows = Chance.Integers(Minibatch, labelsOfDataset.Length, options.Seed, purpose, images);
        return tensor([.. rows.SelectMany(row => labelsOfDataset[row])], [Minibatch, architecture.LabelSize]).to(float64);
    }

    private Tensor Fakes(Purpose latents, Tensor? labels)
    {
        Tensor z = Chance.Normal(Minibatch, architecture.Latents, options.Seed, latents, images).to(float64); // [N, L]
        return networks.Generator(g.Weights, z, labels, lod);
    }

    /// <summary>-sum(y log(exp(x) / sum exp(x))): [N, S] to [N].</summary>
    private static Tensor CrossEntropy(Tensor y, Tensor x) => -(y * (x - x.exp().sum(1, keepdim: true).log())).sum(1);

    /// <summary>Of the mean of a loss [N]. The reference has all layers from the start: what takes no part has the gradient zero.</summary>
    private static Dictionary<string, Tensor> Gradients(Network network, Func<Tensor> loss)
    {
        foreach (Tensor weight in network.Weights.Values)
            weight.requires_grad_();
        Tensor whole = network.Weights.Values.Aggregate(loss().mean(), (sum, weight) => sum + weight.sum().Times(0));
        IList<Tensor> gradients = autograd.grad([whole], [.. network.Weights.Values]);
        foreach (Tensor weight in network.Weights.Values)
            weight.requires_grad_(false);
        return network.Weights.Keys.Zip(gradients).ToDictionary(x => x.First, x => x.Second);
    }

    /// <summary>Adam in TensorFlow's form: epsilon is added to the root of the second moment as it is.</summary>
    private void Descend(Network network, Dictionary<string, Tensor> gradients, double rate)
    {
        (double beta1, double beta2) = (options.Beta1, options.Beta2);
        int t = ++network.Steps;
        rate *= Math.Sqrt(1 - Math.Pow(beta2, t)) / (1 - Math.Pow(beta1, t));
        foreach ((string name, Tensor gradient) in gradients)
        {
            (Tensor weight, Tensor m, Tensor v) = (network.Weights[name], network.M[name], network.V[name]);
            m.copy_(m.Times(beta1) + gradient.Times(1 - beta1));
            v.copy_(v.Times(beta2) + (gradient * gradient).Times(1 - beta2));
            weight.copy_(weight - m.Times(rate) / v.sqrt().Plus(options.Epsilon));
        }
    }

    /// <summary>Gs = lerp(G, Gs, beta), with the beta of a half-life in images where one is given.</summary>
    private void Average()
    {
        double beta = options.EmaHalfLifeKimg > 0 ? Math.Exp(-Math.Log(2) * Minibatch / (1000 * options.EmaHalfLifeKimg)) : options.EmaBeta;
        foreach ((string name, Tensor mean) in average)
            mean.copy_(WrittenOutNetworks.Blend(g.Weights[name], mean, beta));
    }
}
