using System.Text.Json;
using System.Text.Json.Nodes;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>Networks whose images are no squares, and have alpha.</summary>
public sealed class BaseTests
{
    /// <summary>Grows from 4x6 to 16x24 pixels.</summary>
    private static readonly NetworkArchitecture Tall = new() { Resolution = 16, BaseWidth = 4, BaseHeight = 6, FmapBase = 64, FmapMax = 8, LatentSize = 8 };

    private static readonly NetworkArchitecture TallDcgan = DcganTests.Architecture with { BaseWidth = 4, BaseHeight = 6 };

    public static TheoryData<NetworkArchitecture, double> Networks => new()
    {
        { Tall, 1 },
        { Tall, 0.3 },
        { Tall with { FusedScale = false, LabelSize = 3 }, 0.7 },
        { Tall with { Conventions = NetworkConventions.GanZoo, StdDevGroup = 2 }, 0.5 },
        { Tall with { BaseWidth = 5, BaseHeight = 7, Channels = 4 }, 0.5 },
        { TallDcgan, 1 },
    };

    /// <summary>A network with its weights turned round draws turned images: width and height are mixed up nowhere.</summary>
    [Theory]
    [MemberData(nameof(Networks))]
    public void Networks_of_a_turned_base_are_the_same_turned(NetworkArchitecture architecture, double alpha)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        NetworkArchitecture wide = architecture with { BaseWidth = architecture.BaseHeight, BaseHeight = architecture.BaseWidth };
        Generator generator = new(architecture, seed: 1), turnedGenerator = new(wide);
        Discriminator discriminator = new(architecture, seed: 2), turnedDiscriminator = new(wide);
        Turn(generator, turnedGenerator, architecture);
        Turn(discriminator, turnedDiscriminator, architecture);
        Tensor z = randn(4, architecture.Latents);
        Tensor? labels = architecture.LabelSize > 0 ? eye(4, architecture.LabelSize) : null;
        for (int resolution = architecture.Layout == NetworkLayout.Dcgan ? 16 : 4; resolution <= architecture.Resolution; resolution *= 2)
        {
            GrowthStage stage = new(resolution, resolution == 4 ? 1 : alpha);
            Tensor images = generator.forward(z, labels, stage), turned = turnedGenerator.forward(z, labels, stage);
            Assert.Equal([4, architecture.Channels, architecture.HeightAt(resolution), architecture.WidthAt(resolution)], images.shape);
            AssertClose(images.transpose(2, 3), turned);
            (Tensor scores, Tensor logits) = discriminator.forward(images, stage);
            (Tensor turnedScores, Tensor turnedLogits) = turnedDiscriminator.forward(turned, stage);
            AssertClose(scores, turnedScores);
            AssertClose(logits, turnedLogits);
        }

