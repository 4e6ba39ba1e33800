using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Pggan.Model;

/// <summary>
/// A checkpoint as pytorch_GAN_zoo saves its models (netG, netD, avgG and the configuration), in torch's zip format. The generators give the same
/// images; of the discriminator <see cref="Differences"/> says what the zoo's is otherwise.
/// </summary>
public static class ZooCheckpointWriter
{
    private const int Protocol = 2;
    private const int GroupOfZoo = 4;
    private const double EpsilonOfZoo = 1e-8;

    /// <summary>The zoo's own defaults, in a checkpoint and in the configuration beside it.</summary>
    internal const double PenaltyWeight = 10, Drift = 0.001, LearningRate = 0.001;

    /// <summary>The earliest that a zip can tell: the same networks make the same bytes.</summary>
    private static readonly DateTimeOffset Written = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly PickleWriter.Global OrderedDictionary = new("collections", "OrderedDict");

    /// <summary>What is otherwise in the zoo's discriminator than in ours with the same weights; empty where nothing is.</summary>
    public static IReadOnlyList<string> Differences(NetworkArchitecture architecture, GrowthStage stage)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        List<string> differences = [];
        if (architecture.FusedScale && stage.Resolution > 4)
            differences.Add("it takes the 2x2 mean after bias and activation, ours before them (fused_scale)");
        if (architecture.StdDevGroup > 1 && !architecture.IsOfZoo)
            differences.Add($"its minibatch deviation is that of {GroupOfZoo} images in a row with the unbiased variance, ours of {architecture.StdDevGroup} far apart with the biased one");
        if (architecture.IsOfZoo && architecture.StdDevGroup is not (1 or GroupOfZoo))
            differences.Add($"its minibatch deviation is that of {GroupOfZoo} images, ours of {architecture.StdDevGroup}");
        if (stage is { Resolution: 8, IsFading: true } && !architecture.IsOfZoo)
            differences.Add("it does not fade in at 8x8");
        if (architecture.LabelGroups?.Contains(1) == true)
            differences.Add("it reads flags as the values of an attribute, ours each by itself");
        return differences;
    }

    /// <summary>Writes the checkpoint.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="networks">The weights: G, its average and D.</param>
    /// <param name="stage">How far the networks have grown; the zoo knows no layers above.</param>
    /// <param name="cancellationToken">Heard between two tensors.</param>
    /// <exception cref="ArgumentException">The zoo's networks can't be these, or one is missing; the message says why.</exception>
    public static void Write(Stream stream, NetworkSnapshot networks, GrowthStage stage, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(networks);
        NetworkArchitecture architecture = networks.Architecture;
        Check(architecture);
        IReadOnlyDictionary<string, HostTensor> discriminator = networks.Discriminator() ?? throw new ArgumentException("there is no discriminator to write");
        int level = architecture.LevelOf(stage.Resolution);
        List<HostTensor> storages = [];
        Dictionary<string, object?> file = new()
        {
            ["config"] = Configuration(networks, stage, level),
            ["netG"] = StateOf(ZooLayout.Generator(level), networks.Generator(raw: true).Tensors, architecture, storages),
            ["netD"] = StateOf(ZooLayout.Discriminator(level), discriminator, architecture, storages),
            ["avgG"] = StateOf(ZooLayout.Generator(level), networks.Generator(raw: false).Tensors, architecture, storages),
        };
        using ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true);
        Add(zip, "data.pkl", entry => new PickleWriter(entry, Protocol).WriteAll(file));
        foreach ((int key, HostTensor tensor) in storages.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            Add(zip, $"data/{key}", entry => entry.Write(MemoryMarshal.AsBytes<float>(tensor.Data)));
        }
        Add(zip, "version", entry => entry.Write("3\n"u8));
    }

    /// <summary>The generators' images must be the same, or nothing is written.</summary>
    /// <exception cref="ArgumentException">The zoo's networks can't be these; the message says why.</exception>
    public static void Check(NetworkArchitecture architecture)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        Require(architecture.Layout == NetworkLayout.Progressive, "grows, and is no DCGAN");
        Require(architecture.IsDefault, $"grows from 4x4, not from {architecture.SizeAt(4)}");
        Require(architecture.LeakyRelu, "has a leaky ReLU");
        Require(architecture is { BatchNorm: false, LayerNorm: false, DiscriminationKernels: 0 }, "has neither batch norm nor layer norm nor minibatch discrimination");
        Require(architecture.PixelNorm == architecture.NormalizeLatents, "normalises latents and features, or neither of them");
        Require(architecture.LabelSize == 0 || !architecture.LatentsAreDirections, "normalises labels with the latents");
        Require(!architecture.PixelNorm || architecture.PixelNormEpsilon == EpsilonOfZoo, $"adds {EpsilonOfZoo} in the pixel norm, not {architecture.PixelNormEpsilon}");
        Require(architecture.FeatureMaps(0) == architecture.FeatureMaps(1),
            $"has as many features in D's dense layer as at 4x4, not {architecture.FeatureMaps(0)} and {architecture.FeatureMaps(1)}");
    }

    private static PickleWriter.Instance Configuration(NetworkSnapshot networks, GrowthStage stage, int level)
    {
        NetworkArchitecture architecture = networks.Architecture;
        double weightCondition = WeightCondition(architecture);
        return new(new("models.utils.config", "BaseConfig"), new Dictionary<string, object?>
        {
            ["depthScale0"] = architecture.FeatureMaps(1),
            ["initBiasToZero"] = true,
            ["leakyReluLeak"] = Activation.Slope,
            ["depthOtherScales"] = Enumerable.Range(2, level).Select(object? (k) => architecture.FeatureMaps(k)),
            ["perChannelNormalization"] = architecture.PixelNorm,
            ["alpha"] = level > 0 ? 1 - stage.Alpha : 0.0,
            ["miniBatchStdDev"] = architecture.StdDevGroup > 1,
            ["equalizedlR"] = architecture.EqualizedLearningRate,
            ["noiseVectorDim"] = architecture.Latents,
            ["dimOutput"] = architecture.Channels,
            ["learningRate"] = LearningRate,
            ["attribKeysOrder"] = Attributes(networks),
            ["categoryVectorDim"] = architecture.LabelSize,
            ["weightConditionG"] = weightCondition,
            ["weightConditionD"] = weightCondition,
            ["GDPP"] = false,
            ["latentVectorDim"] = architecture.Latents + architecture.LabelSize,
            ["lossCriterion"] = Loss(architecture),
            ["lambdaGP"] = PenaltyWeight,
            ["epsilonD"] = Drift,
            ["logisticGradReal"] = 0.0,
        });
    }

    /// <summary>Of the term of labels, where there are any.</summary>
    internal static double WeightCondition(NetworkArchitecture architecture) => architecture.LabelSize > 0 ? 1 : 0;

    /// <summary>Its cross-entropy puts a tanh behind G.</summary>
    internal static string Loss(NetworkArchitecture architecture) => architecture.TanhOutput ? "DCGAN" : "WGANGP";

    /// <summary>Attributes with their order and values; null where there are no labels.</summary>
    internal static Dictionary<string, object?>? Attributes(NetworkSnapshot networks)
    {
        NetworkArchitecture architecture = networks.Architecture;
        string[] classes = networks.LabelNames.Count > 0
            ? [.. networks.LabelNames]
            : [.. Enumerable.Range(0, architecture.LabelSize).Select(c => c.ToString(CultureInfo.InvariantCulture))];
        return classes.Length == 0 ? null : Attributes(classes, GroupsOf(architecture, classes));
    }

    /// <summary>
    /// Networks of the zoo that were imported before there were groups tell them by their names, of which each has an attribute; those of other
    /// conventions never came from there.
    /// </summary>
    private static LabelGroups GroupsOf(NetworkArchitecture architecture, string[] classes) => architecture.LabelGroups
        ?? (architecture.IsOfZoo && classes.All(AttributeName.IsOfImport) ? new(LabelGroups.SizesByName(classes, classes.Length)) : [classes.Length]);

    /// <summary>
    /// Attributes in order with their values: a group of names like <c>hair: red</c> is called by them, another one Main. The zoo knows no flags: those
    /// that are neighbours become the values of one attribute.
    /// </summary>
    private static Dictionary<string, object?> Attributes(string[] classes, LabelGroups groups)
    {
        List<(string? Attribute, bool AreFlags, List<string> Classes)> parts = [];
        int first = 0;
        foreach (int size in groups)
        {
            List<string> names = [.. classes.Skip(first).Take(Math.Abs(size))];
            first += names.Count;
            string? shared = AttributeName.Split(names[0]).Attribute;
            shared = names.All(name => AttributeName.Split(name).Attribute == shared) ? shared : null;
            if (size == 1 && parts is [.., { AreFlags: true } last] && last.Attribute == shared)
                last.Classes.AddRange(names);
            else
                parts.Add((shared, size == 1, names));
        }

        Dictionary<string, object?> attributes = [];
        foreach ((string? shared, _, List<string> names) in parts)
        {
            string called = shared ?? "Main";
            while (attributes.ContainsKey(called))
                called += "_";
            attributes[called] = new Dictionary<string, object?>
            {
                ["order"] = attributes.Count,
                ["values"] = names.Select(object? (name) => shared is null ? name : AttributeName.Split(name).Value),
            };
        }
        return attributes;
    }

    /// <summary>A network's tensors by name; their numbers become storages.</summary>
    private static PickleWriter.Call StateOf(
        IEnumerable<ZooLayout.Layer> layers, IReadOnlyDictionary<string, HostTensor> parameters, NetworkArchitecture architecture, List<HostTensor> storages)
    {
        Dictionary<string, object?> state = [];
        foreach (ZooLayout.Layer layer in layers)
        {
            (HostTensor weight, HostTensor bias) = ZooLayout.ToZoo(layer, parameters[layer.Parameter + ".weight"], parameters[layer.Parameter + ".bias"], architecture);
            state[layer.Name + ".module.weight"] = TensorOf(weight, storages);
            state[layer.Name + ".module.bias"] = TensorOf(bias, storages);
        }
        return new(OrderedDictionary, new(), Items: state);
    }

    private static PickleWriter.Call TensorOf(HostTensor tensor, List<HostTensor> storages)
    {
        object?[] strides = new object?[tensor.Shape.Length];
        long stride = 1;
        for (int axis = strides.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= tensor.Shape[axis];
        }
        string key = storages.Count.ToString(CultureInfo.InvariantCulture);
        storages.Add(tensor);
        return new(new("torch._utils", "_rebuild_tensor_v2"), new(
            new PickleWriter.Persistent(new("storage", new PickleWriter.Global("torch", "FloatStorage"), key, "cpu", tensor.Data.Length)),
            0, new PickleWriter.Tuple([.. tensor.Shape]), new PickleWriter.Tuple(strides), false, new PickleWriter.Call(OrderedDictionary, new())));
    }

    private static void Add(ZipArchive zip, string name, Action<Stream> write)
    {
        ZipArchiveEntry entry = zip.CreateEntry("archive/" + name, CompressionLevel.NoCompression);
        entry.LastWriteTime = Written;
        using Stream content = entry.Open();
        write(content);
    }

    private static void Require(bool holds, string ofZoo)
    {
        if (!holds)
            throw new ArgumentException($"pytorch_GAN_zoo can't have this network: its own {ofZoo}");
    }
}
