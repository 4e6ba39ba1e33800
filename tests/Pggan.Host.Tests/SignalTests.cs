using System.Diagnostics;

namespace Pggan.Host.Tests;

/// <summary>Ctrl-C in a process of its own.</summary>
public sealed class SignalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_signal_ends_a_training_with_130_after_a_checkpoint(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends POSIX signals");
        using Process training = await StartAsync();
        await SendAsync(training, signal);
        string rest = await training.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await training.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCodes.Interrupted, training.ExitCode);
        Assert.Contains("stopped at kimg", rest, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder["runs"], "00000-images-8", "checkpoints", "latest")));
    }

    [Fact]
    public async Task A_second_signal_leaves_at_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends POSIX signals");
        using Process training = await StartAsync();
        await SendAsync(training, "INT");
        if (!training.HasExited)
            await SendAsync(training, "INT");
        await training.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await training.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCodes.Interrupted, training.ExitCode);
    }

    private async Task<Process> StartAsync()
    {
        string images = await _folder.ImagesAsync(40, 8);
        string[] command =
        [
            Path.Combine(AppContext.BaseDirectory, "pggan"), "train", "--data", images, "--out", _folder["runs"], "--fmap-max", "8", "--latent", "8",
            "--set", "tick_kimg=0.1", "--set", "tick_kimg.4=0.1",
        ];

        // A test run in the background of a shell ignores SIGINT, and so would its children.
        string[] reset = OperatingSystem.IsLinux() ? ["/usr/bin/env", "--default-signal=INT"] : [];
        string[] all = [.. reset, .. command];
        ProcessStartInfo start = new(all[0], all[1..]) { RedirectStandardOutput = true };
        Process training = Process.Start(start)!;
        while (await training.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.StartsWith("tick 1 ", StringComparison.Ordinal))
        {
            // Its first lines.
        }
        return training;
    }

    private static async Task SendAsync(Process process, string signal)
    {
        using Process kill = Process.Start("/bin/kill", ["-" + signal, process.Id.ToString()]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
