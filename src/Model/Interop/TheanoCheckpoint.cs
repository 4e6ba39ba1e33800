namespace Pggan.Model;

/// <summary>
/// Checkpoints of the authors' Theano code, which the paper's numbers are from: G, D and the average of G, each with its arrays in the order of its layers
/// and no names. They become networks as the authors' own converter makes them for TensorFlow, and those with labels or a tanh too, which it refuses.
/// </summary>
internal static class TheanoCheckpoint
{
    /// <summary>There the whole minibatch is one group of the minibatch deviation. The final configuration trains with 16 images at most, and the authors' converter says so too.</summary>
    internal const int WholeMinibatch = 16;

    /// <summary>Reads all three networks.</summary>
    /// <exception cref="InvalidDataException">They are no such networks; the message says what is wrong.</exception>
    public static NetworkSnapshot Read(object? g, object? d, object? average)
    {
        TheanoNetwork generator = TheanoNetwork.Of(g, "G", "G_paper", "G_progressive_8");
        TheanoNetwork discriminator = TheanoNetwork.Of(d, "D", "D_paper", "D_progressive_8");
        TheanoNetwork smoothed = TheanoNetwork.Of(average, "the average of G", "G_paper", "G_progressive_8");
        NetworkArchitecture architecture = Architecture(generator.Arguments, discriminator.Arguments);
        GrowthStage stage = OfficialLayout.Stage(architecture, generator.Lod);
        if (TensorShapes.Fault(architecture, stage) is { } misfit)
            throw new InvalidDataException(misfit);
        Dictionary<string, long[]> shapes = TensorShapes.Networks(architecture);
        Dictionary<string, HostTensor> tensors = [];
        Add(tensors, NetworkSnapshot.G, generator, TheanoLayout.Generator(architecture), architecture, shapes);
        Add(tensors, NetworkSnapshot.D, discriminator, TheanoLayout.Discriminator(architecture), architecture, shapes);
        Add(tensors, NetworkSnapshot.Average, smoothed, TheanoLayout.Generator(architecture), architecture, shapes);
        if (TensorShapes.Fault(architecture, stage, tensors) is { } fault)
            throw new InvalidDataException(fault);
        return new NetworkSnapshot(architecture, stage, 0, tensors);
    }

    private static NetworkArchitecture Architecture(PickleArguments g, PickleArguments d)
    {
        g.CheckShared(d, ("resolution", 32), ("num_channels", 1), ("label_size", 0), ("fmap_base", 4096), ("fmap_decay", 1), ("fmap_max", 256));
        Refuse(g.Switch("use_batchnorm", false), "G has batch norm (use_batchnorm)");
        Refuse(d.Switch("use_layernorm", false), "D has layer norm (use_layernorm)");
        Refuse(d.Integer("mbdisc_kernels", 0) != 0, "D has minibatch discrimination (mbdisc_kernels)");
        Refuse(g.Number("tanh_at_end", 1) != 1, $"G's images are multiplied by tanh_at_end, {g.Number("tanh_at_end", 1)}");
        bool hasDeviation = !d.IsNone("mbstat_avg");
        Refuse(hasDeviation && d.Text("mbstat_avg", "all") != "all", "D's minibatch deviation is averaged otherwise (mbstat_avg) than over 'all'");
        Refuse(hasDeviation && d.Text("mbstat_func", "Tstdeps") != "Tstdeps", "D's minibatch statistics are others (mbstat_func) than 'Tstdeps'");
        return new NetworkArchitecture
        {
            Resolution = g.Integer("resolution", 32),
            Channels = g.Integer("num_channels", 1),
            LabelSize = g.Integer("label_size", 0),
            LatentSize = g.Integer("latent_size", 0),
            FmapBase = g.Integer("fmap_base", 4096),
            FmapDecay = g.Number("fmap_decay", 1),
            FmapMax = g.Integer("fmap_max", 256),
            FusedScale = false,
            StdDevGroup = hasDeviation ? WholeMinibatch : 1,
            NormalizeLatents = g.Switch("normalize_latents", true),
            NormalizeLabels = g.Integer("label_size", 0) == 0, // there labels come behind the normalised latents
            PixelNorm = g.Switch("use_pixelnorm", true),
            EqualizedLearningRate = g.Switch("use_wscale", true),
            LeakyRelu = g.Switch("use_leakyrelu", true), // of G alone, as there
            TanhOutput = g.Number("tanh_at_end", 0) == 1,
        };

        static void Refuse(bool has, string what)
        {
            if (has)
                throw new InvalidDataException($"{what}, which this program's networks can't have");
        }
    }

    private static void Add(
        Dictionary<string, HostTensor> tensors, string prefix, TheanoNetwork network, IEnumerable<TheanoLayout.Layer> layers,
        NetworkArchitecture architecture, Dictionary<string, long[]> shapes)
    {
        int arrays = 0;
        foreach (TheanoLayout.Layer layer in layers)
        {
            string weight = $"{prefix}{layer.Parameter}.weight", bias = $"{prefix}{layer.Parameter}.bias";
            long[] ours = shapes[weight];
            bool hasClasses = layer.Kind == TheanoLayout.Kind.Dense && architecture.LabelSize > 0; // by a layer of its own there, behind the score's
            (tensors[weight], tensors[bias]) = Next(hasClasses ? [1, ours[1]] : ours);
            if (hasClasses)
            {
                (HostTensor classes, HostTensor biases) = Next([ours[0] - 1, ours[1]]);
                tensors[weight] = new HostTensor(ours, [.. tensors[weight].Data, .. classes.Data]);
                tensors[bias] = new HostTensor(shapes[bias], [.. tensors[bias].Data, .. biases.Data]);
            }

            (HostTensor Weight, HostTensor Bias) Next(long[] shape)
            {
                long outputs = layer.Kind == TheanoLayout.Kind.Stem ? shape[0] / 16 : shape[0];
                HostTensor theirs = network.Next($"the weight of {layer.Parameter}", TheanoLayout.Shape(layer.Kind, shape));
                float? scale = architecture.EqualizedLearningRate ? network.Next($"the scale of {layer.Parameter}").Data[0] : null;
                arrays += scale is null ? 2 : 3;
                return (TheanoLayout.ToOurs(layer, theirs, scale, shape), network.Next($"the bias of {layer.Parameter}", outputs));
            }
        }
        if (arrays != network.Arrays)
            throw new InvalidDataException($"{network.What} has {network.Arrays} arrays, and such a network {arrays}");
    }
}
