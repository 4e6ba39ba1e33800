using System.Diagnostics;

namespace Pggan.Host.Tests;

/// <summary>The tests of the page itself, tests/Browser, which node runs: here they get a live training and a finished run beside it.</summary>
public sealed class BrowserTests : IDisposable
{
    /// <summary>It takes a minute; a test in it that waits in vain has said so long before.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(6);

    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Browser");

    /// <summary>The oldest that takes the page's modules for what they are.</summary>
    private static readonly Version OldestNode = new(20, 19);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_modules_that_need_no_browser_pass_their_tests()
    {
        await RequireNodeAsync();
        await PassAsync("modules.test.mjs", []);
    }

    [Fact]
    public async Task The_dashboard_of_a_live_training_passes_its_tests_in_a_browser()
    {
        await RequireNodeAsync();
        Assert.SkipUnless(Directory.Exists(Path.Combine(Folder, "node_modules", "playwright-core")), "tests/Browser is not installed: run npm ci there");
        string? browser = await FindBrowserAsync();
        Assert.SkipWhen(browser is null, "no Chromium that runs is on the PATH, and PGGAN_CHROMIUM names none");

        string data = await _folder.ImagesAsync(60, 16);
        var (exit, output, error) = await CommandLine.RunAsync([.. Training(data), "--name", "earlier", "--no-dashboard", "--total-kimg", "0.8"]);
        Assert.True(exit == ExitCodes.Done, error + output);

        // It grows when it is told to. Without a cache images are read for as long as it trains.
        using TrainingProcess training = TrainingProcess.Start(
            [.. Training(data), "--name", "live", "--port", "0", "--total-kimg", "100000", "--set", "train_kimg=40000", "--set", "cache_mib=0", "--set", "store=off"]);
        const string Beginning = "Dashboard  ";
        if (await training.AwaitLineAsync(Beginning) is not { } line)
        {
            Assert.Fail($"It ended before it served its dashboard:\n{training.Output}\n{(await training.EndAsync()).Error}");
            return;
        }

        Task<(int Exit, string Error)> end = training.EndAsync();
        await PassAsync("dashboard.test.mjs", new() { ["PGGAN_URL"] = line[Beginning.Length..], ["PGGAN_DATA"] = data, ["PGGAN_CHROMIUM"] = browser });
        Assert.Equal((ExitCodes.Done, ""), await end);
    }

    [Fact]
    public async Task An_exported_page_passes_its_tests_in_a_browser()
    {
        await RequireNodeAsync();
        string runtime = Path.Combine(Folder, "node_modules", "onnxruntime-web", "dist");
        Assert.SkipUnless(Directory.Exists(runtime), "tests/Browser is not installed: run npm ci there");
        string? browser = await FindBrowserAsync();
        Assert.SkipWhen(browser is null, "no Chromium that runs is on the PATH, and PGGAN_CHROMIUM names none");

        using InputFolder networks = new();
        string network = networks.Network(classes: 3), latents = networks.Write("z.safetensors", TinyNetworks.Safetensors("""{"z":{"dtype":"F32","shape":[1,4],"data_offsets":[0,16]}}""", Ones(4)));
        foreach (string[] args in new string[][]
        {
            ["export", "--network", network, "--format", "web", "--runtime", runtime, "--out", _folder["page"]],
            ["sample", "--network", network, "--device", "cpu", "--latents", latents, "--class", "1", "--out", _folder["expected.safetensors"]],
        })
        {
            var (exit, _, error) = await CommandLine.RunAsync(args);
            Assert.True(exit == ExitCodes.Done, error);
        }
        await PassAsync("page.test.mjs", new() { ["PGGAN_PAGE"] = _folder["page"], ["PGGAN_IMAGE"] = _folder["expected.safetensors"], ["PGGAN_CHROMIUM"] = browser });

        static byte[] Ones(int count) => [.. Enumerable.Repeat(BitConverter.GetBytes(1f), count).SelectMany(b => b)];
    }

    /// <summary>A training of tiny networks up to 16 pixels with a tick and a picture every second or so.</summary>
    private string[] Training(string data) =>
    [
        "train", "--data", data, "--out", _folder["runs"], "--device", "cpu", "--resolution", "16", "--train-kimg", "0.2", "--fade-kimg", "0.2", "--minibatch", "4",
        "--fmap-base", "64", "--fmap-max", "4", "--latent", "8", "--set", "tick_kimg=0.4", "--set", "snapshot_every_ticks=1", "--set", "sample_rows=2", "--set", "sample_columns=4",
    ];

    private static async Task RequireNodeAsync()
    {
        var (exit, output) = await RunAsync("node", ["--version"]);
        Assert.SkipUnless(exit == 0, "node is not installed");
        Assert.SkipUnless(Version.TryParse(output.TrimStart('v'), out Version? version) && version >= OldestNode, $"node {output.Trim()} is older than {OldestNode}");
    }

    /// <summary>A package of this name may be no more than a note where to get it, so that each is asked.</summary>
    private static async Task<string?> FindBrowserAsync()
    {
        string? named = Environment.GetEnvironmentVariable("PGGAN_CHROMIUM");
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        string[] candidates = [.. from name in new[] { "chromium", "chromium-browser", "google-chrome" } from folder in folders select Path.Combine(folder, name)];
        foreach (string file in named is null ? candidates.Where(File.Exists) : [named])
        {
            if ((await RunAsync(file, ["--version"])).Exit == 0)
                return file;
        }
        return null;
    }

    /// <summary>Runs a file of tests: all must pass, and none may be left out.</summary>
    private static async Task PassAsync(string file, Dictionary<string, string?> environment)
    {
        var (exit, output) = await RunAsync("node", ["--test", "--test-reporter=tap", file], environment);
        Assert.True(exit == 0 && output.Contains("\n# skipped 0\n", StringComparison.Ordinal), output);
    }

    /// <summary>Runs a program in the folder of the tests.</summary>
    /// <returns>Its end, or −1 where there is no such program, and all that it said.</returns>
    private static async Task<(int Exit, string Output)> RunAsync(string program, string[] args, Dictionary<string, string?>? environment = null)
    {
        ProcessStartInfo start = new(program, args) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        using Process? process = TryStart(start);
        if (process is null)
            return (-1, "");
        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        late.CancelAfter(Longest);
        try
        {
            string[] output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(late.Token), process.StandardError.ReadToEndAsync(late.Token));
            await process.WaitForExitAsync(late.Token);
            return (process.ExitCode, string.Concat(output));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static Process? TryStart(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
