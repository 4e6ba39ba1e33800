using System.Runtime.InteropServices;

namespace Pggan.Model;

/// <summary>
/// A checkpoint as the published code saves its networks: a pickled tuple of G, D and the average of G. Nothing is lost but what is no network: the
/// optimizers and how far the training is.
/// </summary>
public static class OfficialPickleWriter
{
    /// <summary>
    /// A reader of the published code runs this text to get at the functions that build the networks. It takes them from the reader's own copy.
    /// </summary>
    private const string Source = "from networks import *\n";

    private const int Protocol = 4;
    private const string Multiarray = "numpy.core.multiarray";

    /// <summary>'f4', little-endian; numpy's own eight numbers of a type without fields.</summary>
    private static readonly PickleWriter.Call SingleType = new(
        new("numpy", "dtype"), new("f4", false, true), State: new PickleWriter.Tuple(3, "<", null, null, null, -1, -1, 0));

    /// <summary>Writes the three networks.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="networks">Their weights: G, its average and D.</param>
    /// <param name="stage">How far they are said to have grown.</param>
    /// <param name="cancellationToken">Heard between two variables.</param>
    /// <exception cref="ArgumentException">The reference's networks can't be these, or one is missing; the message says why.</exception>
    public static void Write(Stream stream, NetworkSnapshot networks, GrowthStage stage, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(networks);
        NetworkArchitecture architecture = networks.Architecture;
        Check(architecture);
        IReadOnlyDictionary<string, HostTensor> discriminator = networks.Discriminator() ?? throw new ArgumentException("there is no discriminator to write");
        Dictionary<string, object?> both = new()
        {
            ["num_channels"] = architecture.Channels,
            ["resolution"] = architecture.Resolution,
            ["label_size"] = architecture.LabelSize,
            ["fmap_base"] = architecture.FmapBase,
            ["fmap_decay"] = architecture.FmapDecay,
            ["fmap_max"] = architecture.FmapMax,
            ["fused_scale"] = architecture.FusedScale,
            ["use_wscale"] = architecture.EqualizedLearningRate,
        };
        Dictionary<string, object?> ofG = new(both)
        {
            ["latent_size"] = architecture.Latents,
            ["normalize_latents"] = architecture.NormalizeLatents,
            ["use_pixelnorm"] = architecture.PixelNorm,
            ["use_leakyrelu"] = architecture.LeakyRelu,
            ["pixelnorm_epsilon"] = architecture.PixelNormEpsilon,
        };
        Dictionary<string, object?> ofD = new(both) { ["mbstd_group_size"] = architecture.StdDevGroup };
        double lod = OfficialLayout.Lod(architecture, stage);
        IReadOnlyList<OfficialLayout.Variable> g = OfficialLayout.Generator(architecture), d = OfficialLayout.Discriminator(architecture);
        new PickleWriter(stream, Protocol).WriteAll(new PickleWriter.Tuple(
            Network("G", "G_paper", ofG, lod, g, networks.Generator(raw: true).Tensors, cancellationToken),
            Network("D", "D_paper", ofD, lod, d, discriminator, cancellationToken),
            Network("Gs", "G_paper", ofG, lod, g, networks.Generator(raw: false).Tensors, cancellationToken)));
    }

    /// <summary>Fails where no network of the reference is the same function.</summary>
    /// <exception cref="ArgumentException">The message says why.</exception>
    public static void Check(NetworkArchitecture architecture)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        Require(architecture.Layout == NetworkLayout.Progressive, "it is a DCGAN");
        Require(architecture.IsDefault, $"it grows from {architecture.SizeAt(4)}");
        Require(architecture.Conventions == NetworkConventions.Official, "it follows pytorch_GAN_zoo; export it as zoo");
        Require(architecture.FeatureMapList is null, $"its feature maps {architecture.FeatureMapList} follow no formula");
        Require(architecture.LabelSize == 0 || !architecture.LatentsAreDirections, "it normalises latents without their labels");
        Require(!architecture.TanhOutput, "its image passes through tanh");
        Require(!architecture.BatchNorm, "its G has batch norm");
        Require(!architecture.LayerNorm, "its D has layer norm");
        Require(architecture.DiscriminationKernels == 0, "its D has minibatch discrimination");

        static void Require(bool holds, string reason)
        {
            if (!holds)
                throw new ArgumentException($"the published code can't have this network: {reason}");
        }
    }

    private static PickleWriter.Instance Network(
        string name, string function, Dictionary<string, object?> arguments, double lod,
        IReadOnlyList<OfficialLayout.Variable> variables, IReadOnlyDictionary<string, HostTensor> parameters, CancellationToken cancellationToken) => new(
        new("tfutil", "Network"), new Dictionary<string, object?>
        {
            ["version"] = 2,
            ["name"] = name,
            ["static_kwargs"] = arguments,
            ["build_module_src"] = Source,
            ["build_func_name"] = function,
            ["variables"] = variables.Select(object? (v) =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                return new PickleWriter.Tuple(v.Name, Array(OfficialLayout.ToOfficial(parameters[v.Parameter], v.Axes)));
            }).Prepend(new PickleWriter.Tuple("lod", new PickleWriter.Call(new(Multiarray, "scalar"), new(SingleType, Numbers([(float)lod]))))),
        });

    private static PickleWriter.Call Array(HostTensor tensor) => new(
        new(Multiarray, "_reconstruct"),
        new(new PickleWriter.Global("numpy", "ndarray"), new PickleWriter.Tuple(0), new PickleWriter.Bytes(1, stream => stream.WriteByte((byte)'b'))),
        State: new PickleWriter.Tuple(1, new PickleWriter.Tuple([.. tensor.Shape]), SingleType, false, Numbers(tensor.Data)));

    private static PickleWriter.Bytes Numbers(float[] numbers) =>
        new((long)numbers.Length * sizeof(float), stream => stream.Write(MemoryMarshal.AsBytes<float>(numbers)));
}
