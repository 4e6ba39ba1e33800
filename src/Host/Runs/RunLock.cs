using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Pggan.Host;

/// <summary>
/// The file <c>lock</c> of a run, held open alone for as long as a training writes in the folder, so that there is one at a time. However a
/// process ends, the system frees it; what the file says is for people and for the next one.
/// </summary>
internal sealed class RunLock : IDisposable
{
    /// <summary>Name of the file in a run's folder.</summary>
    public const string FileName = "lock";

    private const int ReadOnly = 0;
    private const int MostBytes = 4096;

    // On Unix an flock, which also holds between containers of one machine. On Windows others could not read it without a share.
    private static readonly FileShare Alone = OperatingSystem.IsWindows() ? FileShare.Read | FileShare.Delete : FileShare.None;

    // EAGAIN on Linux and macOS, and a sharing violation.
    private static readonly int[] HeldCodes = [11, 35, unchecked((int)0x80070020)];

    // EEXIST and its Windows brother.
    private static readonly int[] ThereCodes = [17, unchecked((int)0x80070050)];

    /// <summary>Processes count their start from that of the machine, which is known to some hundredths of a second.</summary>
    private static readonly TimeSpan ClockSlack = TimeSpan.FromSeconds(2);

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Who holds a lock.</summary>
    /// <param name="Pid">Its process, as its own machine or container counts them.</param>
    /// <param name="Machine">Where it runs.</param>
    /// <param name="Started">Since when, UTC.</param>
    /// <param name="Token">Tells this file from another one of the same name.</param>
    public sealed record Holder(int Pid, string Machine, DateTime Started, string Token)
    {
        /// <summary>"process 12 on HOST since 2030-01-31 12:00:00Z".</summary>
        public override string ToString() => $"process {Pid} on {Machine} since {Started.ToString("u", CultureInfo.InvariantCulture)}";
    }

    private readonly string _path;
    private readonly string _token;
    private readonly FileStream _file;

    private RunLock(string run, string token, FileStream file, string? takenOver)
    {
        Run = run;
        TakenOver = takenOver;
        _path = Path.Combine(run, FileName);
        _token = token;
        _file = file;
    }

    /// <summary>The folder that is locked.</summary>
    public string Run { get; }

    /// <summary>In one line, whose lock was found that nobody holds any more; null = there was none.</summary>
    public string? TakenOver { get; }

    /// <summary>Locks a run until disposed.</summary>
    /// <exception cref="UserException">Another training holds it, or the folder can't be written to.</exception>
    public static RunLock Take(string run) => TryTake(run) ?? throw new UserException(
        $"{run} is being trained already, by {Read(Path.Combine(run, FileName))?.ToString() ?? "a process that does not say which it is"}.\n" +
        "Wait for its end, end it with 'pggan stop', Ctrl-C or SIGTERM, or begin a run of your own without --resume.");

    /// <summary>Locks a run until disposed; null = another training holds it.</summary>
    /// <exception cref="UserException">The folder can't be written to.</exception>
    public static RunLock? TryTake(string run)
    {
        try
        {
            string path = Path.Combine(run, FileName);
            while (true)
            {
                if (Open(path) is not (FileStream file, bool isNew))
                    return null;
                RunLock taken = Sign(run, file, isNew);
                if (taken.IsTheOneOfThatName())
                    return taken;

                // Its holder deleted it while it was opened here: nobody else would come upon this one.
                file.Dispose();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{Path.GetFullPath(run)} can't be locked for a training: {e.Message}\nThe disk must have room, and the folder be yours to write to.", ExitCodes.Usage, e);
        }
    }

    /// <summary>
    /// Whether a training seems to hold a run, by what its lock says: to ask the system would be to hold the lock for a moment. Of another machine
    /// nothing more can be known.
    /// </summary>
    public static bool SeemsHeld(string run) =>
        Read(Path.Combine(run, FileName)) is { } holder && (holder.Machine != Environment.MachineName || IsAlive(holder));

    /// <summary>
    /// Whether a process of this number, which is there or on another machine, holds a run by what its lock says. Unlike <see cref="SeemsHeld"/> it does
    /// not look at when it began, which a machine that has slept tells differently.
    /// </summary>
    public static bool IsHeldBy(string run, int pid) =>
        Read(Path.Combine(run, FileName)) is { } holder && holder.Pid == pid && (holder.Machine != Environment.MachineName || IsThere(pid));

    private static bool IsThere(int pid)
    {
        try
        {
            using Process process = Process.GetProcessById(pid);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Gives the run back. The name goes first, so that no file is found that nobody holds.</summary>
    public void Dispose()
    {
        try
        {
            if (_file.CanWrite && IsTheOneOfThatName())
                File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next training takes over what stays.
        }
        _file.Dispose();
    }

    /// <summary>The file, held alone; null = another one holds it.</summary>
    private static (FileStream File, bool IsNew)? Open(string path)
    {
        while (true)
        {
            foreach (FileMode mode in new[] { FileMode.CreateNew, FileMode.Open })
            {
                try
                {
                    return (new FileStream(path, mode, FileAccess.ReadWrite, Alone, bufferSize: 0), mode == FileMode.CreateNew);
                }
                catch (IOException e) when (HeldCodes.Contains(e.HResult))
                {
                    return null;
                }
                catch (IOException e) when (ThereCodes.Contains(e.HResult))
                {
                    // Perhaps held by nobody.
                }
                catch (FileNotFoundException)
                {
                    // It has just been given back.
                }
            }
        }
    }

    private static RunLock Sign(string run, FileStream file, bool isNew)
    {
        try
        {
            string? takenOver = isNew ? null
                : Parse(file) is { } gone ? $"taken over from {gone}, which ended without giving it back"
                : "taken over from a process that ended without giving it back";
            Holder holder = new(Environment.ProcessId, Environment.MachineName, DateTime.UtcNow, Guid.NewGuid().ToString("N"));
            file.SetLength(0);
            file.Write(JsonSerializer.SerializeToUtf8Bytes(holder, Json));
            return new RunLock(run, holder.Token, file, takenOver);
        }
        catch
        {
            if (isNew)
                File.Delete(file.Name);
            file.Dispose();
            throw;
        }
    }

    /// <summary>A process that began after the lock was taken has only got the number of a dead one.</summary>
    private static bool IsAlive(Holder holder)
    {
        try
        {
            using Process process = Process.GetProcessById(holder.Pid);
            return process.StartTime.ToUniversalTime() <= holder.Started.ToUniversalTime() + ClockSlack;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
        catch (Win32Exception)
        {
            // Another user's, on some systems.
            return true;
        }
    }

    private bool IsTheOneOfThatName() => Read(_path)?.Token == _token;

    private static Holder? Read(string path)
    {
        try
        {
            using FileStream file = OpenToRead(path);
            return Parse(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static Holder? Parse(FileStream file)
    {
        byte[] text = new byte[MostBytes];
        int length = file.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
        file.Position = 0;
        try
        {
            return JsonSerializer.Deserialize<Holder>(text.AsSpan(0, length), Json) is { Machine: not null, Token: not null } holder ? holder : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Each way of .NET to open a file asks for an flock, which a held one refuses.</summary>
    private static FileStream OpenToRead(string path)
    {
        if (OperatingSystem.IsWindows())
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        SafeFileHandle handle = new(OpenUnix(path, ReadOnly), ownsHandle: true);
        return handle.IsInvalid ? throw new FileNotFoundException(null, path) : new FileStream(handle, FileAccess.Read, bufferSize: 0);
    }

    [DllImport("libc", EntryPoint = "open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenUnix([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
