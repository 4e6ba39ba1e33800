using TorchSharp;

namespace Pggan.Model.Tests;

public sealed class LatentInverterTests
{
    private static readonly NetworkArchitecture Rgb = new() { Resolution = 16, FmapBase = 128, FmapMax = 16, LatentSize = 8 };

    private static readonly GrowthStage Grown = GrowthStage.Grown(16);

    /// <summary>An image drawn by the network itself from a latent is found again, so that not a byte is off by more than rounding.</summary>
    [Theory]
    [InlineData("colour")]
    [InlineData("grey")]
    [InlineData("latents not normalised")]
    [InlineData("classes")]
    public void What_the_network_drew_is_found_again(string kind)
    {
        NetworkArchitecture architecture = kind switch
        {
            "grey" => Rgb with { Channels = 1 },
            "latents not normalised" => Rgb with { NormalizeLatents = false },
            "classes" => Rgb with { LabelSize = 3 },
            _ => Rgb,
        };
        Checkpoint checkpoint = Of(architecture);
        using LatentInverter inverter = new(checkpoint.Generator(), null, null, "cpu");
        int? drawn = kind == "classes" ? 2 : null;
        byte[] target = Target(inverter, 5, drawn);
        InversionResult result = inverter.Invert(target, Grown, Options with { PriorWeight = 0 }, null, TestContext.Current.CancellationToken);
        Assert.True(result.Psnr > 40, $"{result.Psnr} dB");
        Assert.Equal(drawn is { } one ? [one] : null, result.Components);
        Assert.Equal(result.Image, inverter.Draw(result.Latent, result.Label, Grown));
    }

    [Theory]
    [InlineData(InversionMethod.Gradient)]
    [InlineData(InversionMethod.CmaEs)]
    [InlineData(InversionMethod.Random)]
    public void Every_method_improves_on_its_start_and_by_the_same_seed_in_the_same_way(InversionMethod method)
    {
        using LatentInverter inverter = new(Of(Rgb).Generator(), null, null, "cpu");
        byte[] target = Target(inverter, 5, null);
        InversionOptions options = Options with { Method = method, Steps = 60 };
        List<InversionProgress> seen = [];
        InversionResult result = inverter.Invert(target, Grown, options, seen.Add, TestContext.Current.CancellationToken);
        InversionResult again = inverter.Invert(target, Grown, options, null, TestContext.Current.CancellationToken);
        InversionResult other = inverter.Invert(target, Grown, options with { Seed = 1 }, null, TestContext.Current.CancellationToken);

        Assert.True(result.Loss < 0.8 * result.FirstLoss, $"{result.Loss} after {result.FirstLoss}");
        Assert.Equal(result.Latent.Data, again.Latent.Data);
        Assert.Equal(result.Image, again.Image);
        Assert.NotEqual(result.Latent.Data, other.Latent.Data);
        Assert.Equal(Rgb.Latents, result.Latent.Data.Sum(v => v * v), 1e-3);
        Assert.InRange(result.Evaluations, options.Budget - CmaEs.PopulationOf(Rgb.Latents) + 1, options.Budget);
        Assert.Equal((result.Evaluations, result.Loss), (seen[^1].Evaluations, seen[^1].Loss));
        Assert.Equal(seen.Select(p => p.Loss).OrderDescending(), seen.Select(p => p.Loss));
        Assert.Equal(5, result.Moments.Count);
        Assert.Equal(result.Terms.Pixels, result.Loss, 1e-6);
    }

    [Fact]
    public void The_learning_rate_ends_where_it_is_said_to_end()
    {
        InversionOptions options = Options with { LearningRate = 0.2, FinalLearningRate = 0.003 };
        Assert.Equal(0.2, options.LearningRateAt(0, 100), 1e-12);
        Assert.Equal(0.1015, options.LearningRateAt(50, 101), 1e-12);
        Assert.Equal(0.003, options.LearningRateAt(99, 100), 1e-12);
        Assert.Equal(0.003, options.LearningRateAt(0, 1), 1e-12);

        using LatentInverter inverter = new(Of(Rgb).Generator(), null, null, "cpu");
        List<double> rates = [];
        InversionResult result = inverter.Invert(
            Target(inverter, 5, null), Grown, options with { Steps = 20 }, p => rates.Add(p.LearningRate ?? 1), TestContext.Current.CancellationToken);
        Assert.Equal(0.003, result.LastLearningRate!.Value, 1e-12);
        Assert.Equal(rates.OrderDescending(), rates);
    }

