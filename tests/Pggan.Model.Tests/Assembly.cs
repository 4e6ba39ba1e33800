using System.Runtime.CompilerServices;
using Pggan.Model;

// Weights are drawn from torch's one generator, and live tensors are counted for the whole process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

internal static class Start
{
    /// <summary>Tests of single layers ask for no device.</summary>
    [ModuleInitializer]
    internal static void CheckTheProcessor() => TorchDevice.Parse("cpu");
}
