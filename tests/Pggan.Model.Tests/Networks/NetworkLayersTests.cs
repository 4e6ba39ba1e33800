using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class NetworkLayersTests
{
    private static readonly NetworkArchitecture Small = new() { Resolution = 16, FmapBase = 64, FmapMax = 8 };

    private static readonly NetworkArchitecture Dcgan = Small with
    {
        Layout = NetworkLayout.Dcgan,
        PixelNorm = false,
        NormalizeLatents = false,
        StdDevGroup = 1,
        EqualizedLearningRate = false,
        LeakyRelu = false,
        TanhOutput = true,
    };

    public static TheoryData<string> Kinds => ["paper", "unfused", "conditional", "4x4", "base", "plain", "zoo", "norms", "kernels", "labels apart", "dcgan", "conditional dcgan"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_layer_with_weights_is_there_between_layers_of_the_shapes_that_they_fit(string kind)
    {
        NetworkArchitecture architecture = Of(kind);
        Dictionary<string, NetworkLayer> layers = [];
        foreach (NetworkLayer layer in NetworkLayers.Of(architecture))
        {
            Assert.All(layer.Inputs, input => Assert.Contains(input, layers.Keys)); // and before it
            layers.Add(layer.Name, layer);
        }

        // Whole: what nothing takes are outputs.
        HashSet<string> taken = [.. layers.Values.SelectMany(layer => layer.Inputs)];
        string[] ends = architecture.LabelSize > 0 ? ["G/images", "D/scores", "D/labels"] : ["G/images", "D/scores"];
        string[] grown = [.. Enumerable.Range(1, Math.Max(0, architecture.Levels - 2)).Select(k => $"G/fade.{k}")]; // images of lower stages
        Assert.Equal(ends.Concat(kind.Contains("dcgan", StringComparison.Ordinal) ? [] : grown).Order(), layers.Keys.Except(taken).Order());

        using Generator generator = new(architecture);
        using Discriminator discriminator = new(architecture);
        (string Name, long[] Shape)[] weights =
        [
            .. generator.named_parameters().Select(p => ("G/" + p.name, p.parameter.shape)),
            .. discriminator.named_parameters().Select(p => ("D/" + p.name, p.parameter.shape)),
        ];
        foreach ((string name, long[] shape) in weights.Where(w => w.Name.EndsWith(".weight", StringComparison.Ordinal) && w.Shape.Length > 1))
        {
            NetworkLayer layer = layers[name[..^".weight".Length]];
            bool isStem = layer.Name == "G/stem", isTransposed = architecture.Layout == NetworkLayout.Dcgan && layer.Operation == "Conv2DBackpropInput";
            long takes = layers[layer.Inputs[0]].Shape[1], gives = layer.Operation == "MinibatchDiscrimination" ? (layer.Shape[1] - takes) * 5 : isStem ? (long)layer.Shape[1] * layer.Shape[2] * layer.Shape[3] : layer.Shape[1];
            Assert.Equal(isTransposed ? (shape[1], shape[0]) : (shape[0], shape[1]), (gives, takes));
        }
        Assert.All(weights, weight => Assert.Contains(weight.Name[..weight.Name.LastIndexOf('.')], layers.Keys));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_the_networks_give_has_the_shapes_told(string kind)
    {
        NetworkArchitecture architecture = Of(kind);
        Dictionary<string, NetworkLayer> layers = NetworkLayers.Of(architecture).ToDictionary(layer => layer.Name);
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        using Generator generator = new(architecture);
        using Discriminator discriminator = new(architecture);
        generator.eval();
        Tensor z = randn(4, layers["G/latents"].Shape[1]);
        Tensor? labels = architecture.LabelSize > 0 ? zeros(4, layers["G/labels"].Shape[1]) : null;
        foreach (int level in Enumerable.Range(0, architecture.Levels).Where(k => architecture.Layout == NetworkLayout.Progressive || k == architecture.Levels - 1))
        {
            GrowthStage stage = GrowthStage.Grown(NetworkArchitecture.ResolutionOf(level));
            Tensor images = generator.forward(z, labels, stage);
            string end = level == architecture.Levels - 1 ? "G/images" : level == 0 ? "G/toRgb.0" : $"G/fade.{level}";
            Assert.Equal(images.shape[1..], layers[end].Shape.Skip(1).Select(size => (long)size));
            (Tensor scores, Tensor logits) = discriminator.forward(images, stage);
            Assert.Equal(scores.shape[1], layers["D/scores"].Shape[1]);
            Assert.Equal(logits.shape[1], architecture.LabelSize > 0 ? layers["D/labels"].Shape[1] : 0);
        }
        Assert.Equal(layers["G/images"].Shape, layers["D/images"].Shape);
    }

    private static NetworkArchitecture Of(string kind) => kind switch
    {
        "paper" => Small,
        "unfused" => Small with { FusedScale = false },
        "conditional" => Small with { LabelSize = 3, Channels = 1 },
        "4x4" => Small with { Resolution = 4 },
        "base" => Small with { BaseWidth = 6, BaseHeight = 4, Channels = 4 },
        "plain" => Small with { StdDevGroup = 1, PixelNorm = false, LeakyRelu = false, NormalizeLatents = false, TanhOutput = true },
        "zoo" => Small with { Conventions = NetworkConventions.GanZoo, FusedScale = false },
        "norms" => Small with { BatchNorm = true, LayerNorm = true },
        "kernels" => Small with { DiscriminationKernels = 3 },
        "labels apart" => Small with { LabelSize = 2, NormalizeLabels = false },
        "dcgan" => Dcgan,
        _ => Dcgan with { LabelSize = 2, Resolution = 32 },
    };
}