    [Fact]
    public void Features_and_realism_are_searched_by_where_there_are_any()
    {
        Checkpoint checkpoint = Of(Rgb);
        using BlockFeatures features = new(3);
        using LatentInverter inverter = new(checkpoint.Generator(), checkpoint.Discriminator(), features, "cpu");
        using LatentInverter pixelsAlone = new(checkpoint.Generator(), null, null, "cpu");
        byte[] target = Target(inverter, 5, null);
        InversionOptions options = Options with { Steps = 40, RealismWeight = 0 };
        InversionResult result = inverter.Invert(target, Grown, options with { RealismWeight = 10 }, null, TestContext.Current.CancellationToken);
        InversionResult faithful = inverter.Invert(target, Grown, options, null, TestContext.Current.CancellationToken);
        InversionResult plain = pixelsAlone.Invert(target, Grown, options with { RealismWeight = 10 }, null, TestContext.Current.CancellationToken);

        Assert.True(inverter.HasDiscriminator);
        Assert.False(pixelsAlone.HasDiscriminator);
        Assert.True(result.Terms is { Features: > 0, Realism: > 0 });
        Assert.Equal(result.Terms.Pixels + 0.1 * result.Terms.Features + 10 * result.Terms.Realism, result.Loss, 1e-4 * result.Loss);
        Assert.Equal(0, faithful.Terms.Realism);
        Assert.True(result.Terms.Pixels > faithful.Terms.Pixels); // D likes another image better than the one searched for
        Assert.Equal((0, 0), (plain.Terms.Features, plain.Terms.Realism));
    }

    [Fact]
    public void A_search_can_be_made_at_a_lower_resolution_and_for_one_class()
    {
        Checkpoint checkpoint = Of(Rgb with { LabelSize = 3 });
        using LatentInverter inverter = new(checkpoint.Generator(), checkpoint.Discriminator(), null, "cpu");
        GrowthStage stage = new(8, 0.5);
        byte[] target = inverter.Draw(ImageSampler.Latents(1, 8, 5), OneHot(1), stage);
        InversionResult result = inverter.Invert(target, stage, Options with { Label = [0], Steps = 20 }, null, TestContext.Current.CancellationToken);
        Assert.Equal(3 * 8 * 8, result.Image.Length);
        Assert.Equal([0], result.Components!);
        Assert.Equal([1, 0, 0], result.Label!.Data);
    }

    [Theory]
    [InlineData(InversionMethod.Gradient)]
    [InlineData(InversionMethod.CmaEs)]
    [InlineData(InversionMethod.Random)]
    public void No_tensor_outlives_a_search_and_a_longer_one_has_no_more_of_them(InversionMethod method)
    {
        Checkpoint checkpoint = Of(Rgb with { LabelSize = 2 });
        using BlockFeatures features = new(3);
        using LatentInverter inverter = new(checkpoint.Generator(), checkpoint.Discriminator(), features, "cpu");
        byte[] target = Target(inverter, 5, 0);
        long before = LiveTensors.BeforeMeasuring();
        Assert.Equal(MostAlive(20), MostAlive(60));
        Assert.Equal(before, torch.Tensor.TotalCount);

        long MostAlive(int steps)
        {
            long most = 0;
            inverter.Invert(
                target, Grown, Options with { Method = method, Steps = steps }, _ => most = Math.Max(most, torch.Tensor.TotalCount), TestContext.Current.CancellationToken);
            return most;
        }
    }

    [Fact]
    public void A_search_ends_when_it_is_asked_to()
    {
        using LatentInverter inverter = new(Of(Rgb).Generator(), null, null, "cpu");
        using CancellationTokenSource interrupted = new();
        byte[] target = Target(inverter, 5, null);
        long last = 0;
        Assert.Throws<OperationCanceledException>(() => inverter.Invert(
            target, Grown, Options, p =>
            {
                last = p.Evaluations;
                if (p.Evaluations > 200)
                    interrupted.Cancel();
            }, interrupted.Token));
        Assert.InRange(last, 200, 220);
    }

