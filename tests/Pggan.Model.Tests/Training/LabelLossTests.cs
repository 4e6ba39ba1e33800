using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class LabelLossTests
{
    private static readonly LabelGroups Groups = [2, 1, 1, 3];

    /// <summary>Two labels of seven components, one of them soft, and what D says of them.</summary>
    private static readonly double[] Labels = [1, 0, 1, 0, 0, 1, 0, 0.25, 0.75, 0, 0.5, 0.2, 0.3, 0.5];
    private static readonly double[] Logits = [0.5, -1, 2, 0.3, 1, -2, 0, -0.7, 0.1, 1.5, -3, 0.2, 0.9, -1.1];

    [Fact]
    public void Cross_entropies_of_the_groups_add_up()
    {
        using var scope = NewDisposeScope();
        double[] losses = Numbers(LabelLoss.Of(Matrix(Labels), Matrix(Logits), Groups));
        Assert.Equal(2, losses.Length);
        for (int image = 0; image < 2; image++)
        {
            double[] y = Labels[(7 * image)..(7 * image + 7)], x = Logits[(7 * image)..(7 * image + 7)];
            double expected = OfChoice(y[..2], x[..2]) + OfFlag(y[2], x[2]) + OfFlag(y[3], x[3]) + OfChoice(y[4..], x[4..]);
            Assert.Equal(expected, losses[image], 1e-12);
        }

        static double OfChoice(double[] y, double[] x) => -y.Zip(x, (label, logit) => label * Math.Log(Math.Exp(logit) / x.Sum(Math.Exp))).Sum();

        static double OfFlag(double y, double x) => -(y * Math.Log(1 / (1 + Math.Exp(-x))) + (1 - y) * Math.Log(1 - 1 / (1 + Math.Exp(-x))));
    }

    /// <summary>log 2 for a flag of which nothing is known, log k for a choice among k.</summary>
    [Fact]
    public void Who_knows_nothing_loses_the_entropy_of_each_group()
    {
        using var scope = NewDisposeScope();
        double loss = Numbers(LabelLoss.Of(Matrix([1, 0, 1, 0, 0, 1, 0]), zeros(1, 7, dtype: float64), Groups))[0];
        Assert.Equal(3 * Math.Log(2) + Math.Log(3), loss, 1e-12);
        Assert.Equal(Math.Log(2), Numbers(LabelLoss.Of(Matrix([1, 0, 1, 0, 0, 1, 0]), zeros(1, 7, dtype: float64), [2, .. Enumerable.Repeat(LabelGroups.Always, 5)]))[0], 1e-12);
    }

    /// <summary>Softmax gives p sum(y) - y, the sigmoid s - y.</summary>
    [Fact]
    public void The_gradient_is_its_closed_form_and_that_of_finite_differences()
    {
        using var scope = NewDisposeScope();
        Tensor labels = Matrix(Labels), logits = Matrix(Logits).requires_grad_();
        double[] gradient = Numbers(Gradients.Of(LabelLoss.Of(labels, logits, Groups).sum(), [logits])[0]);
        for (int i = 0; i < gradient.Length; i++)
        {
            int row = i / 7 * 7;
            (int first, int size) = (i % 7) switch { < 2 => (0, 2), 2 => (2, 1), 3 => (3, 1), _ => (4, 3) };
            double[] y = Labels[(row + first)..(row + first + size)], x = Logits[(row + first)..(row + first + size)];
            double closed = size == 1 ? 1 / (1 + Math.Exp(-x[0])) - y[0] : y.Sum() * Math.Exp(Logits[i]) / x.Sum(Math.Exp) - Labels[i];
            Assert.Equal(closed, gradient[i], 1e-12);
            Assert.Equal((At(i, 1e-6) - At(i, -1e-6)) / 2e-6, gradient[i], 1e-8);
        }

        double At(int place, double step)
        {
            double[] moved = [.. Logits];
            moved[place] += step;
            return Numbers(LabelLoss.Of(labels, Matrix(moved), Groups)).Sum();
        }
    }

    [Fact]
    public void One_group_is_the_references_cross_entropy_to_the_bit()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        Tensor labels = rand(16, 10), logits = randn(16, 10) * 5;
        Tensor reference = -(labels * nn.functional.log_softmax(logits, 1)).sum(1, keepdim: true);
        foreach (LabelGroups? groups in new LabelGroups?[] { null, [10] })
            Assert.Equal(reference.data<float>().ToArray(), LabelLoss.Of(labels, logits, groups).data<float>().ToArray());
    }

    [Theory]
    [InlineData(1e4, 1, 0)]
    [InlineData(1e4, 0, 1e4)]
    [InlineData(-1e4, 1, 1e4)]
    [InlineData(-1e4, 0, 0)]
    public void A_flag_that_D_is_sure_of_loses_what_it_must(double logit, double label, double expected)
    {
        using var scope = NewDisposeScope();
        Tensor x = tensor(new[] { (float)logit }, [1, 1]).requires_grad_();
        Tensor loss = LabelLoss.Of(tensor(new[] { (float)label }, [1, 1]), x, [1]);
        Assert.Equal((float)expected, loss.item<float>());
        Assert.Equal(expected == 0 ? 0 : Math.Sign(logit), Gradients.Of(loss, [x])[0].item<float>());
    }

    [Fact]
    public void Both_networks_lose_the_groups_by_their_weights()
    {
        using var scope = NewDisposeScope();
        TrainerOptions options = new()
        {
            Architecture = new NetworkArchitecture { Resolution = 8, FmapBase = 64, FmapMax = 12, LabelSize = 7, LabelGroups = Groups },
            Schedule = new GrowthScheduleOptions { Resolution = 8 },
            PenaltyWeight = 0,
            Drift = 0,
            LabelWeight = 0.5,
            GeneratorLabelWeight = 2,
        };
        options.Validate();
        GanLoss loss = new(options);
        Tensor labels = Matrix(Labels), logits = Matrix(Logits), scores = tensor(new double[] { 1, 3 }, [2, 1]);
        Assert.Equal(-2 + 2 * Numbers(LabelLoss.Of(labels, logits, Groups)).Average(), loss.Generator(scores, logits, new(labels)).item<double>(), 1e-12);

        using Discriminator discriminator = new(options.Architecture, 1);
        Tensor images = randn(2, 3, 8, 8), floats = labels.to(float32);
        (_, Tensor seen) = discriminator.forward(images, GrowthStage.Grown(8));
        GanLoss.Critique critique = loss.Discriminator(discriminator, images, images, new(floats), zeros(2, 1, 1, 1), GrowthStage.Grown(8));
        Assert.Equal(2 * LabelLoss.Of(floats, seen, Groups).mean().item<float>(), critique.LabelLoss.item<float>(), 1e-5f); // of reals and of fakes
        Assert.Equal(0.5f * critique.LabelLoss.item<float>(), critique.Loss.item<float>(), 1e-5f);                        // the scores of the same images cancel
    }

    [Theory]
    [InlineData(LabelLossScope.Both)]
    [InlineData(LabelLossScope.Reals)]
    public void The_discriminator_is_taught_the_labels_of_reals_and_perhaps_what_fakes_were_asked_for(LabelLossScope scopeOfLabels)
    {
        using var scope = NewDisposeScope();
        TrainerOptions options = new()
        {
            Architecture = new NetworkArchitecture { Resolution = 8, FmapBase = 64, FmapMax = 12, LabelSize = 7, LabelGroups = Groups },
            LabelLoss = scopeOfLabels,
        };
        using Discriminator discriminator = new(options.Architecture, 1);
        Tensor reals = randn(2, 3, 8, 8), fakes = randn(2, 3, 8, 8), labels = Matrix(Labels).to(float32), asked = labels.flip(0);
        GrowthStage stage = GrowthStage.Grown(8);
        double expected = LabelLoss.Of(labels, discriminator.forward(reals, stage).LabelLogits, Groups).mean().item<float>();
        if (scopeOfLabels == LabelLossScope.Both)
            expected += LabelLoss.Of(asked, discriminator.forward(fakes, stage).LabelLogits, Groups).mean().item<float>();
        GanLoss.Critique critique = new GanLoss(options).Discriminator(discriminator, reals, fakes, new(labels), zeros(2, 1, 1, 1), stage, asked: new(asked));
        Assert.Equal(expected, critique.LabelLoss.item<float>(), 1e-5);
    }

    [Fact]
    public void A_training_with_groups_resumes_to_the_byte_and_is_another_than_without()
    {
        TrainerOptions options = ProgressiveTrainerTests.Options(labelSize: 3), grouped = options with { Architecture = options.Architecture with { LabelGroups = [2, 1] } };
        Checkpoint whole = Train(grouped, null, 12), half = Train(grouped, null, 5);
        ProgressiveTrainerTests.AssertSame(whole, Train(grouped, half, 7));
        Assert.NotEqual(whole.Tensors["D/head.dense1.weight"].Data, Train(options, null, 12).Tensors["D/head.dense1.weight"].Data);
        Assert.Contains("another architecture", Assert.Throws<ArgumentException>(() => Train(options, half, 1)).Message, StringComparison.Ordinal);

        static Checkpoint Train(TrainerOptions options, Checkpoint? from, int steps)
        {
            LabelTable labels = new(6, 3, (index, label) => new float[] { index % 2, 1 - index % 2, index / 3 }.CopyTo(label));
            using ProgressiveTrainer trainer = new(options, labels);
            if (from is not null)
                trainer.Restore(from);
            for (int i = 0; i < steps; i++)
                ProgressiveTrainerTests.Step(trainer);
            return trainer.Capture(7, "digest");
        }
    }

    private static Tensor Matrix(double[] numbers) => tensor(numbers, [numbers.Length / 7, 7]);

    private static double[] Numbers(Tensor tensor) => tensor.detach().contiguous().data<double>().ToArray();
}
