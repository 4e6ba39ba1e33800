using System.Diagnostics;

namespace Pggan.Host.Tests;

/// <summary>What a cancellation does to a command that has nothing to save: 130, and nothing is left.</summary>
public sealed class InterruptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("train", "--out", "RUNS")]
    [InlineData("train", "--out", "RUNS", "--dry-run")]
    [InlineData("train", "--out", "RUNS", "--smoke")]
    [InlineData("sample", "--network", ".", "--out", "RUNS")]
    [InlineData("export", "--network", ".", "--format", "onnx", "--out", "RUNS")]
    [InlineData("invert", "--network", ".", "--image", "nowhere.png", "--out", "RUNS")]
    [InlineData("data", "info", "fluent-portraits")]
    [InlineData("ingest", "fluent-portraits", "RUNS")]
    [InlineData("doctor", "--out", "RUNS")]
    public async Task A_command_interrupted_at_its_start_ends_with_130_and_makes_nothing(params string[] args)
    {
        using CancellationTokenSource interrupted = new();
        await interrupted.CancelAsync();
        var (code, output, error) = await CommandLine.RunUntilAsync([.. args.Select(a => a == "RUNS" ? _folder["runs"] : a)], interrupted.Token);
        Assert.Equal((ExitCodes.Interrupted, "", "pggan: interrupted"), (code, output, error.Trim()));
        Assert.False(Directory.Exists(_folder["runs"]));
    }

    [Fact]
    public async Task Trying_the_resolutions_ends_between_two_of_them_and_makes_no_run()
    {
        using CancellationTokenSource interrupted = new();
        string[] args = SignalledProcess.Tiny(await _folder.ImagesAsync(40, 16), _folder["runs"]);
        await using Tripwire output = new("Trying 4x4", interrupted);
        var (code, error) = await CommandLine.RunIntoAsync(args, output, interrupted.Token);
        Assert.Equal((ExitCodes.Interrupted, "pggan: interrupted"), (code, error.Trim()));
        Assert.EndsWith("Trying 4x4\n", output.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["runs"]));
    }

    [Theory]
    [InlineData("samples", "seed*.png")]
    [InlineData("samples.zip", ".tmp-*")]
    public async Task Drawing_ends_between_two_images_and_leaves_whole_files(string target, string sight)
    {
        using InputFolder folder = new();
        string place = Directory.CreateDirectory(folder["place"]).FullName;
        using CancellationTokenSource interrupted = new();
        Task<(int Exit, string Output, string Error)> drawing = CommandLine.RunUntilAsync(
            ["sample", "--network", folder.Network(), "--device", "cpu", "--seeds", "0-99999", "--out", Path.Combine(place, target)], interrupted.Token);
        while (!drawing.IsCompleted && !Directory.EnumerateFiles(place, sight, new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }).Any())
            await Task.Delay(5, TestContext.Current.CancellationToken);
        await interrupted.CancelAsync();
        var (code, _, error) = await drawing;
        Assert.Equal((ExitCodes.Interrupted, "pggan: interrupted"), (code, error.Trim()));
        string[] files = Directory.GetFiles(place, "*", SearchOption.AllDirectories);
        Assert.InRange(files.Length, target == "samples" ? 1 : 0, target == "samples" ? 99_999 : 0);
        Assert.All(files, file => Assert.EndsWith(".png", file, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("INT", "train", "--config", "PIPE", "--out", "RUNS")]
    [InlineData("TERM", "train", "--dry-run", "--config", "PIPE", "--out", "RUNS")]
    [InlineData("INT", "doctor", "--config", "PIPE", "--out", "RUNS")]
    public async Task Ctrl_C_ends_a_start_that_hangs_in_a_file_system(string signal, params string[] args)
    {
        // Whoever reads a pipe waits for what is written, and nothing is.
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends POSIX signals");
        string pipe = _folder["pipe"], runs = _folder["runs"];
        await RunAsync("mkfifo", pipe);
        using SignalledProcess hanging = SignalledProcess.Start([.. args.Select(a => a == "PIPE" ? pipe : a == "RUNS" ? runs : a)]);
        await using FileStream writer = await Task.Run(
            () => new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken); // for the reader
        var (exit, error) = await hanging.EndAsync(signal);
        Assert.Equal((ExitCodes.Interrupted, "pggan: interrupted"), (exit, error.Trim()));
        Assert.False(Directory.Exists(runs));
    }

    private static async Task RunAsync(string command, string argument)
    {
        using Process process = Process.Start(command, [argument]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }
}
