using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>The memory of a GPU that libtorch keeps for tensors to come after those in it are gone.</summary>
public static class DeviceMemory
{
    /// <summary>No GPU has so many bytes, and libtorch does not refuse them before it has looked.</summary>
    private const long Impossible = 1L << 46;

    /// <summary>
    /// Gives what is kept back to the system, for other processes, on each device of a list. TorchSharp has no call for it: libtorch does it before it says that memory does
    /// not suffice.
    /// </summary>
    /// <param name="devices">As <see cref="TorchDevice.Names"/> takes them; nothing happens where it is the CPU.</param>
    public static void GiveBack(string devices)
    {
        foreach (string name in TorchDevice.Names(devices))
            GiveBack(TorchDevice.Parse(name));
    }

    private static void GiveBack(Device device)
    {
        if (device.type != DeviceType.CUDA)
            return;
        try
        {
            empty(Impossible, dtype: ScalarType.Byte, device: device).Dispose();
        }
        catch (ExternalException e) when (MemoryShortage.Is(e))
        {
            // As it should be.
        }
    }
}
