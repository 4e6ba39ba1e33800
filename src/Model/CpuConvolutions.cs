using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Makes sure that convolutions on the CPU are right. On virtual machines that hide an AMD processor's caches, libtorch's oneDNN (3.7.1) gives
/// values and gradients that are wrong, or not numbers, in about half of all shapes, until it has forgotten what it took the caches for. Where
/// that does not help libtorch does without oneDNN, which is slower.
/// </summary>
public static class CpuConvolutions
{
    private const double Tolerance = 1e-3;
    private const double HalfTolerance = 0.05; // of values up to 3

    /// <summary>Channels in and out, none of which fills vectors of 4, 8 or 16 floats.</summary>
    private static readonly (int In, int Out)[] Ragged = [(16, 3), (17, 17), (3, 24)];

    private static readonly Lazy<string?> Checked = new(() => CpuThreads.OnItsOwn(Check));

    /// <summary>
    /// Checks once a process, in some ten milliseconds, before the first convolution of any other; asking for the device "cpu" does it.
    /// </summary>
    /// <returns>Why convolutions are slower than they could be, or null.</returns>
    /// <exception cref="InvalidOperationException">Convolutions are wrong and stay so.</exception>
    public static string? MakeSound() => Checked.Value;

    /// <summary>The same question for networks that compute in half precision, whose rounding is allowed for.</summary>
    internal static bool AreSoundIn(Precision precision) => AreSound(Casts.TypeOf(precision), HalfTolerance);

    private static string? Check()
    {
        if (HidesItsCaches)
        {
            // NNPACK refuses such machines, and says so on the console at each convolution.
            TrySwitchOff(SetUserEnabledNnpack);
            OneDnnCaches.ForgetThoseOfOneByte();
        }
        if (AreSound())
            return null;
        TrySwitchOff(SetUserEnabledMkldnn);
        return AreSound()
            ? "oneDNN's convolutions are wrong on this processor, so they go without it, slower but right"
            : throw new InvalidOperationException("libtorch computes wrong convolutions on this processor; train on another one, or on a GPU with --device cuda");
    }

    /// <summary>A convolution and both its gradients against the same in double precision, which oneDNN has no part in.</summary>
    private static bool AreSound(ScalarType type = ScalarType.Float32, double tolerance = Tolerance)
    {
        foreach ((int channels, int filters) in Ragged)
        {
            for (int trial = 0; trial < 4; trial++) // what is left in memory differs
            {
                using var scope = NewDisposeScope();
                Tensor image = Wave(4, channels, 8, 8), weight = Wave(filters, channels, 3, 3), slope = Wave(4, filters, 8, 8);
                Tensor[] expected = Convolve(image, weight, slope, float64);
                Soil(4 * 32 * 8 * 8, 32 * 32 * 3 * 3);
                Tensor[] actual = Convolve(image, weight, slope, type);
                if (!expected.Zip(actual).All(pair => (pair.First - pair.Second).abs().max().item<double>() < tolerance)) // false for NaN, too
                    return false;
            }
        }
        return true;
    }

    /// <summary>The output of a convolution and the gradients of its sum weighted by <paramref name="slope"/>, by image and by weight.</summary>
    private static Tensor[] Convolve(Tensor image, Tensor weight, Tensor slope, ScalarType type)
    {
        Tensor x = image.to(type, copy: true).requires_grad_(true);  // [4, In, 8, 8]
        Tensor w = weight.to(type, copy: true).requires_grad_(true); // [Out, In, 3, 3]
        Tensor y = nn.functional.conv2d(x, w, padding: [1L, 1L]);    // [4, Out, 8, 8]
        (y * slope.to(type)).sum().backward();
        return [y.to(float64), x.grad!.to(float64), w.grad!.to(float64)];
    }

    private static Tensor Wave(params long[] shape) =>
        tensor([.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(i => 0.1f * MathF.Sin(i))], shape);

    /// <summary>Leaves memory of these sizes behind that is no number.</summary>
    private static void Soil(params int[] sizes)
    {
        Tensor[] soiled = [.. sizes.SelectMany(size => Enumerable.Range(0, 8).Select(_ => tensor([.. Enumerable.Repeat(float.NaN, size)])))];
        foreach (Tensor tensor in soiled)
            tensor.Dispose();
    }

    /// <summary>True where the processor's list of caches is empty, as some hypervisors leave it.</summary>
    private static bool HidesItsCaches
    {
        get
        {
            if (!X86Base.IsSupported)
                return false;
            const int Amd = 0x68747541, Hygon = 0x6F677948; // "Auth"enticAMD, "Hygo"nGenuine
            int vendor = X86Base.CpuId(0, 0).Ebx;
            int list = vendor is Amd or Hygon ? unchecked((int)0x8000001D) : 4;
            return (X86Base.CpuId(list, 0).Eax & 31) == 0;
        }
    }

    private static void TrySwitchOff(Action<nint, bool> setEnabled)
    {
        try
        {
            zeros(1).Dispose(); // libtorch is loaded by its first use
            setEnabled(GlobalContext(), false);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // The names are those of libtorch on Linux; whether convolutions are right is found out all the same.
        }
    }

    [DllImport("torch_cpu", EntryPoint = "_ZN2at13globalContextEv")]
    private static extern nint GlobalContext();

    [DllImport("torch_cpu", EntryPoint = "_ZN2at7Context20setUserEnabledNNPACKEb")]
    private static extern void SetUserEnabledNnpack(nint context, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [DllImport("torch_cpu", EntryPoint = "_ZN2at7Context20setUserEnabledMkldnnEb")]
    private static extern void SetUserEnabledMkldnn(nint context, [MarshalAs(UnmanagedType.U1)] bool enabled);
}
