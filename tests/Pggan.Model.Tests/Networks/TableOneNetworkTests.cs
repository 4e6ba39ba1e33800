using System.Text.Json;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>The networks that the paper's Table 1 begins with: batch norm in G, layer norm and minibatch discrimination in D.</summary>
public sealed class TableOneNetworkTests
{
    private const int N = 6;

    internal static NetworkArchitecture Architecture => new()
    {
        Resolution = 16,
        FmapBase = 64,
        FmapMax = 12,
        LatentSize = 7,
        FusedScale = false,
        StdDevGroup = 1,
        EqualizedLearningRate = false,
        LeakyRelu = false,
        PixelNorm = false,
        NormalizeLatents = false,
        TanhOutput = true,
        BatchNorm = true,
        LayerNorm = true,
        DiscriminationKernels = 4,
    };

    public static TheoryData<int, double> Stages => new() { { 4, 1 }, { 8, 0.3 }, { 8, 1 }, { 16, 0.6 }, { 16, 1 } };

    /// <summary>Put together here from the paper's description and torch's own functions: convolution, norm with the only bias, activation.</summary>
    [Theory]
    [MemberData(nameof(Stages))]
    public void A_generator_normalises_between_convolution_and_activation(int resolution, double alpha)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Generator generator = new(Architecture, 7);
        Dictionary<string, Tensor> p = Shaken(generator);
        Tensor z = randn(N, Architecture.Latents), actual = generator.forward(z, null, new GrowthStage(resolution, alpha));

        int level = Architecture.LevelOf(resolution);
        Tensor x = Act("stem", nn.functional.linear(z, p["stem.weight"]).reshape(N, -1, 4, 4)), old = x;
        x = Act("stem.conv", nn.functional.conv2d(x, p["stem.conv.weight"], padding: [1L, 1L]));
        for (int k = 0; k < level; k++)
        {
            old = x;
            x = x.repeat_interleave(2, 2).repeat_interleave(2, 3);
            foreach (string conv in new[] { $"blocks.{k}.conv0", $"blocks.{k}.conv1" })
                x = Act(conv, nn.functional.conv2d(x, p[conv + ".weight"], padding: [1L, 1L]));
        }
        Tensor image = Rgb(level, x);
        if (alpha < 1)
            image = image * alpha + Rgb(level - 1, old).repeat_interleave(2, 2).repeat_interleave(2, 3) * (1 - alpha);
        Assert.Equal([N, 3, resolution, resolution], actual.shape);
        AssertClose(image.tanh(), actual);

        Tensor Act(string name, Tensor y) => nn.functional.batch_norm(
            y, zeros(y.shape[1]), ones(y.shape[1]), p[name + ".norm.weight"], p[name + ".norm.bias"], training: true, eps: 1e-4).relu();

