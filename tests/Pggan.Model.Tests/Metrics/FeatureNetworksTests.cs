using System.Security.Cryptography;
using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>TorchScript networks of tests/fixtures, which make-features.py there writes.</summary>
public sealed class FeatureNetworksTests
{
    [Fact]
    public void A_script_gives_features_and_probabilities_without_its_bias()
    {
        using DisposeScope scope = NewDisposeScope();
        using FeatureExtractor network = FeatureNetworks.Open(Fixture("quadrants.pt"), CPU);
        Assert.Equal(("quadrants", 12, false), (network.Name, network.Size, network.IsInception));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Fixture("quadrants.pt")))), network.Digest);

        // Quadrants of image n and channel c are 8c + 10n, and 1, 2 and 3 more.
        Tensor quadrants = tensor(new float[] { 0, 1, 2, 3 }).reshape(1, 1, 2, 2);
        Tensor images = Resample.Up(quadrants + tensor(new float[] { 0, 8, 16, 10, 18, 26 }).reshape(2, 3, 1, 1), 5);
        Tensor features = network.Features(images);
        Assert.Equal([2, 12], features.shape);
        Assert.Equal([0f, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19], features[0].data<float>().ToArray());
        Assert.Equal([10f, 11, 12, 13, 18, 19, 20, 21, 26, 27, 28, 29], features[1].data<float>().ToArray());
        Tensor logits = tensor(new float[] { 0, 1, 2, 3, 8, 10, 11, 12, 13, 18 }).reshape(2, 5) / 64;
        Assert.True(allclose(logits.softmax(1), network.Probabilities(images), 1e-5, 1e-6));
        Assert.Equal(features.data<float>().ToArray(), network.Features(images.to(uint8)).data<float>().ToArray());
    }

    [Fact]
    public void Grey_is_described_as_red_green_and_blue_alike()
    {
        using DisposeScope scope = NewDisposeScope();
        using FeatureExtractor network = FeatureNetworks.Open(Fixture("quadrants.pt"), CPU);
        Tensor grey = rand(3, 1, 8, 6) * 255;
        Assert.True(allclose(network.Features(cat([grey, grey, grey], 1)), network.Features(grey)));
    }

    [Fact]
    public void Features_are_differentiable_by_the_images()
    {
        using DisposeScope scope = NewDisposeScope();
        using FeatureExtractor network = FeatureNetworks.Open(Fixture("quadrants.pt"), CPU);
        Tensor images = (rand(2, 3, 8, 8) * 255).requires_grad_(true);
        Tensor gradient = Gradients.Of(network.Features(images).square().sum(), [images])[0];
        Assert.True(allclose(Resample.Up(network.Features(images.detach()).reshape(2, 3, 2, 2), 4) * (2 / 16.0), gradient, 1e-4, 1e-4));
    }

    [Theory]
    [InlineData("inception.pt", true)]
    [InlineData("wide.pt", false)]
    public void A_script_of_2048_features_and_1008_classes_counts_as_Inception(string name, bool isInception)
    {
        using FeatureExtractor network = FeatureNetworks.Open(Fixture(name), CPU);
        Assert.Equal((2048, isInception), (network.Size, network.IsInception));
    }

    [Theory]
    [InlineData("plain.pt", "the network fails")]
    [InlineData("maps.pt", "a tensor [2, 3, 64, 64] of Float32")]
    [InlineData("logits.pt", "adds up to 384")]
    public void A_script_that_answers_otherwise_is_refused_with_what_was_expected(string name, string reason)
    {
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => FeatureNetworks.Open(Fixture(name), CPU));
        Assert.Contains(name, e.Message, StringComparison.Ordinal);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.Contains("expected is forward(images, return_features, use_fp16, no_output_bias)", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void What_is_no_script_is_refused()
    {
        using TempFolder folder = new();
        byte[] whole = File.ReadAllBytes(Fixture("quadrants.pt"));
        File.WriteAllBytes(folder["empty.pt"], []);
        File.WriteAllText(folder["text.pt"], "<html>404</html>");
        File.WriteAllBytes(folder["cut.pt"], whole[..(whole.Length / 2)]);
        using (var zip = System.IO.Compression.ZipFile.Open(folder["zip.pt"], System.IO.Compression.ZipArchiveMode.Create))
            zip.CreateEntry("a.png");
        foreach (string name in new[] { "empty.pt", "text.pt", "cut.pt", "zip.pt" })
        {
            InvalidDataException e = Assert.Throws<InvalidDataException>(() => FeatureNetworks.Open(folder[name], CPU));
            Assert.Contains(name, e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', e.Message);
        }
        Assert.Throws<FileNotFoundException>(() => FeatureNetworks.Open(folder["nothing.pt"], CPU));
    }

    [Fact]
    public void A_network_leaves_no_tensor_alive()
    {
        long before = LiveTensors.BeforeMeasuring();
        for (int i = 0; i < 3; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            using FeatureExtractor network = FeatureNetworks.Open(Fixture("quadrants.pt"), CPU);
            network.Features(zeros(2, 1, 8, 8));
            network.Probabilities(zeros(2, 3, 8, 8));
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    private static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "fixtures", name);
}
