using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// The losses of both networks, per image and then averaged: WGAN-GP with drift and AC-GAN labels as in the reference (loss.py), least
/// squares in two forms, cross-entropy, and the same with a penalty on reals.
/// </summary>
/// <param name="options">Which loss, and its weights.</param>
/// <param name="scale">D's, by which the gradient that the penalty looks at is scaled while it is computed; null = none.</param>
internal sealed class GanLoss(TrainerOptions options, LossScale? scale = null)
{
    private const double LsganFakeWeight = 0.1;

    /// <summary>What a discriminator loss is made of; every tensor is a scalar.</summary>
    public readonly record struct Critique(Tensor Loss, Tensor RealScore, Tensor FakeScore, Tensor GradientNorm, Tensor Penalty, Tensor LabelLoss);

    /// <summary>Loss of D.</summary>
    /// <param name="discriminator">D.</param>
    /// <param name="reals">[N, C, H, W].</param>
    /// <param name="fakes">[N, C, H, W], without a graph to G.</param>
    /// <param name="labels">Of the reals; null when unconditional.</param>
    /// <param name="mixing">[N, 1, 1, 1] in [0, 1): 0 takes the real, 1 the fake.</param>
    /// <param name="stage">How far the networks have grown.</param>
    /// <param name="noise">Noise on D's layers for its passes over reals (0), fakes (1) and mixed images (2); null = none.</param>
    /// <param name="asked">Labels that the fakes were made with; null = those of the reals.</param>
    public Critique Discriminator(
        Discriminator discriminator, Tensor reals, Tensor fakes, WeightedLabels? labels, Tensor mixing, GrowthStage stage,
        Func<int, LayerNoise?>? noise = null, WeightedLabels? asked = null)
    {
        bool penaliseReals = options.Loss == AdversarialLoss.Logistic && options.PenaltyWeight > 0;
        if (penaliseReals)
            reals = reals.detach().requires_grad_();
        (Tensor real, Tensor realLogits, _) = discriminator.Examine(reals, stage, noise?.Invoke(0)); // [N, 1], [N, S]
        (Tensor fake, Tensor fakeLogits, _) = discriminator.Examine(fakes, stage, noise?.Invoke(1)); // [N, 1], [N, S]

        Tensor loss = options.Loss switch
        {
            AdversarialLoss.WganGp => fake - real,
            AdversarialLoss.Lsgan => Square(real) + Square(fake.Plus(-1)).Times(LsganFakeWeight),
            AdversarialLoss.LsganNash => Square(real.Plus(-1)) + Square(fake),
            _ => fake.Softplus() + (-real).Softplus(),
        };                                                                           // [N, 1]
        Tensor norm = zeros(1, device: real.device), penalty = norm;
        if (options.PenaltyWeight > 0 && options.Loss == AdversarialLoss.WganGp)
        {
            Tensor mixed = reals.lerp(fakes, mixing).detach().requires_grad_();      // [N, C, H, W]
            norm = GradientNorm(discriminator.Examine(mixed, stage, noise?.Invoke(2)).Scores, mixed, stage);
            Tensor off = norm.Plus(-options.PenaltyTarget);
            penalty = Square(off).Times(options.PenaltyWeight / (options.PenaltyTarget * options.PenaltyTarget)); // [N, 1]
            loss = loss + penalty;
        }
        else if (penaliseReals)
        {
            // Of the square: a root would have no derivative where the gradient is zero, which is where R1 leads to.
            Tensor square = SquaredGradient(real, reals);                            // [N, 1]
            double scale = PenaltyFactor(stage);
            norm = square.detach().sqrt().Times(scale);
            penalty = square.Times(options.PenaltyWeight / 2 * scale * scale);
            loss = loss + penalty;
        }
        if (options.Drift > 0 && options.Loss == AdversarialLoss.WganGp)
            loss = loss + Square(real).Times(options.Drift);                         // [N, 1]

        Tensor labelLoss = zeros(1, device: real.device);
        if (labels is not null)
        {
            labelLoss = CrossEntropy(labels, realLogits);                            // [N, 1]
            if (options.LabelLoss == LabelLossScope.Both)
                labelLoss = labelLoss + CrossEntropy(asked ?? labels, fakeLogits);
            loss = loss + labelLoss.Times(options.LabelWeight);
        }
        return new Critique(loss.mean(), real.mean(), fake.mean(), norm.mean(), penalty.mean(), labelLoss.mean());
    }

    /// <summary>Loss of G from D's view of its images, a scalar.</summary>
    /// <param name="scores">[N, 1].</param>
    /// <param name="logits">[N, S].</param>
    /// <param name="asked">Labels that the images were made with; null when unconditional.</param>
    public Tensor Generator(Tensor scores, Tensor logits, WeightedLabels? asked)
    {
        Tensor loss = options.Loss switch
        {
            AdversarialLoss.WganGp => -scores,
            AdversarialLoss.Lsgan => Square(scores),
            AdversarialLoss.LsganNash => Square(scores.Plus(-1)),
            _ => (-scores).Softplus(),
        };                                                                           // [N, 1]
        if (asked is not null)
            loss = loss + CrossEntropy(asked, logits).Times(options.GeneratorLabelWeight ?? options.LabelWeight);
        return loss.mean();
    }

    /// <summary>
    /// Euclidean norm of each image's gradient [N, 1], differentiable itself. As in the reference there is no epsilon under the root:
    /// a gradient of exactly zero makes the update not finite, and it is skipped.
    /// </summary>
    private Tensor GradientNorm(Tensor scores, Tensor images, GrowthStage stage)
    {
        Tensor norm = SquaredGradient(scores, images).sqrt();                        // [N, 1]
        return options.PenaltyScale == PenaltyScale.Official ? norm.Times(PenaltyFactor(stage)) : norm;
    }

    /// <summary>Its square, of the images as they are.</summary>
    private Tensor SquaredGradient(Tensor scores, Tensor images)
    {
        Tensor sum = scores.sum();
        Tensor gradient = Gradients.Of(scale?.Apply(sum) ?? sum, [images], differentiable: true)[0]; // [N, C, H, W]
        gradient = scale?.Undo(gradient) ?? gradient;
        return Square(gradient).sum([1L, 2L, 3L]).unsqueeze(1);                      // [N, 1]
    }

    /// <summary>Repeating a pixel k*k times spreads its gradient evenly over them: the norm at full size is 1/k of that of the images as they are.</summary>
    private double PenaltyFactor(GrowthStage stage) =>
        options.PenaltyScale == PenaltyScale.Official ? stage.Resolution / (double)options.Architecture.Resolution : 1;

    private static Tensor Square(Tensor x) => x * x;

    private Tensor CrossEntropy(WeightedLabels labels, Tensor logits) =>
        LabelLoss.Of(labels.Labels, logits, options.Architecture.LabelGroups, labels.Weights); // [N, 1]
}
