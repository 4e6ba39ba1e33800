using System.Diagnostics.CodeAnalysis;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Both networks on a device, and what differentiates by their parameters. A training has one of them, or one on each of its devices
/// (<see cref="Replicas"/>).
/// </summary>
internal sealed class Replica : IDisposable
{
    private readonly Device device;

    /// <summary>Builds both networks from the seed.</summary>
    /// <param name="options">Of the training.</param>
    /// <param name="device">Where they are.</param>
    /// <param name="generatorScale">Of G's loss, for all replicas.</param>
    /// <param name="discriminatorScale">Of D's loss, for all replicas.</param>
    public Replica(TrainerOptions options, Device device, LossScale generatorScale, LossScale discriminatorScale)
    {
        this.device = device;
        using var scope = NewDisposeScope();
        Generator = new Generator(options.Architecture, options.Seed) { Precision = options.Precision };
        Discriminator = new Discriminator(options.Architecture, options.Seed) { Precision = options.Precision };
        Generator.to(device);
        Discriminator.to(device);
        GeneratorStep = new GradientStep(Learnt(Generator), Generator.IsActive, options, generatorScale);
        DiscriminatorStep = new GradientStep(Learnt(Discriminator), Discriminator.IsActive, options, discriminatorScale);
        foreach (Parameter parameter in Generator.parameters().Concat(Discriminator.parameters()))
            parameter.DetachFromDisposeScope();
    }

    /// <summary>G.</summary>
    public Generator Generator { get; }

    /// <summary>D.</summary>
    public Discriminator Discriminator { get; }

    /// <summary>G's parameters.</summary>
    public GradientStep GeneratorStep { get; }

    /// <summary>D's parameters.</summary>
    public GradientStep DiscriminatorStep { get; }

    /// <summary>A part of a minibatch's tensor [N, ...], on this device.</summary>
    [return: NotNullIfNotNull(nameof(whole))]
    public Tensor? Of(MicroBatch part, Tensor? whole) => part.Of(whole)?.to(device);

    /// <summary>The same numbers on this device.</summary>
    public Tensor Take(Tensor tensor) => tensor.to(device);

    public void Dispose()
    {
        GeneratorStep.Dispose();
        DiscriminatorStep.Dispose();
        Generator.Dispose();
        Discriminator.Dispose();
    }

    /// <summary>Parameters that have a gradient, which statistics of batch norm have not.</summary>
    private static IEnumerable<(string Name, Parameter Value)> Learnt(nn.Module network) =>
        network.named_parameters().Where(p => p.parameter.requires_grad).Select(p => (p.name, p.parameter));
}
