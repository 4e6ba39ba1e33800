namespace Pggan.Host.Tests;

/// <summary>What can't be asked of a training.</summary>
internal static class BadClientInputs
{
    public static IEnumerable<BadInput> All { get; } =
    [
        Usage("a verb where nothing is trained", ["No training is found in", "pggan train"], f => ["pause", "--out", f.Runs]),
        Usage("watching where nothing is trained", ["No training is found in", "--url URL"], f => ["watch", "--out", f.Runs]),
        Usage("a verb for a run that is none", ["no run '7'"], f => ["status", "--out", f.Runs, "--run", "7"]),
        Usage("an endpoint file that is no JSON", ["00000-a is being trained", "no address", "--no-dashboard"], f => ["status", "--out", Run(f, "{")]),
        Usage("an endpoint file of nothing", ["00000-a is being trained", "in a moment"], f => ["status", "--out", Run(f, "null"), "--run", "0"]),
        Usage("an endpoint file that leads elsewhere", ["endpoint.json", "use https there"], f => ["status", "--out", Run(f, """{"url": "http://192.0.2.1:1", "token": "a", "pid": 1}""")]),
        Usage("an endpoint file whose token is a header", ["endpoint.json", "letters, digits"], f => ["status", "--out", Run(f, """{"url": "http://127.0.0.1:1", "token": "a\r\nb", "pid": 1}""")]),
        Usage("an endpoint file without an URL", ["00000-a is being trained"], f => ["status", "--runs", Run(f, """{"token": "a", "pid": 1}""")]),
        Usage("an URL and a run at once", ["name one of them"], f => ["stop", "--out", f.Runs, "--url", "http://127.0.0.1:1/#token=a", "--run", "7"]),
        Usage("an URL that steers the terminal", ["is no URL of a training", "\\u001B"], _ => ["status", "--url", "\u001b[2J"]),
        Usage("an empty URL", ["--url is empty"], _ => ["status", "--url", ""]),
        Usage("an empty run", ["RUN is empty"], _ => ["watch", ""]),
        Usage("a setting without a value", ["'minibatch' is no setting", "KEY=VALUE"], f => ["set", "minibatch", "--out", f.Runs]),
        Usage("a setting of nothing but a value", ["'=3' is no setting", "KEY=VALUE"], f => ["set", "=3", "--out", f.Runs]),
        Usage("a setting with an empty value", ["'mirror=' is no setting"], f => ["set", "mirror=", "--out", f.Runs]),
        Usage("a setting of too many parts", ["'minibatch.16.8' is no key"], f => ["set", "minibatch.16.8=4", "--out", f.Runs]),
        Usage("a setting with a hole in its key", ["'minibatch.' is no key"], f => ["set", "minibatch.=4", "--out", f.Runs]),
        Usage("a setting twice", ["mirror is said twice"], f => ["set", "mirror=on", "mirror=off", "--out", f.Runs]),
        Usage("a table as a whole and by its entries", ["minibatch is said twice", "minibatch.default"], f => ["set", "minibatch.16=8", "minibatch=4", "--out", f.Runs]),
        Usage("no setting", ["set"], _ => ["set"]),
        Usage("seeds and a count to draw", ["--seeds names every image"], f => ["draw", "--seeds", "1-3", "--count", "3", "--out", f.Runs]),
        Usage("seeds to draw that are none", ["no list of seeds"], f => ["draw", "--seeds", "lucky", "--out", f.Runs]),
        Usage("an option of another verb", ["no option '--force'"], f => ["pause", "--force", "--out", f.Runs]),
        Usage("completion for no shell", ["no completion for 'cmd'", "bash, zsh, fish, pwsh"], _ => ["completion", "cmd"]),
    ];

    private static BadInput Usage(string name, string[] says, Func<InputFolder, string[]> type) => new(name, ExitCodes.Usage, says, type);

    /// <summary>A folder of one run with such an endpoint file.</summary>
    private static string Run(InputFolder folder, string endpoint)
    {
        folder.Write("runs/00000-a/options.json", "{}");
        folder.Write("runs/00000-a/endpoint.json", endpoint);
        folder.Write("runs/00000-a/lock", """{"pid": 1, "machine": "another", "started": "2026-01-31T12:00:00Z", "token": "a"}""");
        return folder.Runs;
    }
}
