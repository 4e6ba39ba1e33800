using System.Globalization;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>One file of reference values with our networks holding its weights.</summary>
internal sealed class Oracle : IDisposable
{
    private readonly SafetensorsFile file;

    public Oracle(string name)
    {
        file = Safetensors.Open(OracleFiles.PathOf(name));
        Architecture = new NetworkArchitecture
        {
            Resolution = Number("resolution"),
            Channels = Number("num_channels"),
            LatentSize = Number("latent_size"),
            LabelSize = Number("label_size"),
            FmapBase = Number("fmap_base"),
            FmapMax = Number("fmap_max"),
            FmapDecay = double.Parse(file.Metadata["fmap_decay"], CultureInfo.InvariantCulture),
            FusedScale = bool.Parse(file.Metadata["fused_scale"]),
            StdDevGroup = file.Metadata.TryGetValue("mbstd_group_size", out string? group) ? int.Parse(group, CultureInfo.InvariantCulture) : 4,
        };
        Generator = new Generator(Architecture);
        Discriminator = new Discriminator(Architecture);
        OfficialLayout.Load(Generator, Variables("G/"), Architecture);
        OfficialLayout.Load(Discriminator, Variables("D/"), Architecture);
    }

    public void Dispose()
    {
        Generator.Dispose();
        Discriminator.Dispose();
        file.Dispose();
    }

    public NetworkArchitecture Architecture { get; }

    public Generator Generator { get; }

    public Discriminator Discriminator { get; }

    public Tensor this[string name]
    {
        get
        {
            HostTensor tensor = file.Read(name);
            return torch.tensor(tensor.Data, tensor.Shape);
        }
    }

    public Tensor? Labels => Architecture.LabelSize > 0 ? this["labels"] : null;

    public string[] Lods(string key) =>
        [.. JsonDocument.Parse(file.Metadata[key]).RootElement.EnumerateArray().Select(lod => lod.GetRawText())];

    public GrowthStage Stage(string lod)
    {
        double value = double.Parse(lod, CultureInfo.InvariantCulture);
        return new GrowthStage(Architecture.Resolution >> (int)Math.Floor(value), 1 - (value - Math.Floor(value)));
    }

    /// <summary>Images of the final resolution as the stage's blocks see them.</summary>
    public Tensor Native(Tensor images, GrowthStage stage) =>
        nn.functional.avg_pool2d(images, Architecture.Resolution / stage.Resolution);

    public Dictionary<string, Tensor> Variables(string prefix) => file.Tensors.Where(t => t.Name.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(t => t.Name[prefix.Length..], t => this[t.Name]);

    private int Number(string key) => int.Parse(file.Metadata[key], CultureInfo.InvariantCulture);
}
