namespace Pggan.Model;

/// <summary>A complete training in host memory: what continues from it equals what never stopped.</summary>
/// <param name="State">All that is not a tensor.</param>
/// <param name="Tensors">
/// <c>G/…</c>, <c>D/…</c> and <c>G_ema/…</c> by state-dict name; <c>G_adam/v/…</c> and <c>D_adam/v/…</c> (and <c>m/</c> where beta1 is above 0).
/// </param>
public sealed record Checkpoint(TrainingState State, IReadOnlyDictionary<string, HostTensor> Tensors)
{
    /// <summary>The average of G at this state, for sampling.</summary>
    public GeneratorSnapshot Generator(bool raw = false) =>
        new(State.Architecture, State.Stage, State.Progress.Images, Under(raw ? "G/" : "G_ema/")) { LabelNames = State.LabelNames ?? [] };

    /// <summary>Weights of D by state-dict name.</summary>
    public IReadOnlyDictionary<string, HostTensor> Discriminator() => Under("D/");

    private Dictionary<string, HostTensor> Under(string prefix) =>
        Tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[prefix.Length..], t => t.Value);
}
