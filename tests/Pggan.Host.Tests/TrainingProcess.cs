using System.Diagnostics;

namespace Pggan.Host.Tests;

/// <summary>The program in a process of its own, which can be killed.</summary>
internal sealed class TrainingProcess : IDisposable
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly List<string> _lines = [];

    private TrainingProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync(Cancel);
    }

    /// <summary>All that it has printed, for a message.</summary>
    public string Output => string.Join('\n', _lines);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Path of the program.</summary>
    public static string Program => Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "pggan.exe" : "pggan");

    /// <summary>Starts the program with one thread for libtorch and without a profile for its code: it is small, and lives for seconds.</summary>
    public static TrainingProcess Start(params string[] args) => Start(Program, args);

    /// <summary>Starts a program that starts ours.</summary>
    public static TrainingProcess Start(string file, string[] args)
    {
        ProcessStartInfo start = new(file, args) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["DOTNET_TieredPGO"] = "0";
        return new TrainingProcess(Process.Start(start)!);
    }

    public int Id => _process.Id;

    /// <summary>Sends a line to its input.</summary>
    public void Write(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>The next line that it prints, or null when it has ended.</summary>
    /// <exception cref="TimeoutException">It has not printed one for so long that it hangs.</exception>
    public async Task<string?> ReadLineAsync()
    {
        string? line = await _process.StandardOutput.ReadLineAsync(Cancel).AsTask().WaitAsync(LongestSilence, Cancel);
        if (line is not null)
            _lines.Add(line);
        return line;
    }

    /// <summary>Reads up to the n-th line that begins so.</summary>
    /// <returns>The line, or null when it ended before.</returns>
    public async Task<string?> AwaitLineAsync(string beginning, int count = 1)
    {
        while (await ReadLineAsync() is { } line)
        {
            if (line.StartsWith(beginning, StringComparison.Ordinal) && --count == 0)
                return line;
        }
        return null;
    }

    /// <summary>Ends it without any chance to do something about it.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Waits for its end.</summary>
    public async Task<(int Exit, string Error)> EndAsync()
    {
        while (await ReadLineAsync() is not null)
        {
            // Its last lines.
        }
        await _process.WaitForExitAsync(Cancel);
        return (_process.ExitCode, await _error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
        _process.Dispose();
    }
}
