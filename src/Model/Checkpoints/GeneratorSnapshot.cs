namespace Pggan.Model;

/// <summary>The weights of a generator in host memory.</summary>
/// <param name="Architecture">What the generator is built from.</param>
/// <param name="Stage">How far it had grown.</param>
/// <param name="Images">Real images that its training had seen.</param>
/// <param name="Tensors">Parameters by state-dict name.</param>
public sealed record GeneratorSnapshot(
    NetworkArchitecture Architecture,
    GrowthStage Stage,
    long Images,
    IReadOnlyDictionary<string, HostTensor> Tensors);
