using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class DcganTests
{
    internal static NetworkArchitecture Architecture => new()
    {
        Resolution = 16,
        FmapBase = 32,
        FmapMax = 8,
        Layout = NetworkLayout.Dcgan,
        PixelNorm = false,
        NormalizeLatents = false,
        StdDevGroup = 1,
        EqualizedLearningRate = false,
        LeakyRelu = false,
        TanhOutput = true,
    };

    /// <summary>Counts of PyTorch's example dcgan, whose widths are half the paper's.</summary>
    [Fact]
    public void Networks_have_as_many_parameters_as_pytorchs_example()
    {
        using var scope = NewDisposeScope();
        NetworkArchitecture example = Architecture with { Resolution = 64, FmapBase = 1024, FmapMax = 512, LatentSize = 100 };
        Assert.Equal(3_576_704, Learnt(new Generator(example)));
        Assert.Equal(2_765_568, Learnt(new Discriminator(example)));

        static long Learnt(nn.Module network) => network.parameters().Where(p => p.requires_grad).Sum(p => p.numel());
    }

    [Fact]
    public void Weights_begin_small_and_gains_near_one()
    {
        using var scope = NewDisposeScope();
        Dictionary<string, Parameter> parameters = new Generator(Architecture with { Resolution = 64, FmapBase = 1024, FmapMax = 512 }, 3)
            .named_parameters().ToDictionary(p => p.name, p => p.parameter);
        AssertDrawn(parameters["stem.weight"], 0, 1e-3);
        AssertDrawn(parameters["blocks.0.conv.weight"], 0, 1e-3);
        AssertDrawn(parameters["toRgb.0.weight"], 0, 2e-3);
        AssertDrawn(parameters["blocks.0.norm.weight"], 1, 6e-3);
        Assert.Equal(0, parameters["blocks.0.norm.bias"].abs().max().item<float>());

        static void AssertDrawn(Tensor weight, double mean, double tolerance)
        {
            Assert.Equal(mean, weight.mean().item<float>(), tolerance);
            Assert.Equal(0.02, weight.std().item<float>(), tolerance);
        }
    }

    [Fact]
    public void Batch_norm_takes_the_minibatchs_statistics_in_training_and_the_running_ones_else()
    {
        using var scope = NewDisposeScope();
        BatchNorm norm = new(5);
        Dictionary<string, Parameter> parameters = norm.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        using (no_grad())
            norm.Settle(); // of a weight of 0: a gain of 1
        Tensor x = randn(6, 5, 3, 3) * 4 + 7;
        Tensor perMap = x.transpose(0, 1).reshape(5, -1), mean = perMap.mean([1L]), variance = perMap.var(1, unbiased: false);
        Tensor expected = (x - mean.reshape(1, 5, 1, 1)) / (variance + 1e-5).sqrt().reshape(1, 5, 1, 1);
        AssertClose(expected, norm.forward(x));
        AssertClose(mean * 0.1, parameters["mean"]);
        AssertClose(0.9 + perMap.var(1) * 0.1, parameters["variance"]);

        norm.eval();
        Tensor other = randn(2, 5, 3, 3);
        Tensor running = (other - parameters["mean"].reshape(1, 5, 1, 1)) / (parameters["variance"] + 1e-5).sqrt().reshape(1, 5, 1, 1);
        AssertClose(running, norm.forward(other));
        AssertClose(mean * 0.1, parameters["mean"]); // nothing moves
    }

    [Fact]
    public void A_sample_does_not_depend_on_its_company()
    {
        using ProgressiveTrainer trainer = new(TrainerOptions, null);
        for (int i = 0; i < 3; i++)
            ProgressiveTrainerTests.Step(trainer);
        GeneratorSnapshot snapshot = trainer.CaptureGenerator();
        Assert.NotEqual(0, snapshot.Tensors["stem.norm.mean"].Data[0]);
        using ImageSampler sampler = new(snapshot, "cpu");
        HostTensor latents = ImageSampler.Latents(5, Architecture.Latents, 1), first = new([1, Architecture.Latents], latents.Data[..Architecture.Latents]);
        float[] among = sampler.Render(latents, null, GrowthStage.Grown(16)).Data, alone = sampler.Render(first, null, GrowthStage.Grown(16)).Data;
        Assert.Equal(0, alone.Zip(among, (a, b) => Math.Abs(a - b)).Max(), 1e-5);
        Assert.All(among, pixel => Assert.InRange(pixel, -1, 1));
    }

    [Fact]
    public void With_labels_it_is_conditional()
    {
        using var scope = NewDisposeScope();
        NetworkArchitecture labelled = Architecture with { LabelSize = 3 };
        Tensor images = new Generator(labelled, 1).forward(randn(4, labelled.Latents), eye(4, 3), GrowthStage.Grown(16));
        Assert.Equal([4, 3, 16, 16], images.shape);
        (Tensor scores, Tensor logits) = new Discriminator(labelled, 1).forward(images, GrowthStage.Grown(16));
        Assert.Equal([4, 1], scores.shape);
        Assert.Equal([4, 3], logits.shape);
    }

    private static TrainerOptions TrainerOptions => new()
    {
        Architecture = Architecture,
        Schedule = new GrowthScheduleOptions { Resolution = 16, InitialResolution = 16, MinibatchBase = 8 },
        Loss = AdversarialLoss.Dcgan,
        EmaBeta = 0,
    };

    private static void AssertClose(Tensor expected, Tensor actual) => Assert.Equal(0, (expected - actual).abs().max().item<float>(), 1e-4f);
}