    /// <summary>Nothing is named, and all flags are off in the best label; a named one stays.</summary>
    [Fact]
    public void The_label_of_no_flag_is_tried_too()
    {
        using LatentInverter inverter = new(Of(Rgb with { LabelSize = 2, LabelGroups = [1, 1] }).Generator(), null, null, "cpu");
        byte[] target = inverter.Draw(ImageSampler.Latents(1, 8, 5), new HostTensor([1, 2], [0, 0]), Grown);
        InversionResult result = inverter.Invert(target, Grown, Options with { PriorWeight = 0 }, null, TestContext.Current.CancellationToken);
        Assert.True(result.Psnr > 40, $"{result.Psnr} dB");
        Assert.Equal([], result.Components!);
        Assert.Equal([0, 0], result.Label!.Data);
        result = inverter.Invert(target, Grown, Options with { Label = [1], Steps = 4 }, null, TestContext.Current.CancellationToken);
        Assert.Equal([0, 1], result.Label!.Data);
    }

    [Fact]
    public void A_network_that_draws_nothing_finite_is_refused()
    {
        GeneratorSnapshot broken = Of(Rgb).Generator();
        broken = broken with { Tensors = broken.Tensors.ToDictionary(t => t.Key, t => new HostTensor(t.Value.Shape, [.. t.Value.Data.Select(_ => float.NaN)])) };
        using LatentInverter inverter = new(broken, null, null, "cpu");
        InvalidDataException refused = Assert.Throws<InvalidDataException>(
            () => inverter.Invert(new byte[3 * 16 * 16], Grown, Options with { Steps = 4 }, null, TestContext.Current.CancellationToken));
        Assert.Contains("not finite", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_can_not_be_are_refused_by_name()
    {
        NetworkArchitecture conditional = Rgb with { LabelSize = 300 };
        Refused(Rgb, Options with { Steps = 1 }, "steps 1");
        Refused(Rgb, Options with { Restarts = 0 }, "restarts 0");
        Refused(Rgb, Options with { LearningRate = double.NaN }, "learning rate NaN");
        Refused(Rgb, Options with { FinalLearningRate = 1 }, "final learning rate 1");
        Refused(Rgb, Options with { RealismWeight = -1 }, "realism weight -1");
        Refused(Rgb, Options with { PixelWeight = 0, FeatureWeight = 0 }, "nothing would be searched for");
        Refused(Rgb, Options with { Label = [0] }, "knows no classes");
        Refused(conditional, Options with { Label = [300] }, "0 to 299");
        Refused(conditional with { LabelGroups = [150, 150] }, Options with { Label = [0, 149] }, "values of one attribute");
        Refused(conditional, Options with { Steps = 20 }, "16 draws do not try all 300 classes");
        Refused(Rgb with { LatentSize = 513 }, Options with { Method = InversionMethod.CmaEs }, "at most 512");
        Refused(Rgb, Options with { Method = InversionMethod.CmaEs, Steps = 2, Restarts = 8 }, "one generation of CMA-ES, 10");

        static void Refused(NetworkArchitecture architecture, InversionOptions options, string says) =>
            Assert.Contains(says, Assert.Throws<ArgumentException>(() => options.Validate(architecture)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Likeness_is_measured_in_decibels()
    {
        Assert.Equal(10 * Math.Log10(255.0 * 255 / 4), InversionResult.PsnrOf([12, 18], [10, 20]), 1e-9);
        Assert.Equal(0, InversionResult.PsnrOf([0], [255]), 1e-9);
        Assert.Equal(double.PositiveInfinity, InversionResult.PsnrOf([7], [7]));
    }

    private static InversionOptions Options => new() { Steps = 150, Restarts = 8 };

    private static byte[] Target(LatentInverter inverter, long seed, int? @class) =>
        inverter.Draw(ImageSampler.Latents(1, inverter.Architecture.Latents, seed), @class is { } number ? OneHot(number, inverter.Architecture.LabelSize) : null, Grown);

    private static HostTensor OneHot(int number, int size = 3) => new([1, size], [.. Enumerable.Range(0, size).Select(i => i == number ? 1f : 0)]);

    private static Checkpoint Of(NetworkArchitecture architecture)
    {
        using ProgressiveTrainer trainer = new(
            new TrainerOptions { Architecture = architecture, Schedule = new GrowthScheduleOptions { Resolution = architecture.Resolution } },
            architecture.LabelSize == 0 ? null : new LabelTable(1, architecture.LabelSize, (_, label) => label.Clear()));
        return trainer.Capture(0, "digest");
    }
}
