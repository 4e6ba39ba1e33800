using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// A generator as an ONNX model: inputs <c>z</c> [N, L] and, where it is conditional, <c>labels</c> [N, S]; output <c>images</c> [N, C, H, W], float, not
/// clipped. The batch N is free; how far the generator has grown is fixed.
/// </summary>
public static class OnnxExporter
{
    /// <summary>Version of the operators.</summary>
    public const int Opset = 17;

    private const int IrVersion = 8;
    private const string Images = "images";

    /// <summary>Writes the model. Run-time scales, and the weights of a fade's two paths, are in the weights.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="snapshot">The weights, and the stage at which images are taken.</param>
    /// <param name="cancellationToken">Heard between two weights.</param>
    /// <exception cref="ArgumentException">The weights do not fit their architecture, or it has no such stage.</exception>
    /// <exception cref="InvalidDataException">The file would be larger than the format can be.</exception>
    public static void Write(Stream stream, GeneratorSnapshot snapshot, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(snapshot);
        if (!snapshot.Architecture.Has(snapshot.Stage))
            throw new ArgumentException($"the network has no stage of {snapshot.Stage.Resolution} px with alpha {snapshot.Stage.Alpha}");
        using var noGradients = no_grad();
        using ImageSampler sampler = new(snapshot, "cpu");
        ProtobufMessage model = ModelOf(snapshot, GraphOf(sampler.Network, snapshot.Stage, cancellationToken));
        CheckSize(model.Size);
        model.WriteTo(stream);
    }

    /// <summary>Fails above what protobuf allows.</summary>
    internal static void CheckSize(long bytes)
    {
        if (bytes > int.MaxValue)
            throw new InvalidDataException($"as ONNX this network has {bytes} bytes, and such a file ends at {int.MaxValue}; take a lower resolution, or another format");
    }

    private static ProtobufMessage ModelOf(GeneratorSnapshot snapshot, ProtobufMessage graph)
    {
        ProtobufMessage model = new ProtobufMessage()
            .Add(1, IrVersion)
            .Add(2, "pggan")
            .Add(3, typeof(OnnxExporter).Assembly.GetName().Version!.ToString(3))
            .Add(7, graph)
            .Add(8, new ProtobufMessage().Add(1, "").Add(2, Opset));
        Dictionary<string, string> metadata = new(NetworkFile.Metadata(NetworkSnapshot.Of(snapshot)))
        {
            ["latents"] = snapshot.Architecture.Latents.ToString(CultureInfo.InvariantCulture),
            ["label_size"] = snapshot.Architecture.LabelSize.ToString(CultureInfo.InvariantCulture),
        };
        foreach ((string key, string value) in metadata)
            model.Add(14, new ProtobufMessage().Add(1, key).Add(2, value));
        return model;
    }

    private static ProtobufMessage GraphOf(Generator generator, GrowthStage stage, CancellationToken cancellationToken)
    {
        NetworkArchitecture architecture = generator.Architecture;
        OnnxGraph graph = new(nameof(Generator), cancellationToken);
        string z = graph.Input("z", architecture.Latents);
        string? labels = architecture.LabelSize > 0 ? graph.Input("labels", architecture.LabelSize) : null;
        graph.Output(Images, architecture.Channels, architecture.HeightAt(stage.Resolution), architecture.WidthAt(stage.Resolution));
        if (architecture.Layout == NetworkLayout.Dcgan)
            AddDcgan(graph, Joined(graph, z, labels), generator);
        else
            AddProgressive(graph, z, labels, generator, stage);
        return graph.Message;
    }

    private static string Joined(OnnxGraph graph, string z, string? labels) => labels is null ? z : graph.Add("Concat", "input", [z, labels], ("axis", 1L));

