using System.Diagnostics;

namespace Pggan.Host.Tests;

/// <summary>The program in a process of its own, which can be sent signals.</summary>
internal sealed class SignalledProcess : IDisposable
{
    /// <summary>The longest that an end after a signal may take; it takes a second.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringWriter _output = new();
    private readonly Task<string> _error;

    private SignalledProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The executable.</summary>
    public static string Executable { get; } = Path.Combine(AppContext.BaseDirectory, "pggan");

    /// <summary>All that was read of its output.</summary>
    public string Output => _output.ToString();

    public int Id => _process.Id;

    /// <summary>Starts it.</summary>
    public static SignalledProcess Start(params string[] args)
    {
        // A test run in the background of a shell ignores SIGINT, and so would its children.
        string[] reset = OperatingSystem.IsLinux() ? ["/usr/bin/env", "--default-signal=INT"] : [];
        string[] all = [.. reset, Executable, .. args];
        ProcessStartInfo start = new(all[0], all[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        return new SignalledProcess(Process.Start(start)!);
    }

    /// <summary>Options of a training of some milliseconds a step, from 4 to 16 pixels, that saves every few steps.</summary>
    public static string[] Tiny(string images, string runs, string totalKimg = "100") =>
    [
        "train", "--data", images, "--out", runs, "--device", "cpu", "--train-kimg", "0.2", "--fade-kimg", "0.2", "--total-kimg", totalKimg, "--minibatch", "8",
        "--fmap-base", "64", "--fmap-max", "8", "--latent", "8", "--set", "tick_kimg=0.04", "--set", "checkpoint_every_ticks=1", "--set", "snapshot_every_ticks=2",
        "--set", "sample_rows=1",
    ];

    /// <summary>Reads its output up to a line that begins so.</summary>
    public async Task<string> AwaitLineAsync(string beginning)
    {
        using CancellationTokenSource late = Guard(LongestStart);
        while (await _process.StandardOutput.ReadLineAsync(late.Token) is { } line)
        {
            await _output.WriteLineAsync(line);
            if (line.StartsWith(beginning, StringComparison.Ordinal))
                return line;
        }
        throw new InvalidOperationException($"It ended before '{beginning}':\n{Output}{await _error}");
    }

    /// <summary>Sends INT, TERM or KILL.</summary>
    public async Task SendAsync(string signal)
    {
        using Process kill = Process.Start("/bin/kill", ["-" + signal, _process.Id.ToString()]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Sends a signal and waits for the end.</summary>
    public async Task<(int Exit, string Error)> EndAsync(string signal)
    {
        await SendAsync(signal);
        return await AwaitEndAsync(LongestEnd);
    }

    /// <summary>Waits for the end; what takes longer than that hangs.</summary>
    public async Task<(int Exit, string Error)> AwaitEndAsync(TimeSpan limit)
    {
        using CancellationTokenSource late = Guard(limit);
        try
        {
            await _output.WriteAsync(await _process.StandardOutput.ReadToEndAsync(late.Token));
            await _process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            _process.Kill();
            Assert.Fail($"It did not end within {limit.TotalSeconds:0} seconds:\n{Output}{await _error}");
        }
        return (_process.ExitCode, await _error);
    }

    private static CancellationTokenSource Guard(TimeSpan limit)
    {
        CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(limit);
        return late;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
    }
}
