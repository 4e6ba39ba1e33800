using System.Runtime.InteropServices;

namespace Pggan.Model;

/// <summary>Tells a lack of memory from other faults; libtorch names it by words alone.</summary>
public static class MemoryShortage
{
    private static readonly string[] Words =
    [
        "out of memory",        // the CUDA allocator
        "not enough memory",    // the CPU allocator on Windows
        "can't allocate memory", // the CPU allocator elsewhere
        "bad_alloc",            // the C++ library
        "ALLOC_FAILED",         // cuDNN and cuBLAS
    ];

    /// <summary>Whether less memory in use would have prevented a fault.</summary>
    public static bool Is(Exception fault) =>
        fault is OutOfMemoryException
        || (fault is ExternalException && Words.Any(words => fault.Message.Contains(words, StringComparison.OrdinalIgnoreCase)));
}
