using Pggan.Model;

namespace Pggan.Host;

/// <summary>What was imported.</summary>
/// <param name="File">As the user named it.</param>
/// <param name="Conventions">Whose networks they are: official or gan-zoo.</param>
/// <param name="Resolution">Final, in pixels.</param>
/// <param name="Channels">1 grey, 3 RGB.</param>
/// <param name="Latent">Components of a latent.</param>
/// <param name="Labels">Components of a label; 0 = unconditional.</param>
/// <param name="LabelNames">What they mean, where the file says so.</param>
/// <param name="StageResolution">How far they have grown.</param>
/// <param name="StageAlpha">Weight of the newest block.</param>
/// <param name="GeneratorParameters">Numbers of G.</param>
/// <param name="DiscriminatorParameters">Numbers of D.</param>
/// <param name="Digest">Of the average of G, as in the pictures that it draws.</param>
internal sealed record ImportResult(
    string File, string Conventions, int Resolution, int Channels, int Latent, int Labels, IReadOnlyList<string> LabelNames, int StageResolution,
    double StageAlpha, long GeneratorParameters, long DiscriminatorParameters, string Digest)
{
    /// <summary>Of networks that were written to a file.</summary>
    public static ImportResult Of(string file, NetworkSnapshot networks)
    {
        NetworkArchitecture a = networks.Architecture;
        GeneratorSnapshot average = networks.Generator(raw: false);
        return new ImportResult(
            file, a.Conventions == NetworkConventions.Official ? "official" : "gan-zoo", a.Resolution, a.Channels, a.Latents, a.LabelSize, networks.LabelNames,
            networks.Stage.Resolution, networks.Stage.Alpha, Count(average.Tensors), Count(networks.Discriminator() ?? average.Tensors), average.Digest());

        static long Count(IReadOnlyDictionary<string, HostTensor> tensors) => tensors.Values.Sum(t => (long)t.Data.Length);
    }

    /// <summary>A line for a person.</summary>
    public override string ToString()
    {
        string origin = Conventions == "official" ? "the official code" : "pytorch_GAN_zoo";
        string labels = Labels == 0 ? "no labels" : $"labels of {Labels}{(LabelNames.Count > 0 ? $" ({string.Join(", ", LabelNames.Take(10))}{(LabelNames.Count > 10 ? ", …" : "")})" : "")}";
        string stage = StageResolution == Resolution && StageAlpha == 1 ? "fully grown" : $"grown to {Say.Size(StageResolution)}, the newest block at {StageAlpha:0.##}";
        return $"{File}: networks of {origin}, {Say.Size(Resolution)} with {Channels} channels, latents of {Latent}, {labels}, {stage}; {GeneratorParameters:N0} numbers in G, {DiscriminatorParameters:N0} in D";
    }
}
