namespace Pggan.Actors;

/// <summary>The actors of a run as a tree, with what was heard of each.</summary>
internal sealed class ActorRoll(TimeProvider time)
{
    public const string Pipeline = "pipeline";

    private const string Root = "training";

    private sealed class Entry
    {
        public string State { get; set; } = "running";

        public string? Error { get; set; }

        public DateTimeOffset? ErrorAt { get; set; }
    }

    private readonly List<(string Name, string? Parent)> _tree = [(Root, null)];
    private readonly Dictionary<string, Entry> _entries = [];

    /// <summary>Makes the tree of a run with so many stages.</summary>
    public void Expect(int readers, int downsamplers, bool evaluates)
    {
        _tree.AddRange([
            (Pipeline, Root),
            .. Enumerable.Range(0, readers).Select(i => ($"reader-{i}", (string?)Pipeline)),
            .. Enumerable.Range(0, downsamplers).Select(i => ($"downsampler-{i}", (string?)Pipeline)),
            ("batcher", Pipeline), ("trainer", Root), ("checkpoint", Root), ("sampler", Root), ("runlog", Root),
        ]);
        if (evaluates)
            _tree.Add(("evaluator", Root));
        foreach (var (name, parent) in _tree)
        {
            if (name == Pipeline || parent == Pipeline)
                Of(name).State = "starting";
        }
    }

    /// <summary>It runs, for the first time or again.</summary>
    public void Run(string name) => Of(name).State = "running";

    /// <summary>It failed and is being restarted.</summary>
    public void Fail(string name, string error)
    {
        var entry = Of(name);
        (entry.State, entry.Error, entry.ErrorAt) = ("restarting", error, time.GetUtcNow());
    }

    /// <summary>It is gone for good.</summary>
    public void Stop(string name) => Of(name).State = "stopped";

    /// <summary>All of them, parents before children.</summary>
    /// <param name="run">State of the run, which is the root's and the trainer's.</param>
    /// <param name="released">The trainer has released the device.</param>
    /// <param name="restarts">By name.</param>
    public IReadOnlyList<ActorStatus> List(RunState run, bool released, IReadOnlyDictionary<string, int> restarts)
    {
        var over = run is RunState.Completed or RunState.Stopped or RunState.Failed;
        var training = run is RunState.Training ? "running" : run.ToString().ToLowerInvariant();
        return [.. _tree.Select(actor =>
        {
            var entry = Of(actor.Name);
            var state = actor.Name switch
            {
                Root => training,
                _ when over => "stopped",
                "trainer" when run != RunState.Starting => released ? "released" : training,
                "trainer" => entry.Error is null ? "starting" : "restarting",
                _ => entry.State,
            };
            return new ActorStatus(actor.Name, actor.Parent, state, restarts.GetValueOrDefault(actor.Name), entry.Error, entry.ErrorAt);
        })];
    }

    private Entry Of(string name) => _entries.TryGetValue(name, out var entry) ? entry : _entries[name] = new Entry();
}
