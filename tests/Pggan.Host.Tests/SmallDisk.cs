namespace Pggan.Host.Tests;

/// <summary>
/// A real file system of one megabyte in memory, in a mount namespace of its own: a shell there starts programs, and this process reaches its
/// files by way of /proc.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private const string Ended = "ended with ";

    private readonly TrainingProcess _shell;
    private readonly string _inside;
    private string? _end;

    private SmallDisk(TrainingProcess shell, string inside)
    {
        _shell = shell;
        _inside = inside;
    }

    /// <summary>Mounts it, or returns null and the reason where that can't be done.</summary>
    /// <param name="folder">An empty folder.</param>
    public static async Task<(SmallDisk? Disk, string Reason)> MountAsync(string folder)
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/unshare"))
            return (null, "needs Linux and unshare");
        TrainingProcess shell = TrainingProcess.Start("/usr/bin/unshare", ["--map-root-user", "--mount", "sh"]);
        try
        {
            shell.Write($"mount -t tmpfs -o size=1m none '{folder}' && echo mounted || echo refused; exec 2>&1");
            if (await shell.ReadLineAsync() == "mounted")
                return (new SmallDisk(shell, folder), "");
        }
        catch (IOException)
        {
            // The shell could not even begin.
        }
        shell.Dispose();
        return (null, "this user may not mount a file system in a namespace of its own");
    }

    /// <summary>Where this process finds what programs in there see as <paramref name="path"/>.</summary>
    public string Outside(string path) => $"/proc/{_shell.Id}/root{path}";

    /// <summary>The disk as this process finds it.</summary>
    public string Root => Outside(_inside);

    /// <summary>Starts our program; its lines are read here.</summary>
    public void Start(string[] args) =>
        _shell.Write($"{string.Join(' ', args.Prepend(TrainingProcess.Program).Select(a => $"'{a}'"))} < /dev/null; echo {Ended}$?");

    /// <summary>Reads up to the line that begins so; fails when the program ended before.</summary>
    public async Task AwaitLineAsync(string beginning)
    {
        while (true)
        {
            string? line = await _shell.ReadLineAsync();
            if (line?.StartsWith(beginning, StringComparison.Ordinal) == true)
                return;
            Assert.False(line is null || line.StartsWith(Ended, StringComparison.Ordinal), $"'{beginning}' was never said:\n{_shell.Output}");
        }
    }

    /// <summary>Reads up to the line that begins so; false when the program ended before, which <see cref="EndAsync"/> tells then.</summary>
    public async Task<bool> HasLineAsync(string beginning)
    {
        while (await _shell.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(beginning, StringComparison.Ordinal))
                return true;
            if (line.StartsWith(Ended, StringComparison.Ordinal))
            {
                _end = line;
                return false;
            }
        }
        return false;
    }

    /// <summary>Waits for the end of the program that was started last.</summary>
    /// <returns>Its exit code and the lines that were not read yet.</returns>
    public async Task<(int Exit, string Output)> EndAsync()
    {
        List<string> lines = [];
        while ((_end ?? await _shell.ReadLineAsync()) is { } line)
        {
            _end = null;
            if (line.StartsWith(Ended, StringComparison.Ordinal))
                return (int.Parse(line[Ended.Length..]), string.Join('\n', lines));
            lines.Add(line);
        }
        throw new InvalidOperationException($"the shell has ended:\n{_shell.Output}");
    }

    public void Dispose() => _shell.Dispose();
}
