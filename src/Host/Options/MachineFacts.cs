namespace Pggan.Host;

/// <summary>What a preset needs to know of a machine.</summary>
/// <param name="IsCuda">The networks live on a CUDA device.</param>
/// <param name="Cores">Logical processors that this process may use.</param>
/// <param name="MemoryBytes">Memory that this process may use.</param>
internal sealed record MachineFacts(bool IsCuda, int Cores, long MemoryBytes)
{
    /// <summary>This machine.</summary>
    /// <param name="device">Name of a device, "auto" resolved.</param>
    public static MachineFacts Here(string device) => new(
        device.StartsWith("cuda", StringComparison.Ordinal), Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
}
