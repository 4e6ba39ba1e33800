using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>Both networks in double precision, so that a finite difference can be told from a wrong gradient.</summary>
public sealed class GanLossTests
{
    private const int N = 8;
    private static readonly GrowthStage Stage = new(8, 0.3);
    private static readonly NetworkArchitecture Architecture = new() { Resolution = 8, FmapBase = 64, FmapMax = 12, StdDevGroup = 4 };

    public static TheoryData<AdversarialLoss> Losses => [.. Enum.GetValues<AdversarialLoss>()];

    [Theory]
    [MemberData(nameof(Losses))]
    public void Without_a_penalty_each_loss_is_its_closed_form(AdversarialLoss kind)
    {
        using var scope = NewDisposeScope();
        (Generator generator, Discriminator discriminator, Tensor reals, Tensor z, Tensor mixing) = Make();
        GanLoss loss = new(new TrainerOptions { Architecture = Architecture, Loss = kind, PenaltyWeight = 0, Drift = 0 });
        Tensor fakes = generator.forward(z, null, Stage);
        Tensor scores = discriminator.forward(fakes, Stage).Scores;
        double[] real = Numbers(discriminator.forward(reals, Stage).Scores), fake = Numbers(scores);

        // Real and fake terms of D, and G's.
        (Func<double, double> ofReal, Func<double, double> ofFake, Func<double, double> ofGenerator) = kind switch
        {
            AdversarialLoss.WganGp => ((Func<double, double>)(r => -r), (Func<double, double>)(f => f), (Func<double, double>)(f => -f)),
            AdversarialLoss.Lsgan => (r => r * r, f => 0.1 * (f - 1) * (f - 1), f => f * f),
            AdversarialLoss.LsganNash => (r => (r - 1) * (r - 1), f => f * f, f => (f - 1) * (f - 1)),
            _ => (r => -Math.Log(Sigmoid(r)), f => -Math.Log(1 - Sigmoid(f)), f => -Math.Log(Sigmoid(f))),
        };
        GanLoss.Critique critique = loss.Discriminator(discriminator, reals, fakes, null, mixing, Stage);
        Assert.Equal(real.Average(ofReal) + fake.Average(ofFake), critique.Loss.item<double>(), 1e-12);
        Assert.Equal(fake.Average(ofGenerator), loss.Generator(scores, scores, null).item<double>(), 1e-12);
        Assert.Equal((real.Average(), fake.Average()), (critique.RealScore.item<double>(), critique.FakeScore.item<double>()));

        static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
    }

