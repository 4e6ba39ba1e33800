namespace Pggan.Model;

/// <summary>The networks of a training in host memory, without their optimizers: what another training can begin with.</summary>
/// <param name="Architecture">What they are built from.</param>
/// <param name="Stage">How far they had grown.</param>
/// <param name="Images">Real images that they had seen; 0 where this is unknown.</param>
/// <param name="Tensors"><c>G/…</c>, <c>D/…</c> and <c>G_ema/…</c> by state-dict name; of a generator alone <c>G_ema/…</c>.</param>
public sealed record NetworkSnapshot(
    NetworkArchitecture Architecture,
    GrowthStage Stage,
    long Images,
    IReadOnlyDictionary<string, HostTensor> Tensors)
{
    /// <summary>What the components of a label mean; empty where this is unknown.</summary>
    public IReadOnlyList<string> LabelNames { get; init; } = [];

    /// <summary>Prefix of G's tensors.</summary>
    internal const string G = "G/";

    /// <summary>Prefix of D's tensors.</summary>
    internal const string D = "D/";

    /// <summary>Prefix of the average's tensors.</summary>
    internal const string Average = "G_ema/";

    /// <summary>The networks of a checkpoint.</summary>
    public static NetworkSnapshot Of(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return new NetworkSnapshot(
            checkpoint.State.Architecture, checkpoint.State.Stage, checkpoint.State.Progress.Images,
            checkpoint.Tensors.Where(t => new[] { G, D, Average }.Any(prefix => t.Key.StartsWith(prefix, StringComparison.Ordinal))).ToDictionary())
        {
            LabelNames = checkpoint.State.LabelNames ?? [],
        };
    }

    /// <summary>A generator and nothing else.</summary>
    public static NetworkSnapshot Of(GeneratorSnapshot generator)
    {
        ArgumentNullException.ThrowIfNull(generator);
        return new NetworkSnapshot(generator.Architecture, generator.Stage, generator.Images, generator.Tensors.ToDictionary(t => Average + t.Key, t => t.Value))
        {
            LabelNames = generator.LabelNames,
        };
    }

    /// <summary>The average of G, or G itself.</summary>
    /// <exception cref="InvalidDataException">There is one generator alone, and G itself is asked for.</exception>
    public GeneratorSnapshot Generator(bool raw) => Under(raw ? G : Average) is { Count: > 0 } tensors
        ? new GeneratorSnapshot(Architecture, Stage, Images, tensors) { LabelNames = LabelNames }
        : throw new InvalidDataException("it holds one generator alone, and no raw one beside it");

    /// <summary>Weights of D by state-dict name; null where there is none.</summary>
    public IReadOnlyDictionary<string, HostTensor>? Discriminator() => Under(D) is { Count: > 0 } tensors ? tensors : null;

    private Dictionary<string, HostTensor> Under(string prefix) =>
        Tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[prefix.Length..], t => t.Value);
}
