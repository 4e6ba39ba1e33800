using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class ImageClassifierTests
{
    private static readonly ClassifierArchitecture Small = new() { Resolution = 16, Channels = 1, FirstMaps = 4, Features = 6, Classes = 2 };

    /// <summary>Stripes along one axis or the other, of random phase and contrast.</summary>
    [Fact]
    public void It_learns_to_tell_images_apart_and_describes_them()
    {
        using TempFolder folder = new();
        Train(folder["stripes.safetensors"], steps: 60);
        using DisposeScope scope = NewDisposeScope();
        using FeatureExtractor network = FeatureNetworks.Open(folder["stripes.safetensors"], CPU);
        Assert.Equal(("stripes", 6, false), (network.Name, network.Size, network.IsInception));
        (byte[] pixels, float[] labels) = Stripes(64, 99);
        Tensor images = tensor(pixels, [64, 1, 16, 16]).to(float32);
        Tensor probabilities = network.Probabilities(images);
        Assert.True(allclose(ones(64), probabilities.sum(1), 1e-5, 1e-5));
        Tensor right = probabilities.argmax(1).eq(tensor(labels, [64, 2]).argmax(1));
        Assert.InRange(right.sum().item<long>(), 60, 64);
        Assert.Equal([64, 6], network.Features(images).shape);

        // Other sizes and colours of the same image are described much alike.
        Tensor features = network.Features(images);
        foreach (Tensor other in new[] { Resample.Up(images, 2), images.expand(64, 3, 16, 16), images.to(uint8) })
            Assert.True(allclose(features, network.Features(other), 1e-4, 1e-4));
        Assert.Equal([64, 6], network.Features(images.narrow(3, 0, 10)).shape);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_does_not()
    {
        using TempFolder folder = new();
        Train(folder["a"], 3, seed: 1);
        Train(folder["b"], 3, seed: 1);
        Train(folder["c"], 3, seed: 2);
        Assert.Equal(File.ReadAllBytes(folder["a"]), File.ReadAllBytes(folder["b"]));
        Assert.NotEqual(File.ReadAllBytes(folder["a"]), File.ReadAllBytes(folder["c"]));
    }

    [Fact]
    public void What_is_stored_tells_how_it_came_to_be()
    {
        using TempFolder folder = new();
        Train(folder["a"], 1, seed: 5);
        using SafetensorsFile file = Safetensors.Open(folder["a"]);
        string record = file.Metadata["record"];
        foreach (string part in new[] { "\"along\"", "\"digest\"", "\"accuracy\": 0.5", "\"seed\": 5", "\"images\": 64" })
            Assert.Contains(part, record, StringComparison.Ordinal);
        Assert.Contains("\"resolution\": 16", file.Metadata["classifier"], StringComparison.Ordinal);
    }

    [Fact]
    public void Features_are_differentiable_by_the_images()
    {
        using TempFolder folder = new();
        Train(folder["a"], 2);
        using DisposeScope scope = NewDisposeScope();
        using FeatureExtractor network = FeatureNetworks.Open(folder["a"], CPU);
        Tensor images = (rand(2, 3, 32, 32) * 255).requires_grad_(true);
        Tensor gradient = Gradients.Of(network.Features(images).square().sum(), [images])[0];
        Assert.InRange(gradient.abs().max().item<float>(), 1e-9f, 1e9f);
    }

    /// <summary>A file of a few bytes may claim a network of gigabytes.</summary>
    [Theory]
    [InlineData("\"features\": 6", "\"features\": 4096", "the architecture needs")]
    [InlineData("\"resolution\": 16", "\"resolution\": 17", "power of two")]
    [InlineData("\"classes\": 2", "\"classes\": 3", "names 2 classes")]
    [InlineData("\"first_maps\"", "\"second_maps\"", "second_maps")]
    [InlineData("head.bias", "head.bios", "head.bios")]
    public void A_file_that_does_not_fit_itself_is_refused(string from, string to, string reason)
    {
        using TempFolder folder = new();
        Train(folder["a"], 1);
        byte[] bytes = File.ReadAllBytes(folder["a"]);
        string text = Encoding.Latin1.GetString(bytes);
        long header = BitConverter.ToInt64(bytes) + 8;
        string escapedFrom = from.Replace("\"", "\\\"", StringComparison.Ordinal), escapedTo = to.Replace("\"", "\\\"", StringComparison.Ordinal);
        string changed = text[8..(int)header].Replace(escapedFrom, escapedTo, StringComparison.Ordinal);
        Assert.NotEqual(text[8..(int)header], changed);
        File.WriteAllBytes(folder["b"], [.. BitConverter.GetBytes((long)changed.Length), .. Encoding.Latin1.GetBytes(changed), .. bytes.AsSpan((int)header)]);
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => FeatureNetworks.Open(folder["b"], CPU));
        Assert.Contains("no classifier of this program", e.Message, StringComparison.Ordinal);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Neither_a_training_nor_a_network_leaves_a_tensor_alive()
    {
        using TempFolder folder = new();
        Train(folder["a"], 1);
        long before = LiveTensors.BeforeMeasuring();
        using (ClassifierTrainer trainer = new(Small, 1, 640, "cpu"))
        {
            (byte[] pixels, float[] labels) = Stripes(16, 1);
            trainer.Step(pixels, labels);
            long during = Tensor.TotalCount;
            trainer.Step(pixels, labels);
            trainer.CountRight(pixels, labels);
            Assert.Equal(during, Tensor.TotalCount);
        }
        using (FeatureExtractor network = FeatureNetworks.Open(folder["a"], CPU))
        using (NewDisposeScope())
            network.Features(zeros(2, 3, 20, 20));

        // TorchSharp's count forgets to take off the tensor that becomes a Parameter; nothing else may be left of the two networks.
        Assert.Equal(before + 2 * TensorShapes.Classifier(Small).Count, Tensor.TotalCount);
    }

    private static void Train(string path, int steps, long seed = 7)
    {
        using ClassifierTrainer trainer = new(Small, seed, 64L * steps, "cpu");
        for (int step = 0; step < steps; step++)
        {
            (byte[] pixels, float[] labels) = Stripes(64, step);
            trainer.Step(pixels, labels);
        }
        trainer.Save(path, new ClassifierRecord
        {
            ClassNames = ["along", "across"],
            DatasetDigest = "digest",
            Seed = seed,
            Images = trainer.Images,
            HeldOut = 10,
            Accuracy = 0.5,
        });
    }

    private static (byte[] Pixels, float[] Labels) Stripes(int count, int seed)
    {
        Random random = new(seed);
        byte[] pixels = new byte[count * 256];
        float[] labels = new float[count * 2];
        for (int i = 0; i < count; i++)
        {
            int kind = random.Next(2), phase = random.Next(4), contrast = random.Next(60, 120);
            labels[2 * i + kind] = 1;
            for (int p = 0; p < 256; p++)
                pixels[i * 256 + p] = (byte)(128 + (((kind == 0 ? p / 16 : p % 16) + phase) / 2 % 2 == 0 ? contrast : -contrast) + random.Next(-8, 8));
        }
        return (pixels, labels);
    }
}
