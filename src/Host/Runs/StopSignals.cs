using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Pggan.Host;

/// <summary>Ctrl-C and SIGTERM: the first cancels what the program does, the second ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _first = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _count;

    /// <summary>Listens until disposed.</summary>
    public StopSignals()
    {
        foreach (PosixSignal signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
    }

    /// <summary>Cancelled by the first signal, on a thread of its own.</summary>
    public CancellationToken Token => _first.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _first.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _count) > 1)
            LeaveAtOnce(ExitCodes.Interrupted);
        _first.Cancel();
    }

    /// <summary>Ends the process without any exit handler: those of libtorch crash while another thread is inside it.</summary>
    public static void LeaveAtOnce(int exitCode)
    {
        if (OperatingSystem.IsWindows())
            TerminateProcess(Process.GetCurrentProcess().Handle, (uint)exitCode);
        else
            ExitUnix(exitCode);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void ExitUnix(int status);

    [DllImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool TerminateProcess(IntPtr process, uint exitCode);
}
