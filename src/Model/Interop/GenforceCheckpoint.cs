namespace Pggan.Model;

/// <summary>
/// Official networks as genforce's converter saves them with torch: <c>generator</c>, <c>discriminator</c> and <c>generator_smooth</c>, without what they were
/// built from. That converter takes networks of separate scaling alone, with run-time scales and pixel norm; feature maps are read off the tensors.
/// </summary>
internal static class GenforceCheckpoint
{
    private const string G = "generator";
    private const string D = "discriminator";
    private const string Average = "generator_smooth";
    private const string Lod = "lod";

    /// <summary>True where these three networks are in the file.</summary>
    public static bool Is(TorchArchive archive) => archive.Root is PickleDictionary root && root.TryGet(Average, out _);

    /// <summary>Reads all three networks.</summary>
    /// <exception cref="InvalidDataException">It is no such file; the message says what is wrong.</exception>
    public static NetworkSnapshot Read(TorchArchive archive)
    {
        PickleDictionary root = (PickleDictionary)archive.Root!;
        Dictionary<string, object?> g = Network(root, G), d = Network(root, D), average = Network(root, Average);
        NetworkArchitecture architecture = Architecture(g, d);
        GrowthStage stage = OfficialLayout.Stage(architecture, archive.Tensor(Value(g, Lod, G), Lod, 1).Data[0]);
        if (TensorShapes.Fault(architecture, stage) is { } misfit)
            throw new InvalidDataException(misfit);
        Dictionary<string, long[]> shapes = TensorShapes.Networks(architecture);
        Dictionary<string, HostTensor> tensors = [];
        Add(G, NetworkSnapshot.G, g, Generator(architecture));
        Add(D, NetworkSnapshot.D, d, Discriminator(architecture));
        Add(Average, NetworkSnapshot.Average, average, Generator(architecture));
        return TensorShapes.Fault(architecture, stage, tensors) is { } fault ? throw new InvalidDataException(fault) : new NetworkSnapshot(architecture, stage, 0, tensors);

        void Add(string network, string prefix, Dictionary<string, object?> theirs, IReadOnlyCollection<(string Theirs, string Ours)> layers)
        {
            foreach ((string their, string our) in layers)
            {
                foreach (string field in new[] { ".weight", ".bias" })
                {
                    long[] shape = shapes[prefix + our + field];
                    HostTensor tensor = archive.Tensor(Value(theirs, their + field, network), $"{network}'s {their}{field}", shape.Aggregate(1L, (a, b) => a * b));
                    tensors.Add(prefix + our + field, our == "stem" && field == ".weight" ? Stem(tensor, shape) : tensor);
                }
            }
            if (theirs.Count != 2 * layers.Count + 1)
                throw new InvalidDataException($"{network} has {theirs.Count} tensors, and such a network {2 * layers.Count + 1}");
        }
    }

    private static NetworkArchitecture Architecture(Dictionary<string, object?> g, Dictionary<string, object?> d)
    {
        int levels = Enumerable.Range(0, ZooCheckpoint.MostScales).TakeWhile(level => g.ContainsKey($"output{level}.bias")).Count();
        if (levels == 0)
            throw new InvalidDataException($"{G} has no output0.bias: it is no progressive GAN");
        int last = levels - 1, features = Outputs(g, "layer0", G);
        int labels = Outputs(d, $"layer{2 * last + 2}", D) - 1;
        if (labels != 0)
            throw new InvalidDataException($"its D has {labels} classes: with labels genforce normalises latents twice, once by themselves, which is neither official network");
        NetworkArchitecture architecture = new()
        {
            Resolution = NetworkArchitecture.ResolutionOf(last),
            Channels = Outputs(g, "output0", G),
            LatentSize = Inputs(g, "layer0", G),
            FusedScale = false,
            StdDevGroup = Inputs(d, $"layer{2 * last}", D) > features ? TheanoCheckpoint.WholeMinibatch : 1,
        };
        return architecture.WithFeatureMaps([Outputs(d, $"layer{2 * last + 1}", D), .. Enumerable.Range(0, levels).Select(level => Outputs(g, $"layer{2 * level}", G))]);
    }

    private static (string Theirs, string Ours)[] Generator(NetworkArchitecture architecture) =>
    [
        .. Enumerable.Range(0, architecture.Levels).SelectMany(level => new[]
        {
            ($"layer{2 * level}", level == 0 ? "stem" : $"blocks.{level - 1}.conv0"),
            ($"layer{2 * level + 1}", level == 0 ? "stem.conv" : $"blocks.{level - 1}.conv1"),
            ($"output{level}", $"toRgb.{level}"),
        }),
    ];

    /// <summary>Counted from the final resolution down.</summary>
    private static (string Theirs, string Ours)[] Discriminator(NetworkArchitecture architecture)
    {
        int last = architecture.Levels - 1;
        return
        [
            .. Enumerable.Range(0, last + 1).SelectMany(lod => new[]
            {
                ($"input{lod}", $"fromRgb.{last - lod}"),
                ($"layer{2 * lod}", lod == last ? "head.conv" : $"blocks.{last - lod - 1}.conv0"),
                ($"layer{2 * lod + 1}", lod == last ? "head.dense0" : $"blocks.{last - lod - 1}.conv1"),
            }),
            ($"layer{2 * last + 2}", "head.dense1"),
        ];
    }

    /// <summary>A 4x4 convolution of one pixel with padding, which mirrors: [O, I, 4, 4] to [16 O, I].</summary>
    private static HostTensor Stem(HostTensor weight, long[] shape) => weight.Shape is [_, _, 4, 4]
        ? new HostTensor(shape, weight.Permuted([0, 1, 2, 3], mirrored: true).Permuted([0, 2, 3, 1]).Data)
        : throw new InvalidDataException($"{G}'s layer0.weight is no 4x4 convolution");

    private static Dictionary<string, object?> Network(PickleDictionary root, string name)
    {
        Dictionary<string, object?> tensors = [];
        foreach ((object? key, object? value) in PickleValues.Dictionary(root.TryGet(name, out object? state) ? state : null, name).Pairs)
            tensors[PickleValues.Text(key, $"a name in {name}")] = value;
        return tensors;
    }

    private static int Outputs(Dictionary<string, object?> network, string layer, string of) => Size(network, layer + ".bias", of, 0);

    private static int Inputs(Dictionary<string, object?> network, string layer, string of) => Size(network, layer + ".weight", of, 1);

    private static int Size(Dictionary<string, object?> network, string name, string of, int axis) =>
        TorchArchive.Shape(Value(network, name, of), $"{of}'s {name}") is var shape && axis < shape.Length && shape[axis] is > 0 and <= 1 << 16
            ? (int)shape[axis]
            : throw new InvalidDataException($"{of}'s {name} has no axis {axis} of a network");

    private static object? Value(Dictionary<string, object?> network, string name, string of) =>
        network.TryGetValue(name, out object? value) ? value : throw new InvalidDataException($"{of} has no {name}");
}
