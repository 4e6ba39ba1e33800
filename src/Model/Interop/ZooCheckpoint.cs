using System.Globalization;

namespace Pggan.Model;

/// <summary>
/// Checkpoints of pytorch_GAN_zoo's progressive GAN: a configuration and the weights of G, D and the average of G. They become networks of the
/// same conventions, so that weights are renamed and nothing else.
/// </summary>
internal static class ZooCheckpoint
{
    private const double Leak = 0.2;
    internal const int MostScales = 11;
    private const int MostNames = 1 << 20;

    /// <summary>Reads all three networks.</summary>
    /// <exception cref="InvalidDataException">It is no such checkpoint; the message says what is wrong.</exception>
    public static NetworkSnapshot Read(TorchArchive archive)
    {
        if (archive.Root is not PickleDictionary root || !root.TryGet("config", out object? saved) || saved is not PickleCall { Maker: PickleGlobals.ZooConfig, State: PickleDictionary config })
            throw new InvalidDataException("it is no checkpoint of pytorch_GAN_zoo, whose config is missing, and none of genforce, whose generator_smooth is");
        NetworkArchitecture architecture = Architecture(config);
        List<(string Name, string[] Values)> attributes = Attributes(config, architecture.LabelSize);
        if (attributes.Count > 1)
            architecture = architecture with { LabelGroups = new LabelGroups(attributes.Select(a => a.Values.Length == 1 ? LabelGroups.Always : a.Values.Length)) };
        GrowthStage stage = new(architecture.Resolution, 1 - (config.TryGet("alpha", out object? alpha) ? PickleValues.Number(alpha, "alpha") : 0));
        if (TensorShapes.Fault(architecture, stage) is { } misfit)
            throw new InvalidDataException(misfit);
        Dictionary<string, long[]> shapes = TensorShapes.Networks(architecture);
        Dictionary<string, HostTensor> tensors = [];
        Add(tensors, NetworkSnapshot.G, "netG");
        Add(tensors, NetworkSnapshot.D, "netD");
        Add(tensors, NetworkSnapshot.Average, "avgG");
        if (TensorShapes.Fault(architecture, stage, tensors) is { } fault)
            throw new InvalidDataException(fault);
        return new NetworkSnapshot(architecture, stage, 0, tensors)
        {
            LabelNames = [.. attributes.SelectMany(a => a.Values.Select(value => attributes.Count == 1 ? value : AttributeName.Of(a.Name, value)))],
        };

        void Add(Dictionary<string, HostTensor> to, string prefix, string network)
        {
            if (!root.TryGet(network, out object? state))
                throw new InvalidDataException($"it has no {network}");
            foreach ((object? key, object? value) in PickleValues.Dictionary(state, network).Pairs)
            {
                string name = PickleValues.Text(key, $"a name in {network}"), ours = prefix + Rename(name, prefix == NetworkSnapshot.D);
                if (!shapes.TryGetValue(ours, out long[]? shape))
                    throw new InvalidDataException($"it has a tensor {Short(name)}, which these networks do not have");
                if (to.ContainsKey(ours))
                    throw new InvalidDataException($"{network} has {Short(name)} twice");
                to.Add(ours, archive.Tensor(value, $"{network}'s {Short(name)}", shape.Aggregate(1L, (a, b) => a * b)));
            }
        }
    }

