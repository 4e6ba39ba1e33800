using System.Globalization;
using TorchSharp;

namespace Pggan.Model;

/// <summary>Names of devices: "auto", "cpu", "cuda", "cuda:0".</summary>
public static class TorchDevice
{
    /// <summary>The first CUDA device where there is one, else the CPU.</summary>
    public const string Auto = "auto";

    /// <summary>The name that "auto" stands for on this machine; any other name unchanged.</summary>
    public static string Resolve(string name) => name != Auto ? name : torch.cuda.is_available() ? "cuda:0" : "cpu";

    /// <summary>The device of a name.</summary>
    /// <exception cref="ArgumentException">The name is unknown, or the device is not there; the message says what to do.</exception>
    public static torch.Device Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string resolved = Resolve(name);
        if (resolved == "cpu")
        {
            CpuConvolutions.MakeSound();
            return torch.CPU;
        }
        string index = resolved == "cuda" ? "0" : resolved.StartsWith("cuda:", StringComparison.Ordinal) ? resolved[5..] : "";
        if (!int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out int device))
            throw new ArgumentException($"device '{name}' is unknown; it must be auto, cpu, cuda or cuda:N");
        if (!torch.cuda.is_available())
            throw new ArgumentException(
                $"device '{name}' needs CUDA, which this build or machine lacks; build with -p:TorchBackend=cuda on a machine with an NVIDIA GPU, or take cpu");
        if (device >= torch.cuda.device_count())
            throw new ArgumentException($"device '{name}' is not there; this machine has {torch.cuda.device_count()} CUDA device(s), counted from 0");
        return new torch.Device(DeviceType.CUDA, device);
    }
}
