using Pggan.Model;

namespace Pggan.Host;

/// <summary>What a preset needs to know of a machine.</summary>
/// <param name="IsCuda">The networks live on a CUDA device.</param>
/// <param name="Cores">Logical processors that this process may use.</param>
/// <param name="MemoryBytes">Memory that this process may use.</param>
internal sealed record MachineFacts(bool IsCuda, int Cores, long MemoryBytes)
{
    /// <summary>Share of the memory for which the rest of the program and other programs leave room.</summary>
    private const double TrainingShare = 0.8;

    /// <summary>Devices that share a training.</summary>
    public int Devices { get; init; } = 1;

    /// <summary>Bytes that a training may take; a GPU's memory is not known before it is full.</summary>
    public long MemoryForTraining => IsCuda ? long.MaxValue : (long)(MemoryBytes * TrainingShare);

    /// <summary>This machine.</summary>
    /// <param name="device">Name of a device or several, "auto" resolved.</param>
    public static MachineFacts Here(string device) => new(
        device.StartsWith("cuda", StringComparison.Ordinal), Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
    {
        Devices = TorchDevice.Names(device).Count,
    };
}
