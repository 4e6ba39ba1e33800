using System.Globalization;
using TorchSharp;

namespace Pggan.Model;

/// <summary>Names of devices: "auto", "cpu", "cuda", "cuda:0"; and of several that share a training: "cuda:0,cuda:1", "cuda:0,1", "cuda:all".</summary>
public static class TorchDevice
{
    /// <summary>The first CUDA device where there is one, else the CPU.</summary>
    public const string Auto = "auto";

    private const string Cpu = "cpu";
    private const string AllCuda = "cuda:all";

    /// <summary>The name that "auto" stands for on this machine, and several devices by their full names; any other name unchanged.</summary>
    /// <exception cref="ArgumentException">As <see cref="Names"/>.</exception>
    public static string Resolve(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name switch
        {
            Auto => torch.cuda.is_available() ? "cuda:0" : Cpu,
            AllCuda => string.Join(',', Enumerable.Range(0, Math.Max(1, torch.cuda.device_count())).Select(index => $"cuda:{index}")),
            _ => string.Join(',', Names(name)),
        };
    }

    /// <summary>The names in a list with commas between; whether the devices are there is not looked at.</summary>
    /// <param name="list">One name as it is, or several of the CPU or of CUDA devices. After the first a number alone will do.</param>
    /// <exception cref="ArgumentException">A list has a name that is unknown, devices of two kinds, or a CUDA device twice.</exception>
    public static IReadOnlyList<string> Names(string list)
    {
        ArgumentNullException.ThrowIfNull(list);
        if (!list.Contains(',', StringComparison.Ordinal))
            return [list];
        string[] names = [.. list.Split(',').Select((name, at) => FullName(name.Trim(), at > 0)
            ?? throw new ArgumentException($"device '{name}' in '{list}' is unknown; several devices are written as in cuda:0,1 or cuda:0,cuda:1"))];
        if (names.Contains(Cpu) && names.Any(name => name != Cpu))
            throw new ArgumentException($"devices '{list}' are of two kinds, and the slower one would decide; take those of one kind");
        if (names[0] != Cpu && names.GroupBy(name => name).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ArgumentException($"device '{twice.Key}' is named twice in '{list}'; name each once");
        return names;
    }

    /// <summary>The first of a list: the one that has the optimizers, and that samples are drawn on.</summary>
    public static string First(string list) => Names(list)[0];

    /// <summary>The device of a name.</summary>
    /// <exception cref="ArgumentException">The name is unknown, or the device is not there; the message says what to do.</exception>
    public static torch.Device Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string resolved = name == Auto ? Resolve(name) : name;
        if (resolved == Cpu)
        {
            CpuConvolutions.MakeSound();
            return torch.CPU;
        }
        if (CudaIndex(resolved == "cuda" ? "cuda:0" : resolved) is not { } device)
            throw new ArgumentException($"device '{name}' is unknown; it must be auto, cpu, cuda or cuda:N; a training takes several, too: cuda:0,1 or cuda:all");
        if (!torch.cuda.is_available())
            throw new ArgumentException(
                $"device '{name}' needs CUDA, which this build or machine lacks; build with -p:TorchBackend=cuda on a machine with an NVIDIA GPU, or take cpu");
        if (device >= torch.cuda.device_count())
            throw new ArgumentException($"device '{name}' is not there; this machine has {torch.cuda.device_count()} CUDA device(s), counted from 0");
        return new torch.Device(DeviceType.CUDA, device);
    }

    /// <summary>Of a name in a list; null where it is unknown.</summary>
    private static string? FullName(string name, bool mayBeNumber) =>
        name is Cpu ? Cpu
        : name is "cuda" ? "cuda:0"
        : CudaIndex(mayBeNumber && name.Length > 0 && name.All(char.IsAsciiDigit) ? $"cuda:{name}" : name) is { } index ? $"cuda:{index}"
        : null;

    private static int? CudaIndex(string name) =>
        name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : null;
}
