namespace Pggan.Model;

/// <summary>Names and shapes of the parameters of an architecture, without building its networks.</summary>
internal static class TensorShapes
{
    private static readonly string[] Moments = ["m/", "v/"];

    /// <summary>Parameters of G by state-dict name.</summary>
    public static Dictionary<string, long[]> Generator(NetworkArchitecture architecture)
    {
        Dictionary<string, long[]> shapes = [];
        int features = architecture.FeatureMaps(1);
        shapes["stem.weight"] = [(long)features * architecture.BasePixels, architecture.Latents + architecture.LabelSize];
        if (architecture.Layout == NetworkLayout.Dcgan)
        {
            int top = architecture.Levels - 1;
            AddBatchNorm(shapes, "stem.norm", features);
            for (int level = 1; level < top; level++)
            {
                shapes[$"blocks.{level - 1}.conv.weight"] = [architecture.FeatureMaps(level), architecture.FeatureMaps(level + 1), 4, 4];
                AddBatchNorm(shapes, $"blocks.{level - 1}.norm", architecture.FeatureMaps(level + 1));
            }
            shapes["toRgb.0.weight"] = [architecture.FeatureMaps(top), architecture.Channels, 4, 4];
            return shapes;
        }
        Action<Dictionary<string, long[]>, string, int>? norm = architecture.BatchNorm ? AddBatchNorm : null;
        if (norm is not null)
            norm(shapes, "stem.norm", features);
        else
            shapes["stem.bias"] = [GeneratorStem.BiasSize(architecture)];
        AddConvolution(shapes, "stem.conv", features, features, 3, norm);
        for (int level = 1; level < architecture.Levels; level++)
        {
            int inputs = architecture.FeatureMaps(level), outputs = architecture.FeatureMaps(level + 1);
            AddConvolution(shapes, $"blocks.{level - 1}.conv0", inputs, outputs, 3, norm);
            AddConvolution(shapes, $"blocks.{level - 1}.conv1", outputs, outputs, 3, norm);
        }
        for (int level = 0; level < architecture.Levels; level++)
            AddConvolution(shapes, $"toRgb.{level}", architecture.FeatureMaps(level + 1), architecture.Channels, 1);
        return shapes;
    }

    /// <summary>Parameters of D by state-dict name.</summary>
    public static Dictionary<string, long[]> Discriminator(NetworkArchitecture architecture)
    {
        Dictionary<string, long[]> shapes = [];
        if (architecture.Layout == NetworkLayout.Dcgan)
        {
            int top = architecture.Levels - 1;
            shapes["fromRgb.0.weight"] = [architecture.FeatureMaps(top), architecture.Channels, 4, 4];
            for (int level = 1; level < top; level++)
            {
                shapes[$"blocks.{level - 1}.conv.weight"] = [architecture.FeatureMaps(level), architecture.FeatureMaps(level + 1), 4, 4];
                AddBatchNorm(shapes, $"blocks.{level - 1}.norm", architecture.FeatureMaps(level));
            }
            shapes["head.weight"] = [1 + architecture.LabelSize, architecture.LastFeatures];
            return shapes;
        }
        Action<Dictionary<string, long[]>, string, int>? norm = architecture.LayerNorm ? AddLayerNorm : null;
        for (int level = 0; level < architecture.Levels; level++)
            AddConvolution(shapes, $"fromRgb.{level}", architecture.Channels, architecture.FeatureMaps(level + 1), 1);
        for (int level = 1; level < architecture.Levels; level++)
        {
            int inputs = architecture.FeatureMaps(level + 1), outputs = architecture.FeatureMaps(level);
            AddConvolution(shapes, $"blocks.{level - 1}.conv0", inputs, inputs, 3, norm);
            AddConvolution(shapes, $"blocks.{level - 1}.conv1", inputs, outputs, 3, norm);
        }
        int features = architecture.FeatureMaps(1), hidden = architecture.FeatureMaps(0);
        AddConvolution(shapes, "head.conv", architecture.StdDevGroup > 1 ? features + 1 : features, features, 3, norm);
        shapes["head.dense0.weight"] = [hidden, (long)features * architecture.BasePixels];
        if (norm is not null)
            norm(shapes, "head.dense0.norm", hidden);
        else
            shapes["head.dense0.bias"] = [hidden];
        if (architecture.DiscriminationKernels is > 0 and int kernels)
        {
            shapes["head.discrimination.weight"] = [kernels * MinibatchDiscrimination.Dimensions, hidden];
            shapes["head.discrimination.logScale"] = [kernels, MinibatchDiscrimination.Dimensions];
            shapes["head.discrimination.bias"] = [kernels];
        }
        shapes["head.dense1.weight"] = [1 + architecture.LabelSize, hidden + architecture.DiscriminationKernels];
        shapes["head.dense1.bias"] = [1 + architecture.LabelSize];
        return shapes;
    }

    /// <summary>Parameters of a classifier by state-dict name.</summary>
    public static Dictionary<string, long[]> Classifier(ClassifierArchitecture architecture)
    {
        Dictionary<string, long[]> shapes = [];
        for (int k = 0; k < architecture.Halvings; k++)
            AddConvolution(shapes, $"strided.{k}", architecture.MapsAfter(k), architecture.MapsAfter(k + 1), 3);
        shapes["last.weight"] = [architecture.Features, architecture.MapsAfter(architecture.Halvings) * 16L];
        shapes["last.bias"] = [architecture.Features];
        shapes["head.weight"] = [architecture.Classes, architecture.Features];
        shapes["head.bias"] = [architecture.Classes];
        return shapes;
    }

