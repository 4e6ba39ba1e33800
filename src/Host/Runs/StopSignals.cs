using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Pggan.Host;

/// <summary>Ctrl-C and SIGTERM: the first asks for an orderly end, the second ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly Action _stop;
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _count;

    /// <summary>Listens until disposed.</summary>
    /// <param name="stop">Called at the first signal, on a thread of its own.</param>
    public StopSignals(Action stop)
    {
        _stop = stop;
        foreach (PosixSignal signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
    }

    /// <summary>True after a signal.</summary>
    public bool Stopped => Volatile.Read(ref _count) > 0;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _count) > 1)
            LeaveAtOnce();
        _stop();
    }

    /// <summary>Without any exit handler: those of libtorch crash while the trainer's thread is inside it.</summary>
    private static void LeaveAtOnce()
    {
        if (OperatingSystem.IsWindows())
            TerminateProcess(Process.GetCurrentProcess().Handle, ExitCodes.Interrupted);
        else
            ExitUnix(ExitCodes.Interrupted);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void ExitUnix(int status);

    [DllImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool TerminateProcess(IntPtr process, uint exitCode);
}
