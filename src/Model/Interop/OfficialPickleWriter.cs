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
    /// <param name="checkpoint">Their weights.</param>
    /// <param name="stage">How far they are said to have grown.</param>
    /// <param name="cancellationToken">Heard between two variables.</param>
    public static void Write(Stream stream, Checkpoint checkpoint, GrowthStage stage, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(checkpoint);
        NetworkArchitecture architecture = checkpoint.State.Architecture;
        Dictionary<string, object?> both = new()
        {
            ["num_channels"] = architecture.Channels,
            ["resolution"] = architecture.Resolution,
            ["label_size"] = architecture.LabelSize,
            ["fmap_base"] = architecture.FmapBase,
            ["fmap_decay"] = architecture.FmapDecay,
            ["fmap_max"] = architecture.FmapMax,
            ["fused_scale"] = architecture.FusedScale,
        };
        Dictionary<string, object?> ofG = new(both)
        {
            ["latent_size"] = architecture.Latents,
            ["normalize_latents"] = architecture.NormalizeLatents,
            ["use_pixelnorm"] = architecture.PixelNorm,
            ["pixelnorm_epsilon"] = architecture.PixelNormEpsilon,
        };
        Dictionary<string, object?> ofD = new(both) { ["mbstd_group_size"] = architecture.StdDevGroup };
        double lod = OfficialLayout.Lod(architecture, stage);
        IReadOnlyList<OfficialLayout.Variable> g = OfficialLayout.Generator(architecture), d = OfficialLayout.Discriminator(architecture);
        new PickleWriter(stream, Protocol).WriteAll(new PickleWriter.Tuple(
            Network("G", "G_paper", ofG, lod, g, checkpoint.Generator(raw: true).Tensors, cancellationToken),
            Network("D", "D_paper", ofD, lod, d, checkpoint.Discriminator(), cancellationToken),
            Network("Gs", "G_paper", ofG, lod, g, checkpoint.Generator().Tensors, cancellationToken)));
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
