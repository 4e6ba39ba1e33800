using System.Diagnostics;

namespace Pggan.Host.Tests;

public sealed class CompletionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("checkp", "checkpoint")]
    [InlineData("imp", "import")]
    [InlineData("train --pre", "--precision --preset")]
    [InlineData("train --preset p", "paper")]
    [InlineData("train --loss l", "logistic lsgan lsgan-nash")]
    [InlineData("train --precision b", "bf16")]
    [InlineData("train --device cu", "cuda cuda:0")]
    [InlineData("train --labels ", "auto off on")]
    [InlineData("invert --method ", "cma-es gradient random")]
    [InlineData("export --format ", "onnx pickle safetensors web zoo")]
    [InlineData("--resol", "--resolution")]
    [InlineData("data i", "info")]
    [InlineData("inge", "ingest")]
    [InlineData("ingest --crop ", "centre face none wide")]
    [InlineData("ingest --labels ", "auto none")]
    [InlineData("set mini", "minibatch=")]
    [InlineData("status --js", "--json")]
    [InlineData("grow --run 00003", "00003-peer-8")]
    [InlineData("timelapse 00003", "00003-peer-8")]
    [InlineData("interpolate --key", "--keyframes")]
    [InlineData("completion z", "zsh")]
    [InlineData("train --config opt", "")]
    public async Task Bash_completes(string typed, string found)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "bash is not installed");
        Assert.Equal(found, await RunAsync("/bin/bash", "-c", """
            source <(pggan completion bash)
            COMP_LINE="pggan $1" COMP_POINT=$((6 + ${#1}))
            read -ra COMP_WORDS <<< "$COMP_LINE"
            [[ "$COMP_LINE" == *' ' ]] && COMP_WORDS+=("")
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _pggan
            echo "${COMPREPLY[@]}"
            """, "bash", typed));
    }

    [Theory]
    [InlineData("checkp", "checkpoint")]
    [InlineData("train --preset p", "paper")]
    [InlineData("set mini", "minibatch=")]
    [InlineData("train --config opt", "FILES")]
    public async Task Zsh_completes(string typed, string found)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/zsh"), "zsh is not installed");
        Assert.Equal(found, await RunAsync("/usr/bin/zsh", "-fc", """
            compdef() { }
            compadd() { while [[ "$1" != -- ]]; do shift; done; shift; (( $# )) && print -r -- "$@" }
            _files() { print FILES }
            source <(pggan completion zsh)
            words=(pggan ${(z)1}) CURRENT=$#words PREFIX=$words[-1]
            _pggan
            """, "zsh", typed));
    }

    [Theory]
    [InlineData("checkp", "checkpoint")]
    [InlineData("train --preset pap", "paper")]
    [InlineData("set mini", "minibatch=")]
    public async Task Fish_completes(string typed, string found)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/fish"), "fish is not installed");
        Assert.Equal(found, await RunAsync("/usr/bin/fish", "--no-config", "-c", "pggan completion fish | source; complete -C \"pggan $argv[1]\"", typed));
    }

    [Fact]
    public async Task An_unknown_shell_is_refused_with_those_that_are_known()
    {
        var (exit, _, error) = await CommandLine.RunAsync("completion", "bsh");
        Assert.Equal(ExitCodes.Usage, exit);
        Assert.Contains("bash, zsh, fish, pwsh. Did you mean 'bash'?", error, StringComparison.Ordinal);
    }

    /// <summary>What a shell prints that finds the program on its path, in a folder with one run.</summary>
    private async Task<string> RunAsync(string shell, params string[] args)
    {
        PeerTraining.WriteRun(_folder["runs"], "00003-peer-8", "http://127.0.0.1:1");
        ProcessStartInfo start = new(shell, args) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder.Path };
        start.Environment["PATH"] = $"{AppContext.BaseDirectory}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["HOME"] = _folder.Path;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("", await error);
        return output.Trim();
    }
}
