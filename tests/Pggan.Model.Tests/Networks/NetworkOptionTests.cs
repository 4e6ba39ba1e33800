using System.Text.Json;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class NetworkOptionTests
{
    private static readonly NetworkArchitecture Architecture = new() { Resolution = 16, FmapBase = 128, FmapMax = 16, LabelSize = 2 };
    private static readonly GrowthStage Fading = new(16, 0.4);

    [Fact]
    public void Without_equalized_learning_rates_networks_begin_alike()
    {
        using var scope = NewDisposeScope();
        NetworkArchitecture plain = Architecture with { EqualizedLearningRate = false };
        Tensor z = randn(4, Architecture.Latents), labels = eye(4, 2);
        Tensor images = new Generator(Architecture, 7).forward(z, labels, Fading);
        Assert.Equal(0, (images - new Generator(plain, 7).forward(z, labels, Fading)).abs().max().item<float>(), 1e-4f);
        Tensor scores = new Discriminator(Architecture, 7).forward(images, Fading).Scores;
        Assert.Equal(0, (scores - new Discriminator(plain, 7).forward(images, Fading).Scores).abs().max().item<float>(), 1e-4f);
    }

    /// <summary>A weight that is used at s times its size has s times the gradient.</summary>
    [Theory]
    [InlineData("blocks.0.conv0.weight", 0.11785113019775793)] // sqrt(2 / (9 * 16))
    [InlineData("toRgb.1.weight", 0.25)]                       // 1 / sqrt(16)
    [InlineData("stem.weight", 0.08333333333333333)]           // sqrt(2) / 4 / sqrt(18)
    public void Without_equalized_learning_rates_a_weight_has_hes_deviation_and_a_gradient_of_its_own(string name, double scale)
    {
        using var scope = NewDisposeScope();
        (Tensor weight, Tensor gradient) = Of(Architecture);
        (Tensor plain, Tensor plainGradient) = Of(Architecture with { EqualizedLearningRate = false });
        Assert.Equal(0, (weight * scale - plain).abs().max().item<float>(), 1e-6f);
        Assert.Equal(0, (plainGradient * scale - gradient).abs().max().item<float>(), 1e-5f * gradient.abs().max().item<float>());

        (Tensor Weight, Tensor Gradient) Of(NetworkArchitecture architecture)
        {
            Generator generator = new(architecture, 7);
            Parameter weight = generator.named_parameters().Single(p => p.name == name).parameter;
            Tensor z = Chance.Normal(4, architecture.Latents, 1, Purpose.Samples, 0);
            return (weight.detach(), Gradients.Of(generator.forward(z, eye(4, 2), GrowthStage.Grown(8)).sum(), [weight])[0]);
        }
    }

    [Fact]
    public void A_tanh_output_is_that_of_the_blended_image()
    {
        using var scope = NewDisposeScope();
        Tensor z = randn(4, Architecture.Latents), labels = eye(4, 2);
        Tensor linear = new Generator(Architecture, 7).forward(z, labels, Fading);
        Tensor tanh = new Generator(Architecture with { TanhOutput = true }, 7).forward(z, labels, Fading);
        Assert.Equal(0, (linear.tanh() - tanh).abs().max().item<float>(), 1e-6f);
    }

    [Fact]
    public void A_plain_relu_lets_nothing_negative_through()
    {
        using var scope = NewDisposeScope();
        NetworkArchitecture leaky = Architecture with { PixelNorm = false };
        Tensor x = randn(2, 3, 4, 4);
        Assert.Equal(0, (Activation.Generator(x, leaky with { LeakyRelu = false }) - x.clamp_min(0)).abs().max().item<float>());
        Assert.Equal(0, (Activation.Generator(x, leaky) - maximum(x, x * 0.2)).abs().max().item<float>());
    }

    [Fact]
    public void An_architecture_of_before_these_options_is_read_as_the_network_that_it_was()
    {
        const string json = """
            { "resolution": 8, "channels": 3, "latent_size": 0, "label_size": 0, "fmap_base": 16, "fmap_decay": 1, "fmap_max": 4, "fused_scale": true,
              "std_dev_group": 4, "normalize_latents": true, "pixel_norm": true, "pixel_norm_epsilon": 1E-08 }
            """;
        Assert.Equal(new NetworkArchitecture { Resolution = 8, FmapBase = 16, FmapMax = 4 }, JsonSerializer.Deserialize<NetworkArchitecture>(json, CheckpointFile.Json));
    }

    [Fact]
    public void A_layout_is_written_by_its_name()
    {
        Assert.True(DcganTests.Architecture.Has(GrowthStage.Grown(DcganTests.Architecture.Resolution)));
        Assert.False(DcganTests.Architecture.Has(GrowthStage.Grown(DcganTests.Architecture.Resolution / 2)));
        Assert.False(DcganTests.Architecture.Has(new GrowthStage(DcganTests.Architecture.Resolution, 0.5)));
        string json = JsonSerializer.Serialize(DcganTests.Architecture, CheckpointFile.Json);
        Assert.Contains("\"layout\": \"Dcgan\"", json, StringComparison.Ordinal);
        Assert.Equal(DcganTests.Architecture, JsonSerializer.Deserialize<NetworkArchitecture>(json, CheckpointFile.Json));
    }
}
