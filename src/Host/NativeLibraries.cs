using System.Runtime.InteropServices;

namespace Pggan.Host;

/// <summary>Says plainly why libtorch or libvips does not load.</summary>
internal static class NativeLibraries
{
    /// <summary>True when a native library is missing, of another machine, or lacks what it needs.</summary>
    public static bool IsLoadFailure(Exception e) => e switch
    {
        DllNotFoundException or BadImageFormatException or EntryPointNotFoundException or NotSupportedException => true,
        TypeInitializationException { InnerException: { } inner } => IsLoadFailure(inner),
        _ => false,
    };

    /// <summary>What happened and what to do.</summary>
    public static string Explain(Exception e)
    {
        Exception cause = e;
        while (cause is TypeInitializationException { InnerException: { } inner })
            cause = inner;
        string why = cause.Message.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0) ?? cause.GetType().Name;
        string mend = RuntimeInformation.IsOSPlatform(OSPlatform.Linux)
            ? "Build again on this machine; libtorch needs x64, glibc 2.28 or newer, libstdc++ and libgomp (apt install libstdc++6 libgomp1)."
            : "Build again on this machine for its processor; Windows needs the Visual C++ runtime.";
        return $"A native library does not load: {why}\n{mend} A build with TorchBackend=none needs a libtorch of yours on the library path.";
    }
}