    /// <summary>Batch norm takes its running statistics, as the sampler's does.</summary>
    private static void AddDcgan(OnnxGraph graph, string x, Generator generator)
    {
        Dictionary<string, Parameter> parameters = generator.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        x = graph.Add("Gemm", "stem.dense", [x, Weight("stem.weight")], ("transB", 1L));
        x = graph.Add("Reshape", "stem.image", [x, graph.Constant("stem.shape", -1, generator.Architecture.FeatureMaps(1), generator.Architecture.BaseHeight, generator.Architecture.BaseWidth)]);
        x = Relu("stem", x);
        for (int k = 0; parameters.ContainsKey($"blocks.{k}.conv.weight"); k++)
            x = Relu($"blocks.{k}", Doubled($"blocks.{k}.conv", x));
        graph.Add("Tanh", Images, [Doubled("toRgb.0", x)]);

        string Weight(string name) => graph.Weight(name, () => parameters[name]);

        string Doubled(string name, string input) => graph.Add(
            "ConvTranspose", name, [input, Weight(name + ".weight")], ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 }));

        string Relu(string name, string input) => graph.Add("Relu", name + ".relu", [BatchNormalized(graph, name + ".norm", input, name + ".norm", parameters, BatchNorm.Epsilon)]);
    }

    private static string BatchNormalized(OnnxGraph graph, string name, string input, string norm, Dictionary<string, Parameter> parameters, double epsilon)
    {
        return graph.Add("BatchNormalization", name, [input, Weight(".weight"), Weight(".bias"), Weight(".mean"), Weight(".variance")], ("epsilon", epsilon));

        string Weight(string part) => graph.Weight(name + part, () => parameters[norm + part]);
    }

    private static void AddProgressive(OnnxGraph graph, string z, string? labels, Generator generator, GrowthStage stage)
    {
        NetworkArchitecture architecture = generator.Architecture;
        int level = architecture.LevelOf(stage.Resolution);
        bool fading = level > 0 && stage.IsFading;
        string? epsilon = null, twice = null; // named when they are first needed
        Dictionary<string, Parameter> parameters = architecture.BatchNorm ? generator.named_parameters().ToDictionary(p => p.name, p => p.parameter) : [];

        string x = Joined(graph, architecture.LatentsAreDirections ? PixelNorm("input.norm", z) : z, labels);
        if (architecture.NormalizeLatents && !architecture.LatentsAreDirections)
            x = PixelNorm("input.norm", x);
        x = graph.Add("Gemm", "stem.dense", [x, .. Weights("stem", generator.Stem.Kernel, generator.Stem.Bias)], ("transB", 1L));
        x = graph.Add("Reshape", "stem.image", [x, graph.Constant("stem.shape", -1, architecture.FeatureMaps(1), architecture.BaseHeight, architecture.BaseWidth)]);
        x = Activation("stem.conv", Convolution("stem.conv", Activation("stem", Normalized("stem", x)), generator.Stem.Conv));
        string old = x;
        for (int k = 0; k < level; k++)
        {
            old = x;
            GeneratorBlock block = generator.Blocks[k];
            x = architecture.FusedScale ? FusedUp($"blocks.{k}.conv0", x, block.Conv0) : Convolution($"blocks.{k}.conv0", Up($"blocks.{k}.up", x), block.Conv0);
            x = Activation($"blocks.{k}.conv0", x);
            x = Activation($"blocks.{k}.conv1", Convolution($"blocks.{k}.conv1", x, block.Conv1));
        }

        // alpha * toRGB(new) + (1 - alpha) * up(toRGB(old)): toRGB is linear, so that the factors go into its weights.
        string linear = architecture.TanhOutput ? "linear" : Images, image = ToRgb(level, x, fading ? stage.Alpha : 1, fading ? "new" : linear);
        if (fading)
            image = graph.Add("Add", linear, [image, Up("old.up", ToRgb(level - 1, old, 1 - stage.Alpha, "old"))]);
        if (architecture.TanhOutput)
            graph.Add("Tanh", Images, [image]);

        string Convolution(string name, string input, EqualizedConv2d layer) => Normalized(name, graph.Add(
            "Conv", name, [input, .. Weights(name, layer.Kernel, layer.Bias)], ("pads", new long[] { 1, 1, 1, 1 })));

        string FusedUp(string name, string input, EqualizedConv2d layer) => Normalized(name, graph.Add(
            "ConvTranspose", name, [input, .. Weights(name, layer.Kernel, layer.Bias)], ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 })));

        // Batch norm takes the bias's place.
        string[] Weights(string name, Func<Tensor> kernel, Func<Tensor> bias) =>
            architecture.BatchNorm ? [graph.Weight(name + ".weight", kernel)] : [graph.Weight(name + ".weight", kernel), graph.Weight(name + ".bias", bias)];

        string Normalized(string name, string input) =>
            architecture.BatchNorm ? BatchNormalized(graph, name + ".batchnorm", input, name + ".norm", parameters, BatchNorm.EpsilonOfTheano) : input;

        string ToRgb(int of, string input, double factor, string output)
        {
            EqualizedConv2d layer = generator.ToRgb[of];
            string name = $"toRgb.{of}";
            return graph.Add("Conv", output, [input, graph.Weight(name + ".weight", () => layer.Kernel().Times(factor)), graph.Weight(name + ".bias", () => layer.Bias().Times(factor))]);
        }

        string Up(string name, string input) => graph.Add(
            "Resize", name, [input, "", twice ??= graph.Constant("twice", [4], 1, 1, 2, 2)], ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"));

        string Activation(string name, string input)
        {
            string y = architecture.LeakyRelu
                ? graph.Add("LeakyRelu", name + ".lrelu", [input], ("alpha", Pggan.Model.Activation.Slope))
                : graph.Add("Relu", name + ".relu", [input]);
            return architecture.PixelNorm ? PixelNorm(name + ".norm", y) : y;
        }

        // x / sqrt(mean_c(x^2) + epsilon)
        string PixelNorm(string name, string input)
        {
            string square = graph.Add("Mul", name + ".square", [input, input]);
            epsilon ??= graph.Constant("epsilon", [], (float)architecture.PixelNormEpsilon);
            string mean = graph.Add("ReduceMean", name + ".mean", [square], ("axes", new long[] { 1 }), ("keepdims", 1L));
            string root = graph.Add("Sqrt", name + ".root", [graph.Add("Add", name + ".shifted", [mean, epsilon])]);
            return graph.Add("Div", name, [input, root]);
        }
    }
}
