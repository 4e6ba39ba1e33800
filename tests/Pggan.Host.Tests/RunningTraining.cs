using System.Text.Json.Nodes;

namespace Pggan.Host.Tests;

/// <summary>A tiny training in a process of its own that lasts until it is stopped, and the terminal's commands to it.</summary>
public sealed class RunningTraining : IAsyncLifetime
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();

    /// <summary>The process.</summary>
    internal TrainingProcess Process { get; private set; } = null!;

    /// <summary>Folder of the runs.</summary>
    internal string Runs => _folder["runs"];

    /// <summary>The run.</summary>
    internal string Run => Path.Combine(Runs, "00000-tiny");

    public async ValueTask InitializeAsync()
    {
        // Phases that nothing but a command ends, and ticks so rare that nobody need read what the process prints.
        string[] sets =
        [
            "total_kimg=100000", "train_kimg=1000", "fade_kimg=1000", "tick_kimg=100", "tick_kimg.4=100", "tick_kimg.8=100", "tick_kimg.16=100", "g_learning_rate=0.001",
        ];
        Process = TrainingProcess.Start([.. TinyTraining.Start(TinyTraining.WriteData(_folder.Path), Runs), "--port", "0", .. sets.SelectMany(s => new[] { "--set", s })]);
        if (await Process.AwaitLineAsync("Dashboard  ") is null)
            Assert.Fail((await Process.EndAsync()).Error + Process.Output);
        await AwaitAsync(status => status.Number("images") > 0);
    }

    public ValueTask DisposeAsync()
    {
        Process.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs a command.</summary>
    internal Task<(int Exit, string Output, string Error)> CommandAsync(params string[] typed) => CommandLine.RunAsync([.. typed, "--out", Runs]);

    /// <summary>Runs a command that must be carried out; what it printed.</summary>
    internal async Task<string> DoneAsync(params string[] typed)
    {
        var (exit, output, error) = await CommandAsync(typed);
        Assert.True(exit == ExitCodes.Done && error.Length == 0, $"{string.Join(' ', typed)}: {exit} {error}{output}");
        return output.TrimEnd();
    }

    /// <summary>Runs a command that must be refused; why it was.</summary>
    internal async Task<string> RefusedAsync(params string[] typed)
    {
        var (exit, output, error) = await CommandAsync(typed);
        Assert.True(exit == ExitCodes.Usage && output.Length == 0, $"{string.Join(' ', typed)}: {exit} {error}{output}");
        return error.TrimEnd();
    }

    /// <summary>The status as JSON.</summary>
    internal async Task<JsonObject> StatusAsync() => JsonNode.Parse(await DoneAsync("status", "--json"))!.AsObject();

    /// <summary>The first status that is as it should be.</summary>
    internal async Task<JsonObject> AwaitAsync(Func<JsonObject, bool> isIt)
    {
        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(LongestWait);
        while (true)
        {
            JsonObject status = await StatusAsync();
            if (isIt(status))
                return status;
            await Task.Delay(50, late.Token);
        }
    }

    /// <summary>Its events of a name, the newest first.</summary>
    internal JsonObject[] Events(string name) => [.. RunFile.NewestFirst(Run, RunFile.Events).Where(line => line.Text("event") == name)];
}