    /// <summary>What is wrong with the contents of a checkpoint, or null.</summary>
    public static string? Fault(TrainingState state, IReadOnlyList<SafetensorsTensor> tensors)
    {
        if (Fault(state.Architecture, state.Stage) is { } fault)
            return fault;
        if (state.LastStage is { } last && Fault(state.Architecture, last) is { } lastFault)
            return lastFault;
        Dictionary<string, long[]> generator = Generator(state.Architecture), discriminator = Discriminator(state.Architecture);
        Dictionary<string, long[]> possible = Prefixed([
            .. Moments.Select(m => ("G_adam/" + m, generator)),
            .. Moments.Select(m => ("D_adam/" + m, discriminator)),
        ]);
        return Fault(tensors, Networks(state.Architecture), possible);
    }

    /// <summary>What is wrong with the contents of a file of G, D and the average of G, or of a generator alone without a prefix; null = nothing.</summary>
    public static string? Fault(NetworkArchitecture architecture, GrowthStage stage, IReadOnlyList<SafetensorsTensor> tensors) =>
        Fault(architecture, stage) ?? Fault(tensors, IsWhole(tensors) ? Networks(architecture) : Generator(architecture), []);

    /// <summary>What is wrong with G, D and the average of G; null = nothing.</summary>
    public static string? Fault(NetworkArchitecture architecture, GrowthStage stage, IReadOnlyDictionary<string, HostTensor> tensors) =>
        Fault(architecture, stage) ?? Fault(tensors.Select(t => (t.Key, (IReadOnlyList<long>)t.Value.Shape)), Networks(architecture), []);

    /// <summary>True for the tensors of several networks, each under its prefix.</summary>
    public static bool IsWhole(IEnumerable<SafetensorsTensor> tensors) => tensors.Any(t => t.Name.StartsWith(NetworkSnapshot.Average, StringComparison.Ordinal));

    /// <summary>What is wrong with the contents of a classifier's file, or null.</summary>
    public static string? Fault(ClassifierArchitecture architecture, IReadOnlyList<SafetensorsTensor> tensors) =>
        Fault(tensors, Classifier(architecture), []);

    /// <summary>What is wrong with an architecture or a stage of it; null = nothing.</summary>
    public static string? Fault(NetworkArchitecture architecture, GrowthStage stage)
    {
        try
        {
            architecture.Validate();
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
        return architecture.Has(stage)
            ? null
            : $"a network of {architecture.Resolution} px has no stage of {stage.Resolution} px with alpha {stage.Alpha}";
    }

    private static string? Fault(
        IReadOnlyList<SafetensorsTensor> tensors, Dictionary<string, long[]> needed, Dictionary<string, long[]> possible) =>
        Fault(tensors.Select(t => (t.Name, t.Shape)), needed, possible);

    private static string? Fault(
        IEnumerable<(string Name, IReadOnlyList<long> Shape)> tensors, Dictionary<string, long[]> needed, Dictionary<string, long[]> possible)
    {
        foreach ((string name, IReadOnlyList<long> has) in tensors)
        {
            if (!needed.Remove(name, out long[]? shape) && !possible.TryGetValue(name, out shape))
                return $"tensor {name} does not belong to the architecture";
            if (!shape.SequenceEqual(has))
                return $"tensor {name} is [{string.Join(", ", has)}], and the architecture needs [{string.Join(", ", shape)}]";
        }
        return needed.Count == 0 ? null : $"tensor {needed.Keys.First()} is missing";
    }

    /// <summary>Tensors of G, D and the average of G.</summary>
    public static Dictionary<string, long[]> Networks(NetworkArchitecture architecture) => Prefixed(
        (NetworkSnapshot.G, Generator(architecture)), (NetworkSnapshot.D, Discriminator(architecture)), (NetworkSnapshot.Average, Generator(architecture)));

    private static Dictionary<string, long[]> Prefixed(params (string Prefix, Dictionary<string, long[]> Shapes)[] groups) =>
        groups.SelectMany(g => g.Shapes.Select(s => KeyValuePair.Create(g.Prefix + s.Key, s.Value))).ToDictionary();

    /// <summary>A norm takes the place of the bias.</summary>
    private static void AddConvolution(
        Dictionary<string, long[]> shapes, string name, int inputs, int outputs, int kernel, Action<Dictionary<string, long[]>, string, int>? addNorm = null)
    {
        shapes[name + ".weight"] = [outputs, inputs, kernel, kernel];
        if (addNorm is null)
            shapes[name + ".bias"] = [outputs];
        else
            addNorm(shapes, name + ".norm", outputs);
    }

    private static void AddLayerNorm(Dictionary<string, long[]> shapes, string name, int features)
    {
        shapes[name + ".gain"] = [1];
        shapes[name + ".bias"] = [features];
    }

    private static void AddBatchNorm(Dictionary<string, long[]> shapes, string name, int features)
    {
        foreach (string part in (string[])["weight", "bias", "mean", "variance"])
            shapes[$"{name}.{part}"] = [features];
    }
}