        static void Turn(nn.Module from, nn.Module to, NetworkArchitecture architecture)
        {
            Dictionary<string, Parameter> parameters = to.named_parameters().ToDictionary(p => p.name, p => p.parameter);
            foreach ((string name, Parameter weight) in from.named_parameters())
            {
                if (name.EndsWith("bias", StringComparison.Ordinal))
                    weight.normal_(); // zeros would prove nothing
                bool isElement = name is "stem.weight" or "head.dense0.weight" or "head.weight" || (name == "stem.bias" && architecture.IsOfZoo);
                parameters[name].copy_(!isElement ? weight.dim() == 4 ? weight.transpose(2, 3) : weight
                    : name.StartsWith("stem", StringComparison.Ordinal)
                        ? weight.reshape(-1, architecture.BaseHeight, architecture.BaseWidth, name == "stem.bias" ? 1 : weight.shape[1]).transpose(1, 2).reshape(weight.shape)
                        : weight.reshape(weight.shape[0], -1, architecture.BaseHeight, architecture.BaseWidth).transpose(2, 3).reshape(weight.shape));
            }
        }
    }

    [Fact]
    public void Files_name_a_base_that_is_no_4x4_and_only_that()
    {
        string square = JsonSerializer.Serialize(new NetworkArchitecture(), CheckpointFile.Json), tall = JsonSerializer.Serialize(Tall, CheckpointFile.Json);
        Assert.DoesNotContain("base\"", square.Replace("fmap_base", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal("[4,6]", JsonNode.Parse(tall)!["base"]!.ToJsonString());
        Assert.Equal(Tall, JsonSerializer.Deserialize<NetworkArchitecture>(tall, CheckpointFile.Json));
        Assert.Equal(new NetworkArchitecture(), JsonSerializer.Deserialize<NetworkArchitecture>(square, CheckpointFile.Json));
        foreach (string odd in new[] { "[4]", "[4, 6, 8]", "[0, -1]", "null" })
        {
            NetworkArchitecture read = JsonSerializer.Deserialize<NetworkArchitecture>(JsonNode.Parse(tall)!.ToJsonString().Replace("[4,6]", odd, StringComparison.Ordinal), CheckpointFile.Json)!;
            Assert.Throws<ArgumentException>(read.Validate);
        }
    }

    [Fact]
    public void A_base_multiplies_what_a_resolution_measures()
    {
        Assert.Equal((4, 6, 24, "4x6"), (Tall.WidthAt(4), Tall.HeightAt(4), Tall.PixelsAt(4), Tall.SizeAt(4)));
        Assert.Equal((16, 24, 3 * 16 * 24, "16x24"), (Tall.WidthAt(16), Tall.HeightAt(16), Tall.BytesAt(16), Tall.SizeAt(16)));
        Assert.True(new NetworkArchitecture().IsDefault);
        Assert.False(Tall.IsDefault);
        Assert.Equal("64x64", new NetworkArchitecture().SizeAt(64));
    }

    [Theory]
    [InlineData(3, 4, 16, "base 3x4 must be from 4 to 32")]
    [InlineData(4, 33, 16, "base 4x33 must be from 4 to 32")]
    [InlineData(4, 32, 1024, "makes images of 1024x8192; a side has at most 4096")]
    public void A_base_that_leads_nowhere_is_refused(int width, int height, int resolution, string says)
    {
        ArgumentException refused = Assert.Throws<ArgumentException>((Tall with { BaseWidth = width, BaseHeight = height, Resolution = resolution, FmapBase = 8192 }).Validate);
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_base_are_refused_by_name()
    {
        Assert.Equal("they grow from 4x6, and the run from 4x4", Tall.MisfitIn(Tall with { BaseHeight = 4 }));
        Assert.Equal("they are for 16x24, and the run ends at 8x12", Tall.MisfitIn(Tall with { Resolution = 8 }));
        Assert.Null(Tall.MisfitIn(Tall with { Resolution = 32 }));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void A_training_goes_on_from_its_checkpoint_to_the_bit(int width)
    {
        NetworkArchitecture architecture = Tall with { Resolution = 8, BaseWidth = width, Channels = 4 };
        using ProgressiveTrainer trainer = Trainer(architecture);
        for (int i = 0; i < 12; i++)
            Step(trainer, i);
        Assert.Equal(8, trainer.Point.Stage.Resolution); // it has grown
        Checkpoint checkpoint = trainer.Capture(0, null);
        Assert.Null(TensorShapes.Fault(checkpoint.State, [.. checkpoint.Tensors.Select(t => new SafetensorsTensor(t.Key, SafetensorsType.F32, t.Value.Shape, 0, 0))]));
        using ProgressiveTrainer again = Trainer(architecture);
        again.Restore(checkpoint);
        for (int i = 12; i < 16; i++)
        {
            StepMetrics went = Step(trainer, i), goes = Step(again, i);
            Assert.Equal(went.DiscriminatorLoss, goes.DiscriminatorLoss);
        }
        IReadOnlyDictionary<string, HostTensor> left = trainer.Capture(0, null).Tensors, right = again.Capture(0, null).Tensors;
        Assert.All(left, tensor => Assert.Equal(tensor.Value.Data, right[tensor.Key].Data));
        Assert.True(left["G/stem.weight"].Data.All(float.IsFinite));
        Assert.Contains($"images of 4x12x{2 * width} bytes", Assert.Throws<ArgumentException>(() => trainer.Step(new byte[1], [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reals_are_faded_by_their_half_resolution()
    {
        using var scope = NewDisposeScope();
        byte[] bytes = [.. Enumerable.Range(0, 8 * 12).Select(i => (byte)(i * 37 % 256))];
        float[] faded = RealImages.Prepare(tensor(bytes, [1, 1, 12, 8]), new GrowthStage(8, 0.25), CPU).data<float>().ToArray();
        for (int y = 0; y < 12; y++)
        {
            for (int x = 0; x < 8; x++)
            {
                double own = At(x, y), half = (At(x & ~1, y & ~1) + At(x | 1, y & ~1) + At(x & ~1, y | 1) + At(x | 1, y | 1)) / 4;
                Assert.Equal(0.25 * own + 0.75 * half, faded[y * 8 + x], 1e-5);
            }
        }

        double At(int x, int y) => bytes[y * 8 + x] * 2.0 / 255 - 1;
    }

    [Fact]
    public void Time_and_memory_go_with_the_pixels()
    {
        CostEstimate square = Of(Tall with { BaseHeight = 4 }), tall = Of(Tall with { BaseHeight = 8 });
        Assert.InRange(tall.Bytes / (double)square.Bytes, 1.9, 2);
        Assert.InRange(tall.SecondsPerKimg / square.SecondsPerKimg, 1.9, 2.1);

        static CostEstimate Of(NetworkArchitecture architecture) => CostEstimator.Estimate(Options(architecture) with { Device = "cpu" }, flops: 1e6)[^1];
    }

    [Fact]
    public void Formats_of_squares_refuse_others()
    {
        Checkpoint checkpoint = SmallCheckpoint.Of(Tall, GrowthStage.Grown(16));
        NetworkSnapshot networks = NetworkSnapshot.Of(checkpoint);
        using MemoryStream file = new();
        Assert.Contains("it grows from 4x6", Assert.Throws<ArgumentException>(() => OfficialPickleWriter.Write(file, networks, networks.Stage, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Assert.Contains("grows from 4x4, not from 4x6", Assert.Throws<ArgumentException>(() => ZooCheckpointWriter.Write(file, networks, networks.Stage, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Assert.Equal(0, file.Length);
    }

    public static TheoryData<NetworkArchitecture, double> Exported => new() { { Tall with { Channels = 4 }, 0.4 }, { Tall with { Channels = 4 }, 1 }, { TallDcgan with { Channels = 4 }, 1 } };

    [Theory]
    [MemberData(nameof(Exported))]
    public void As_ONNX_it_draws_the_same(NetworkArchitecture architecture, double alpha)
    {
        using Generator generator = new(architecture, seed: 3);
        GeneratorSnapshot snapshot = new(architecture, new GrowthStage(16, alpha), 0, generator.named_parameters().ToDictionary(p => p.name, p => HostTensor.From(p.parameter)));
        using ImageSampler sampler = new(snapshot, "cpu");
        HostTensor z = ImageSampler.Latents(2, 8, 3), expected = sampler.Render(z, null, snapshot.Stage);
        using OnnxModel model = new(snapshot);
        HostTensor images = model.Run(z, null);
        Assert.Equal([2, 4, 24, 16], images.Shape);
        Assert.Equal(expected.Shape, images.Shape);
        float magnitude = expected.Data.Max(Math.Abs);
        Assert.All(images.Data.Zip(expected.Data), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1e-4f * magnitude));
    }

    [Fact]
    public void A_latent_is_found_for_an_image_that_is_no_square()
    {
        NetworkSnapshot networks = NetworkSnapshot.Of(SmallCheckpoint.Of(Tall, GrowthStage.Grown(16)));
        GeneratorSnapshot generator = networks.Generator(raw: false);
        byte[] target;
        using (ImageSampler sampler = new(generator, "cpu"))
            target = ImageSampler.ToBytes(sampler.Render(ImageSampler.Latents(1, 8, 5), null, generator.Stage).Data);
        using LatentInverter inverter = new(generator, networks.Discriminator(), null, "cpu");
        InversionResult found = inverter.Invert(target, generator.Stage, new InversionOptions { Steps = 20, Restarts = 1, RealismWeight = 0.01 }, null, TestContext.Current.CancellationToken);
        Assert.Equal(target.Length, found.Image.Length);
        Assert.True(found.Loss < found.FirstLoss);
    }

    [Fact]
    public void What_is_transparent_lies_on_white_where_a_network_knows_no_alpha()
    {
        using var scope = NewDisposeScope();
        Tensor images = tensor(new byte[] { 100, 200, 50, 255, 100, 200, 50, 0, 100, 200, 50, 51 }).reshape(3, 4, 1, 1);
        float[] expected = [100, 200, 50, 255, 255, 255, 224, 244, 214]; // at a fifth of opacity 0.2 * c + 0.8 * 255
        AssertClose(tensor(expected).reshape(3, 3, 1, 1), FeatureExtractor.WithChannels(images, 3));
        AssertClose(tensor(new float[] { 350 / 3f, 255, (224 + 244 + 214) / 3f }).reshape(3, 1, 1, 1), FeatureExtractor.WithChannels(images, 1));
    }

    private static ProgressiveTrainer Trainer(NetworkArchitecture architecture) => new(Options(architecture), null);

    private static TrainerOptions Options(NetworkArchitecture architecture) => new()
    {
        Architecture = architecture,
        Schedule = new GrowthScheduleOptions { Resolution = architecture.Resolution, TrainKimg = 0.02, FadeKimg = 0.02, TotalKimg = 0.08, MinibatchBase = 4 },
    };

    private static StepMetrics Step(ProgressiveTrainer trainer, int seed)
    {
        byte[] pixels = new byte[trainer.Point.Minibatch * trainer.Options.Architecture.BytesAt(trainer.Point.Stage.Resolution)];
        new Random(seed).NextBytes(pixels);
        return trainer.Step(pixels, []);
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        float off = expected.numel() == 0 ? 0 : (expected - actual).abs().max().item<float>();
        Assert.True(off <= 1e-5 * Math.Max(1, expected.numel() == 0 ? 1 : expected.abs().max().item<float>()), $"off by {off}");
    }
}
