using System.Globalization;
using System.Numerics;

namespace Pggan.Model;

/// <summary>
/// Checkpoints of the authors' code: a pickle of (G, D, average of G). Those of the TensorFlow version are objects with the arguments that they were built
/// from and their variables by name; those of the Theano version are read by <see cref="TheanoCheckpoint"/>.
/// </summary>
internal static class OfficialCheckpoint
{
    private const string Lod = "lod";

    /// <summary>Reads all three networks.</summary>
    /// <exception cref="InvalidDataException">It is no such checkpoint; the message says what is wrong.</exception>
    public static NetworkSnapshot Read(ReadOnlyMemory<byte> file)
    {
        if (new PickleReader(file, PickleGlobals.OfOfficial).Read() is not PickleSequence { Items: [var g, var d, var average] })
            throw new InvalidDataException("it is no tuple of three networks: G, D and the average of G");
        if (TheanoNetwork.Is(g))
            return TheanoCheckpoint.Read(g, d, average);
        OfficialNetwork generator = OfficialNetwork.Of(g, "G", "G_paper"), discriminator = OfficialNetwork.Of(d, "D", "D_paper");
        OfficialNetwork smoothed = OfficialNetwork.Of(average, "the average of G", "G_paper");
        NetworkArchitecture architecture = Architecture(generator.Arguments, discriminator.Arguments);
        GrowthStage stage = Stage(generator, architecture);
        if (TensorShapes.Fault(architecture, stage) is { } misfit)
            throw new InvalidDataException(misfit);
        Dictionary<string, long[]> shapes = TensorShapes.Networks(architecture);
        Dictionary<string, HostTensor> tensors = [];
        Add(tensors, NetworkSnapshot.G, generator, architecture, shapes);
        Add(tensors, NetworkSnapshot.D, discriminator, architecture, shapes);
        Add(tensors, NetworkSnapshot.Average, smoothed, architecture, shapes);
        if (TensorShapes.Fault(architecture, stage, tensors) is { } fault)
            throw new InvalidDataException(fault);
        return new NetworkSnapshot(architecture, stage, 0, tensors);
    }

    private static NetworkArchitecture Architecture(PickleArguments g, PickleArguments d)
    {
        g.CheckShared(d, ("resolution", 32), ("num_channels", 1), ("label_size", 0), ("fmap_base", 8192), ("fmap_decay", 1), ("fmap_max", 512));
        return new NetworkArchitecture
        {
            Resolution = g.Integer("resolution", 32),
            Channels = g.Integer("num_channels", 1),
            LabelSize = g.Integer("label_size", 0),
            LatentSize = g.Integer("latent_size", 0),
            FmapBase = g.Integer("fmap_base", 8192),
            FmapDecay = g.Number("fmap_decay", 1),
            FmapMax = g.Integer("fmap_max", 512),
            FusedScale = d.Switch("fused_scale", true), // in G both are the same function
            StdDevGroup = Math.Max(1, d.Integer("mbstd_group_size", 4)),
            NormalizeLatents = g.Switch("normalize_latents", true),
            PixelNorm = g.Switch("use_pixelnorm", true),
            PixelNormEpsilon = g.Number("pixelnorm_epsilon", 1e-8),
            EqualizedLearningRate = g.Switch("use_wscale", true),
            LeakyRelu = g.Switch("use_leakyrelu", true), // of G alone, as there
        };
    }

    private static GrowthStage Stage(OfficialNetwork generator, NetworkArchitecture architecture)
    {
        if (!generator.Variables.TryGetValue(Lod, out object? value) || NumpyValues.Array(value, Lod, 1) is not { Data: [var lod] })
            throw new InvalidDataException("G has no variable lod, which says how far it has grown");
        return OfficialLayout.Stage(architecture, lod);
    }

    private static void Add(
        Dictionary<string, HostTensor> tensors, string prefix, OfficialNetwork network, NetworkArchitecture architecture, Dictionary<string, long[]> shapes)
    {
        foreach ((string name, object? value) in network.Variables)
        {
            if (name == Lod)
                continue;
            (string ours, string layer) = NameOf(name, prefix != NetworkSnapshot.D, architecture);
            if (!shapes.TryGetValue(prefix + ours, out long[]? shape))
                throw Unknown(name);
            if (tensors.ContainsKey(prefix + ours))
                throw new InvalidDataException($"{network.What} has {name} twice");
            tensors.Add(prefix + ours, Convert(layer, NumpyValues.Array(value, $"{network.What}'s {name}", shape.Aggregate(1L, (a, b) => a * b))));
        }
    }

    /// <summary>Our name, and the reference's of the layer. Names count from the final resolution down (lod) or name pixels.</summary>
    private static (string Name, string Layer) NameOf(string name, bool isGenerator, NetworkArchitecture architecture)
    {
        string[] parts = name.Split('/');
        string layer = parts.Length == 2 ? parts[0] : parts.Length == 3 ? parts[1] : "";
        int level = layer.Contains("_lod", StringComparison.Ordinal)
            ? architecture.Levels - 1 - Natural(layer.Split("_lod")[1])
            : BitOperations.Log2((uint)Math.Max(1, Natural(parts[0].Split('x')[0]))) - 2;
        string owner = (layer.Split("_lod")[0], isGenerator) switch
        {
            ("Dense", true) => "stem",
            ("Conv", true) => "stem.conv",
            ("ToRGB", true) => $"toRgb.{level}",
            ("Conv", false) => "head.conv",
            ("Dense0", false) => "head.dense0",
            ("Dense1", false) => "head.dense1",
            ("FromRGB", false) => $"fromRgb.{level}",
            ("Conv0" or "Conv0_up", true) or ("Conv0", false) => $"blocks.{level - 1}.conv0",
            ("Conv1", _) or ("Conv1_down", false) => $"blocks.{level - 1}.conv1",
            _ => throw Unknown(name),
        };
        return ($"{owner}.{parts[^1]}", layer);
    }

    /// <summary>Convolutions are HWIO, dense layers [I, O].</summary>
    private static HostTensor Convert(string layer, HostTensor value) => (value.Shape.Length, layer) switch
    {
        (4, "Conv0_up") => value.Permuted([2, 3, 0, 1], mirrored: true), // [k, k, O, I], mirrored
        (4, _) => value.Permuted([3, 2, 0, 1]),                           // [k, k, I, O]
        (2, _) => value.Permuted([1, 0]),                                 // [I, O]
        _ => value,
    };

    private static InvalidDataException Unknown(string name) =>
        new($"it has a variable {(name.Length > 40 ? name[..40] : name)}, which these networks do not have");

    private static int Natural(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