        Tensor Rgb(int of, Tensor y) => nn.functional.conv2d(y, p[$"toRgb.{of}.weight"], p[$"toRgb.{of}.bias"]);
    }

    /// <summary>fromRGB and the last layer have no norm; the kernels see what the last layer would have seen alone.</summary>
    [Theory]
    [MemberData(nameof(Stages))]
    public void A_discriminator_normalises_each_image_and_compares_them_at_its_end(int resolution, double alpha)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Discriminator discriminator = new(Architecture with { LabelSize = 2 }, 7);
        Dictionary<string, Tensor> p = Shaken(discriminator);
        Tensor images = randn(N, 3, resolution, resolution);
        (Tensor scores, Tensor logits) = discriminator.forward(images, new GrowthStage(resolution, alpha));

        int level = Architecture.LevelOf(resolution);
        Tensor x = Rgb(level, images);
        for (int k = level; k >= 1; k--)
        {
            foreach (string conv in new[] { $"blocks.{k - 1}.conv0", $"blocks.{k - 1}.conv1" })
                x = Act(conv, nn.functional.conv2d(x, p[conv + ".weight"], padding: [1L, 1L]));
            x = nn.functional.avg_pool2d(x, 2);
            if (k == level && alpha < 1)
                x = x * alpha + Rgb(level - 1, nn.functional.avg_pool2d(images, 2)) * (1 - alpha);
        }
        x = Act("head.conv", nn.functional.conv2d(x, p["head.conv.weight"], padding: [1L, 1L]));
        x = Act("head.dense0", nn.functional.linear(x.flatten(1), p["head.dense0.weight"]));
        MinibatchDiscrimination kernels = new((int)x.shape[1], Architecture.DiscriminationKernels);
        foreach (var (name, parameter) in kernels.named_parameters())
            parameter.copy_(p["head.discrimination." + name]);
        Tensor outputs = nn.functional.linear(kernels.forward(x), p["head.dense1.weight"], p["head.dense1.bias"]);
        AssertClose(outputs, cat([scores, logits], 1));

        Tensor Act(string name, Tensor y)
        {
            Tensor unit = nn.functional.layer_norm(y, y.shape[1..], eps: 1e-4) * p[name + ".norm.gain"];
            return nn.functional.leaky_relu(unit + p[name + ".norm.bias"].reshape([1, -1, .. y.shape[2..].Select(_ => 1L)]), 0.2);
        }

        Tensor Rgb(int of, Tensor y) => nn.functional.leaky_relu(nn.functional.conv2d(y, p[$"fromRgb.{of}.weight"], p[$"fromRgb.{of}.bias"]), 0.2);
    }

    /// <summary>With weights scaled at run time and without; gains are 1 either way, not drawn.</summary>
    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0.1178511)] // sqrt(2 / (9 * 16))
    public void Norms_begin_as_no_change_and_kernels_small(bool equalized, double deviation)
    {
        using var scope = NewDisposeScope();
        NetworkArchitecture wide = Architecture with { EqualizedLearningRate = equalized, FmapBase = 1024, FmapMax = 16, DiscriminationKernels = 50 };
        Dictionary<string, Parameter> g = new Generator(wide, 3).named_parameters().ToDictionary(p => p.name, p => p.parameter);
        Dictionary<string, Parameter> d = new Discriminator(wide, 3).named_parameters().ToDictionary(p => p.name, p => p.parameter);
        Assert.Equal(deviation, g["blocks.0.conv0.weight"].std().item<float>(), 0.05 * deviation);
        foreach (string norm in new[] { "stem", "stem.conv", "blocks.1.conv1" })
            Assert.Equal((1, 1, 0, 0), (Least(g[norm + ".norm.weight"]), Most(g[norm + ".norm.weight"]), Least(g[norm + ".norm.bias"]), Most(g[norm + ".norm.bias"])));
        Assert.Equal((1, 0, 0), (Most(d["head.conv.norm.gain"]), Least(d["head.conv.norm.bias"]), Most(d["head.conv.norm.bias"])));
        Assert.Equal(0.05, d["head.discrimination.weight"].std().item<float>(), 2e-3);
        Assert.DoesNotContain("blocks.0.conv0.bias", g.Keys);
        Assert.DoesNotContain("head.dense0.bias", d.Keys);

        static float Least(Tensor t) => t.min().item<float>();

        static float Most(Tensor t) => t.max().item<float>();
    }

    [Fact]
    public void A_discriminator_is_fitted_to_the_first_reals_and_not_again()
    {
        TrainerOptions options = new()
        {
            Architecture = Architecture,
            Schedule = new GrowthScheduleOptions { Resolution = 16, MinibatchBase = N, GeneratorLearningRate = 1e-30, DiscriminatorLearningRate = 1e-30 },
            DiscriminatorRepeats = 2,
        };
        using ProgressiveTrainer trainer = new(options, null);
        Assert.All(Scale(), scale => Assert.Equal(0, scale));
        ProgressiveTrainerTests.Step(trainer);
        float[] fitted = Scale();
        Assert.Equal(20, fitted.Length);
        Assert.All(fitted, scale => Assert.NotEqual(0, scale));
        ProgressiveTrainerTests.Step(trainer);
        Assert.Equal(fitted, Scale());

        float[] Scale() => trainer.Capture(0, null).Tensors["D/head.discrimination.logScale"].Data;
    }

    [Fact]
    public void Reals_that_it_is_told_of_go_before_those_of_the_first_step()
    {
        TrainerOptions options = new()
        {
            Architecture = Architecture with { StdDevGroup = 3 },
            Schedule = new GrowthScheduleOptions { Resolution = 16, MinibatchBase = N, GeneratorLearningRate = 1e-30, DiscriminatorLearningRate = 1e-30 },
        };
        byte[] told = new byte[40 * 48];
        new Random(1).NextBytes(told);
        using ProgressiveTrainer trainer = new(options, null);
        trainer.Fit([]);
        trainer.Fit(told.AsSpan(0, 48)); // an image alone has no neighbour
        Assert.All(Scale(), scale => Assert.Equal(0, scale));
        Assert.Throws<ArgumentException>(() => trainer.Fit(told.AsSpan(0, 100)));
        trainer.Fit(told);
        float[] fitted = Scale();
        Assert.All(fitted, scale => Assert.NotEqual(0, scale));
        ProgressiveTrainerTests.Step(trainer);
        Assert.Equal(fitted, Scale());

        float[] Scale() => trainer.Capture(0, null).Tensors["D/head.discrimination.logScale"].Data;
    }

    [Fact]
    public void Networks_that_a_run_begins_with_keep_what_they_have_learnt()
    {
        Checkpoint checkpoint = SmallCheckpoint.Of(Architecture, GrowthStage.Grown(16));
        using TempFolder temp = new();
        CheckpointFile.Write(temp["a"], checkpoint);
        TrainerOptions options = new()
        {
            Architecture = Architecture,
            Schedule = new GrowthScheduleOptions { Resolution = 16, MinibatchBase = N, GeneratorLearningRate = 1e-30, DiscriminatorLearningRate = 1e-30 },
        };
        using ProgressiveTrainer trainer = new(options, null);
        trainer.InitializeFrom(NetworkFile.ReadAll(temp["a"]));
        ProgressiveTrainerTests.Step(trainer);
        Checkpoint after = trainer.Capture(0, null);
        foreach (string name in new[] { "D/head.discrimination.logScale", "D/head.discrimination.bias", "D/head.conv.norm.gain", "G/blocks.0.conv1.norm.weight" })
            Assert.Equal(checkpoint.Tensors[name].Data, after.Tensors[name].Data);
    }

    [Fact]
    public void Files_name_these_layers_where_they_are()
    {
        string[] keys = ["batch_norm", "layer_norm", "discrimination_kernels"];
        string without = JsonSerializer.Serialize(new NetworkArchitecture(), CheckpointFile.Json), with = JsonSerializer.Serialize(Architecture, CheckpointFile.Json);
        Assert.All(keys, key => Assert.DoesNotContain(key, without, StringComparison.Ordinal));
        Assert.All(keys, key => Assert.Contains(key, with, StringComparison.Ordinal));
        Assert.Equal(Architecture, JsonSerializer.Deserialize<NetworkArchitecture>(with, CheckpointFile.Json));
    }

    [Fact]
    public void Weights_of_networks_with_other_layers_are_refused_by_name()
    {
        NetworkArchitecture plain = Architecture with { BatchNorm = false, LayerNorm = false, DiscriminationKernels = 0 };
        Assert.Null(Architecture.MisfitIn(Architecture));
        Assert.Equal("they have batch_norm True, and the run has False", (plain with { BatchNorm = true }).MisfitIn(plain));
        Assert.Equal("they have layer_norm False, and the run has True", plain.MisfitIn(plain with { LayerNorm = true }));
        Assert.Equal("they have discrimination_kernels 4, and the run has 3", (plain with { DiscriminationKernels = 4 }).MisfitIn(plain with { DiscriminationKernels = 3 }));
    }

    public static TheoryData<NetworkArchitecture, string> Impossible => new()
    {
        { Architecture with { DiscriminationKernels = -1 }, "discrimination kernels -1 must be from 0" },
        { Architecture with { DiscriminationKernels = 5000 }, "discrimination kernels 5000 must be from 0" },
        { DcganTests.Architecture with { BatchNorm = true }, "a DCGAN has its own batch norm" },
        { DcganTests.Architecture with { LayerNorm = true }, "a DCGAN has its own batch norm" },
        { new NetworkArchitecture { Conventions = NetworkConventions.GanZoo, BatchNorm = true }, "networks of the zoo have neither batch norm" },
        { new NetworkArchitecture { Conventions = NetworkConventions.GanZoo, DiscriminationKernels = 1 }, "networks of the zoo have neither batch norm" },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void What_does_not_go_together_is_refused(NetworkArchitecture architecture, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(architecture.Validate).Message, StringComparison.Ordinal);

    /// <summary>Every parameter by name, moved from where it begins, which would prove nothing.</summary>
    private static Dictionary<string, Tensor> Shaken(nn.Module network)
    {
        Dictionary<string, Tensor> parameters = [];
        foreach (var (name, parameter) in network.named_parameters())
            parameters[name] = name.Contains("norm.", StringComparison.Ordinal) && parameter.requires_grad ? parameter.add_(randn_like(parameter) * 0.3) : parameter;
        return parameters;
    }

    private static void AssertClose(Tensor expected, Tensor actual) => Assert.Equal(0, (expected - actual).abs().max().item<float>(), 1e-4f);
}
