using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class PrecisionTests
{
    private const int N = 8;

    private static readonly NetworkArchitecture Small = new() { Resolution = 16, FmapBase = 128, FmapMax = 16, LatentSize = 12 };

    private static readonly Dictionary<string, NetworkArchitecture> Architectures = new()
    {
        ["fused"] = Small,
        ["unfused"] = Small with { FusedScale = false },
        ["labels"] = Small with { LabelSize = 3 },
        ["plain"] = Small with { EqualizedLearningRate = false, LeakyRelu = false, TanhOutput = true, PixelNorm = false, NormalizeLatents = false, StdDevGroup = 1 },
        ["zoo"] = Small with { FusedScale = false, Conventions = NetworkConventions.GanZoo },
        ["dcgan"] = DcganTests.Architecture,
        ["table 1"] = TableOneNetworkTests.Architecture,
    };

    public static MatrixTheoryData<string, Precision> Halves { get; } = new([.. Architectures.Keys], [Precision.Fp16, Precision.Bf16]);

    /// <summary>Not by more than rounding: 11 bits of fp16 and 8 of bf16, through a dozen layers. And by rounding indeed.</summary>
    [Theory]
    [MemberData(nameof(Halves))]
    public void Images_and_scores_are_near_those_in_fp32_and_fp32_themselves(string name, Precision precision)
    {
        using var scope = NewDisposeScope();
        NetworkArchitecture architecture = Architectures[name];
        GrowthStage stage = architecture.Layout == NetworkLayout.Dcgan ? GrowthStage.Grown(16) : new GrowthStage(16, 0.4);
        Tensor z = Chance.Normal(N, architecture.Latents, 1, Purpose.Samples, 0), reals = Chance.Uniform(N * 3 * 256, 2, Purpose.Samples, 0).reshape(N, 3, 16, 16);
        Tensor? labels = architecture.LabelSize > 0 ? eye(3).repeat(3, 1).narrow(0, 0, N) : null;
        double tolerance = precision == Precision.Fp16 ? 0.01 : 0.08;

        Tensor images = new Generator(architecture, 7) { Precision = precision }.forward(z, labels, stage);
        AssertNear(new Generator(architecture, 7).forward(z, labels, stage), images, tolerance);
        Discriminator full = new(architecture, 7), half = new(architecture, 7) { Precision = precision };
        (Tensor scores, Tensor logits, Tensor features) = half.Examine(reals, stage, null);
        (Tensor fullScores, Tensor fullLogits, Tensor fullFeatures) = full.Examine(reals, stage, null);
        AssertNear(fullFeatures, features, tolerance);
        AssertNear(cat([fullScores, fullLogits], 1), cat([scores, logits], 1), tolerance);
        AssertNear(full.Judge(full.Features(reals, stage)), half.Judge(half.Features(reals, stage)), tolerance);
        Assert.Equal(precision == Precision.Fp16 ? float16 : bfloat16, half.Features(reals, stage).dtype);
        Assert.All(half.parameters(), parameter => Assert.Equal(float32, parameter.dtype));
    }

    [Fact]
    public void Where_the_type_is_the_same_no_tensor_is_made()
    {
        using var scope = NewDisposeScope();
        foreach (ScalarType type in new[] { float32, float64 })
        {
            Tensor x = ones(2, 2, dtype: type);
            Assert.All([x.Narrowed(Precision.Fp32), x.Widened(), x.Like(x), x.TurnedInto(x)], same => Assert.Same(x, same));
            Assert.Equal(1, x[0, 0].to(float32).item<float>());
        }
    }

    /// <summary>Squares of these are beyond fp16 above, and 1e-8 is below it.</summary>
    [Theory]
    [InlineData(60000f, 1)]
    [InlineData(300f, 1)]
    [InlineData(1e-4f, 0.7071068)]
    [InlineData(0f, 0)]
    public void Pixel_norm_of_fp16_has_the_range_of_fp32(float feature, double expected)
    {
        using var scope = NewDisposeScope();
        Tensor y = PixelNorm.Apply(full([2, 8, 3, 3], feature).to(float16), 1e-8);
        Assert.Equal(float16, y.dtype);
        Assert.Equal(0, (y.to(float32) - (float)expected).abs().max().item<float>(), 1e-2f);
    }

    [Fact]
    public void Minibatch_deviation_of_fp16_has_the_range_of_fp32()
    {
        using var scope = NewDisposeScope();
        Tensor x = tensor(new float[] { 30000, -30000, 30000, -30000 }, [4, 1, 1, 1]).to(float16);
        Tensor y = MinibatchStdDev.Append(x, 4);
        Assert.Equal(float16, y.dtype);
        Assert.Equal([30000f, 30000, 30000, 30000], y.select(1, 1).flatten().to(float32).contiguous().data<float>().ToArray(), (a, b) => Math.Abs(a - b) <= 16);
    }

    /// <summary>By length, since rounding takes single activations over their kink, and the gradient there to another slope.</summary>
    [Theory]
    [InlineData(Precision.Fp16, 0.08)]
    [InlineData(Precision.Bf16, 0.2)]
    public void Weights_have_gradients_of_fp32(Precision precision, double tolerance)
    {
        using var scope = NewDisposeScope();
        Tensor z = Chance.Normal(N, Small.Latents, 1, Purpose.Samples, 0);
        Tensor[] full = GradientsOf(Precision.Fp32), half = GradientsOf(precision);
        Assert.All(half, gradient => Assert.Equal(float32, gradient.dtype));
        Assert.All(full.Zip(half), pair => Assert.InRange((pair.First - pair.Second).norm().item<float>() / pair.First.norm().item<float>(), 0, tolerance));

        Tensor[] GradientsOf(Precision of)
        {
            Generator generator = new(Small, 7) { Precision = of };
            Parameter[] parameters = [.. generator.named_parameters().Where(p => generator.IsActive(p.name, GrowthStage.Grown(16))).Select(p => p.parameter)];
            Tensor images = generator.forward(z, null, GrowthStage.Grown(16));
            return Gradients.Of((images * images).sum(), parameters);
        }
    }

    [Theory]
    [InlineData(Precision.Fp16)]
    [InlineData(Precision.Bf16)]
    public void A_sampler_draws_nearly_the_same_images(Precision precision)
    {
        using ProgressiveTrainer trainer = ProgressiveTrainerTests.NewTrainer();
        GeneratorSnapshot snapshot = trainer.CaptureGenerator();
        using ImageSampler full = new(snapshot, "cpu"), half = new(snapshot, "cpu", precision);
        HostTensor latents = ImageSampler.Latents(4, snapshot.Architecture.Latents, 1);
        float[] expected = full.Render(latents, null, GrowthStage.Grown(16)).Data, images = half.Render(latents, null, GrowthStage.Grown(16)).Data;
        double off = expected.Zip(images, (a, b) => Math.Abs(a - b)).Average(); // single pixels differ more where both of their features are near 0
        Assert.InRange(off / expected.Average(Math.Abs), 1e-7, precision == Precision.Fp16 ? 0.005 : 0.04);
    }

    private static void AssertNear(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(float32, actual.dtype);
        Assert.Equal(expected.shape, actual.shape);
        double off = (expected - actual).abs().max().item<float>() / expected.abs().max().item<float>();
        Assert.InRange(off, 1e-7, tolerance);
    }
}
