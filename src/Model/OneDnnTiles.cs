using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pggan.Model;

/// <summary>
/// Keeps oneDNN from the processor's tile registers (AMX), which it takes for half precision. Once a process has them the kernel saves 8 KB more with every
/// signal, which .NET's stacks for signals do not hold: the next null reference, which is a signal first, would end the process instead of being an
/// exception. fp32 has no use for them.
/// </summary>
internal static partial class OneDnnTiles
{
    private const string Variable = "ONEDNN_MAX_CPU_ISA";
    private const string MostWithoutTiles = "AVX512_CORE_FP16";

    /// <summary>oneDNN reads the variable once, when libtorch first computes; what the user has set stays.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "libtorch may be called before any type of this library is made.")]
    internal static void Avoid()
    {
        if (OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64)
            SetVariable(Variable, MostWithoutTiles, 0);
    }

    /// <summary>.NET's own variables are not those that native code reads.</summary>
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
