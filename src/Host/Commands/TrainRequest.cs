namespace Pggan.Host;

/// <summary>What the command line of train asks for.</summary>
internal sealed record TrainRequest
{
    /// <summary>Options given, by their key in the options document.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Values { get; init; } = [];

    /// <summary>A configuration file; null = none.</summary>
    public string? Config { get; init; }

    /// <summary>--set key=value, in order.</summary>
    public IReadOnlyList<string> Sets { get; init; } = [];

    /// <summary>Keys of the options document that the command line itself gives.</summary>
    public IReadOnlySet<string> GivenKeys => Values.Select(v => v.Key).Concat(Sets.Select(s => s.Split('=')[0])).ToHashSet();

    /// <summary>Continue a run.</summary>
    public bool Resume { get; init; }

    /// <summary>Which; null = the newest.</summary>
    public string? ResumeRun { get; init; }

    /// <summary>Where the dashboard is served; null = nowhere.</summary>
    public ServerOptions? Server { get; init; }

    /// <summary>Print and create nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>Try everything once and keep nothing.</summary>
    public bool Smoke { get; init; }
}