    /// <summary>Penalties and noise included.</summary>
    [Theory]
    [MemberData(nameof(Losses))]
    public void Discriminators_gradient_is_that_of_finite_differences(AdversarialLoss kind)
    {
        using var scope = NewDisposeScope();
        (Generator generator, Discriminator discriminator, Tensor reals, Tensor z, Tensor mixing) = Make();
        GanLoss loss = new(new TrainerOptions { Architecture = Architecture, Loss = kind });
        Tensor fakes = generator.forward(z, null, Stage).detach(), normal = randn(N, LayerNoise.Columns(Architecture, 1));
        AssertGradient(discriminator, () =>
            loss.Discriminator(discriminator, reals, fakes, null, mixing, Stage, _ => new LayerNoise(normal, 0.05)).Loss);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Generators_gradient_is_that_of_finite_differences(AdversarialLoss kind)
    {
        using var scope = NewDisposeScope();
        (Generator generator, Discriminator discriminator, _, Tensor z, _) = Make();
        GanLoss loss = new(new TrainerOptions { Architecture = Architecture, Loss = kind });
        AssertGradient(generator, () =>
        {
            (Tensor scores, Tensor logits) = discriminator.forward(generator.forward(z, null, Stage), Stage);
            return loss.Generator(scores, logits, null);
        });
    }

    /// <summary>Through layer norm and minibatch discrimination twice, and through batch norm of a minibatch.</summary>
    [Fact]
    public void Gradients_of_the_networks_that_table_1_begins_with_are_those_of_finite_differences()
    {
        using var scope = NewDisposeScope();
        NetworkArchitecture architecture = TableOneNetworkTests.Architecture with { Resolution = 8, StdDevGroup = N };
        (Generator generator, Discriminator discriminator, Tensor reals, Tensor z, Tensor mixing) = Make(architecture);
        discriminator.Fit(reals, Stage);
        GanLoss loss = new(new TrainerOptions { Architecture = architecture });
        Tensor fakes = generator.forward(z, null, Stage).detach();
        AssertGradient(discriminator, () => loss.Discriminator(discriminator, reals, fakes, null, mixing, Stage).Loss);
        AssertGradient(generator, () => loss.Generator(discriminator.forward(generator.forward(z, null, Stage), Stage).Scores, zeros(N, 0), null));
    }

    /// <summary>Where R1 leads to: a root of the square would have no derivative there.</summary>
    [Fact]
    public void R1_has_a_gradient_where_that_of_D_is_zero()
    {
        using var scope = NewDisposeScope();
        (_, Discriminator discriminator, Tensor reals, _, Tensor mixing) = Make();
        using (no_grad())
        {
            foreach (TorchSharp.Modules.Parameter parameter in discriminator.parameters())
                parameter.zero_();
        }
        GanLoss loss = new(new TrainerOptions { Architecture = Architecture, Loss = AdversarialLoss.Logistic });
        GanLoss.Critique critique = loss.Discriminator(discriminator, reals, reals, null, mixing, Stage);
        Assert.Equal((2 * Math.Log(2), 0), (critique.Loss.item<double>(), critique.GradientNorm.item<double>()));
        Tensor[] weights = [.. discriminator.named_parameters().Where(p => discriminator.IsActive(p.name, Stage)).Select(p => p.parameter)];
        Assert.All(Gradients.Of(critique.Loss, weights), gradient => Assert.True(gradient.isfinite().all().item<bool>()));
    }

    [Theory]
    [InlineData(null, 0.5)]
    [InlineData(2.0, 2.0)]
    [InlineData(0.0, 0.0)]
    public void Labels_weigh_in_the_loss_of_each_network_as_told(double? ofGenerator, double expected)
    {
        using var scope = NewDisposeScope();
        TrainerOptions options = new()
        {
            Architecture = Architecture with { LabelSize = 2 },
            Schedule = new GrowthScheduleOptions { Resolution = 8 },
            PenaltyWeight = 0,
            Drift = 0,
            LabelWeight = 0.5,
            GeneratorLabelWeight = ofGenerator,
        };
        options.Validate();
        GanLoss loss = new(options);
        Tensor scores = tensor(new double[] { 1, 3 }, [2, 1]), logits = tensor(new double[] { 0, 0, 1, 2 }, [2, 2]), labels = tensor(new double[] { 0.25, 0.75, 1, 0 }, [2, 2]);
        double entropy = (Math.Log(2) + Math.Log(1 + Math.E)) / 2; // of a soft label, and of a wrong one
        Assert.Equal(-2 + expected * entropy, loss.Generator(scores, logits, new(labels)).item<double>(), 1e-12);

        using Discriminator discriminator = new(options.Architecture, 1);
        Tensor images = randn(4, 3, 8, 8), classes = tensor(new float[] { 1, 0, 0, 1, 1, 0, 0, 1 }, [4, 2]);
        GanLoss.Critique critique = loss.Discriminator(discriminator, images, images, new(classes), zeros(4, 1, 1, 1), GrowthStage.Grown(8));
        Assert.True(critique.LabelLoss.item<float>() > 0.5);
        Assert.Equal(0.5f * critique.LabelLoss.item<float>(), critique.Loss.item<float>(), 1e-5f); // the scores of the same images cancel
    }

    /// <summary>The derivative along a random direction in the space of all weights.</summary>
    private static void AssertGradient(nn.Module network, Func<Tensor> loss)
    {
        const double h = 1e-8; // so small that no activation is at its kink within it
        Tensor[] weights = [.. network.parameters().Where(p => p.requires_grad)];
        Tensor[] direction = [.. weights.Select(w => randn_like(w))];
        double along = Gradients.Of(loss(), weights).Zip(direction, (g, d) => (g * d).sum().item<double>()).Sum();
        double difference = (At(h) - At(-h)) / (2 * h);
        Assert.Equal(0, along - difference, 3e-6 * Math.Max(1, Math.Abs(difference)));
        Assert.True(Math.Abs(along) > 1e-3, $"{along} is too flat to prove anything");

        double At(double step)
        {
            Move(step);
            double value = loss().item<double>();
            Move(-step);
            return value;
        }

        void Move(double step)
        {
            using var noGradients = no_grad();
            for (int i = 0; i < weights.Length; i++)
                weights[i].add_(direction[i] * step);
        }
    }

    private static (Generator Generator, Discriminator Discriminator, Tensor Reals, Tensor Z, Tensor Mixing) Make(NetworkArchitecture? other = null)
    {
        random.manual_seed(5);
        NetworkArchitecture architecture = other ?? Architecture;
        Generator generator = new(architecture, 1);
        Discriminator discriminator = new(architecture, 1);
        generator.to(ScalarType.Float64);
        discriminator.to(ScalarType.Float64);
        set_default_dtype(ScalarType.Float64);
        try
        {
            return (generator, discriminator, rand(N, 3, 8, 8) * 2 - 1, randn(N, architecture.Latents), rand(N, 1, 1, 1));
        }
        finally
        {
            set_default_dtype(ScalarType.Float32);
        }
    }

    private static double[] Numbers(Tensor tensor) => tensor.detach().contiguous().data<double>().ToArray();
}
