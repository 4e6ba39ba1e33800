using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Threads that libtorch computes with on the CPU. Each thread that calls it keeps helpers of its own (OpenMP's pool, as many as there are cores), and
/// they wait busily, which makes the next of many small operations quick. Where there are more helpers than cores OpenMP lets all of them sleep
/// at once, and a training step takes half as long again. So the training alone has helpers: other work has none, or ends with its thread.
/// </summary>
public static class CpuThreads
{
    private const string Maps = "/proc/self/maps";

    [ThreadStatic]
    private static bool alone;

    /// <summary>Whether the calling thread was told to compute alone.</summary>
    internal static bool IsAlone => alone;

    /// <summary>The calling thread computes alone from now on. Where OpenMP is not the GNU one, as on Windows, libtorch goes on as it did.</summary>
    public static void ComputeAlone()
    {
        alone = true;
        Compute(1);
    }

    /// <summary>The calling thread computes with so many threads, itself among them.</summary>
    internal static void Compute(int threads)
    {
        _ = get_num_threads(); // libtorch gives a thread its number when it first asks, and never again
        if (!File.Exists(Maps) || OpenMp() is not { } path || !NativeLibrary.TryLoad(path, out nint library))
            return;
        if (NativeLibrary.TryGetExport(library, "omp_set_num_threads", out nint function))
            Marshal.GetDelegateForFunctionPointer<SetNumThreads>(function)(threads);
    }

    /// <summary>Does work on a thread that ends with it, helpers and all; what it throws is thrown.</summary>
    public static T OnItsOwn<T>(Func<T> work)
    {
        T result = default!;
        ExceptionDispatchInfo? fault = null;
        Thread thread = new(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception e)
            {
                fault = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        fault?.Throw();
        return result;
    }

    /// <summary>The library that libtorch has brought and loaded.</summary>
    private static string? OpenMp() => File.ReadLines(Maps)
        .Select(line => line[(line.LastIndexOf(' ') + 1)..])
        .FirstOrDefault(path => Path.GetFileName(path).StartsWith("libgomp", StringComparison.Ordinal));

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void SetNumThreads(int count);
}