    private static NetworkArchitecture Architecture(PickleDictionary config)
    {
        IReadOnlyList<object?> others = PickleValues.Sequence(Of("depthOtherScales"), "depthOtherScales");
        if (others.Count >= MostScales)
            throw new InvalidDataException($"it has {others.Count + 1} scales, and {MostScales} are the most");
        int[] depths = [PickleValues.Integer(Of("depthScale0"), "depthScale0"), .. others.Select(depth => PickleValues.Integer(depth, "a depth of a scale"))];
        if (PickleValues.Number(Of("leakyReluLeak"), "leakyReluLeak") is var leak && Math.Abs(leak - Leak) > 1e-9)
            throw new InvalidDataException($"its leaky ReLUs have slope {leak}, and this program's {Leak}");
        bool normalizes = PickleValues.Switch(Of("perChannelNormalization"), "perChannelNormalization");
        NetworkArchitecture architecture = new()
        {
            Resolution = NetworkArchitecture.ResolutionOf(depths.Length - 1),
            Channels = PickleValues.Integer(Of("dimOutput"), "dimOutput"),
            LatentSize = PickleValues.Integer(Of("noiseVectorDim"), "noiseVectorDim"),
            LabelSize = PickleValues.Integer(Of("categoryVectorDim"), "categoryVectorDim"),
            FusedScale = false,
            StdDevGroup = PickleValues.Switch(Of("miniBatchStdDev"), "miniBatchStdDev") ? 4 : 1,
            NormalizeLatents = normalizes,
            PixelNorm = normalizes,
            EqualizedLearningRate = PickleValues.Switch(Of("equalizedlR"), "equalizedlR"),
            Conventions = NetworkConventions.GanZoo,
            TanhOutput = PickleValues.Text(Of("lossCriterion"), "lossCriterion") is "MSE" or "DCGAN", // these losses put one behind G there
        };
        return architecture.WithFeatureMaps([depths[0], .. depths]); // D's last dense layer is as wide as its 4x4 features

        object? Of(string key) => config.TryGet(key, out object? value) ? value : throw new InvalidDataException($"its config has no {key}: it is of no progressive GAN");
    }

    /// <summary>Layers lie in wrappers called module, in files of some versions and not in those of others.</summary>
    private static string Rename(string name, bool ofDiscriminator)
    {
        string[] parts = [.. name.Split('.').Where(part => part != "module")];
        return (parts, ofDiscriminator) switch
        {
            (["scaleLayers", var k, var n and ("0" or "1"), var field], _) => $"blocks.{Index(k)}.conv{n}.{field}",
            (["toRGBLayers", var k, var field], false) => $"toRgb.{Index(k)}.{field}",
            (["formatLayer", var field], false) => $"stem.{field}",
            (["groupScale0", "0", var field], false) => $"stem.conv.{field}",
            (["fromRGBLayers", var k, var field], true) => $"fromRgb.{Index(k)}.{field}",
            (["groupScaleZero", "0", var field], true) => $"head.conv.{field}",
            (["groupScaleZero", "1", var field], true) => $"head.dense0.{field}",
            (["decisionLayer", var field], true) => $"head.dense1.{field}",
            _ => throw new InvalidDataException($"it has a tensor {Short(name)}, which these networks do not have"),
        };

        int Index(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? index
            : throw new InvalidDataException($"it has a tensor {Short(name)}, which these networks do not have");
    }

    /// <summary>The attributes with their values, in the order of a label's components.</summary>
    private static List<(string Name, string[] Values)> Attributes(PickleDictionary config, int labelSize)
    {
        if (labelSize == 0 || !config.TryGet("attribKeysOrder", out object? order) || order is null)
            return [];
        List<(int Order, string Attribute, IReadOnlyList<object?> Values)> attributes = [];
        foreach ((object? key, object? value) in PickleValues.Dictionary(order, "attribKeysOrder").Pairs)
        {
            string attribute = PickleValues.Text(key, "an attribute's name");
            PickleDictionary about = PickleValues.Dictionary(value, $"attribute {Short(attribute)}");
            if (!about.TryGet("order", out object? place) || !about.TryGet("values", out object? values))
                throw new InvalidDataException($"attribute {Short(attribute)} has no order or no values");
            attributes.Add((PickleValues.Integer(place, "an attribute's order"), attribute, PickleValues.Sequence(values, "an attribute's values")));
        }
        if (attributes.Sum(a => (long)a.Values.Count) is var count && (count != labelSize || count > MostNames))
            throw new InvalidDataException($"its attributes have {count} values, and its labels {labelSize} components");
        return [.. attributes.Where(a => a.Values.Count > 0).OrderBy(a => a.Order).Select(a => (a.Attribute, a.Values.Select(NameOf).ToArray()))];

        static string NameOf(object? value) => value switch
        {
            string text => text,
            long number => number.ToString(CultureInfo.InvariantCulture),
            _ => throw PickleValues.Wrong("a label's name", "no text"),
        };
    }

    private static string Short(string name) => name.Length > 60 ? name[..60] : name;
}
