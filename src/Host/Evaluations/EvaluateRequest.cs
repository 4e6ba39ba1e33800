namespace Pggan.Host;

/// <summary>What the command line of evaluate asks for.</summary>
internal sealed record EvaluateRequest
{
    /// <summary>A run of which every checkpoint is measured; null = one network or one set of fakes.</summary>
    public string? Run { get; init; }

    /// <summary>Dataset of reals; null = that of the run.</summary>
    public string? Reals { get; init; }

    /// <summary>Dataset of fakes; null = a network's.</summary>
    public string? Fakes { get; init; }

    /// <summary>Checkpoint folder, run or safetensors file.</summary>
    public string? Network { get; init; }

    /// <summary>Names of the metrics with commas between.</summary>
    public required string Metrics { get; init; }

    /// <summary>File of the feature network.</summary>
    public string? Features { get; init; }

    /// <summary>The most images a side; null = the reals' number, and at most <see cref="EvaluateRun.MostImages"/>.</summary>
    public int? Images { get; init; }

    /// <summary>Seed of every draw.</summary>
    public long Seed { get; init; }

    /// <summary>Size of the images of two datasets, as typed; null = the largest that both have.</summary>
    public string? Size { get; init; }

    /// <summary>G instead of its average.</summary>
    public bool Raw { get; init; }

    /// <summary>Device to compute on.</summary>
    public required string Device { get; init; }

    /// <summary>A .png or .svg for the curve of a run; null = none.</summary>
    public string? Plot { get; init; }

    /// <summary>A .png for samples beside the reals nearest to them; null = none.</summary>
    public string? Neighbours { get; init; }

    /// <summary>For programs.</summary>
    public bool Json { get; init; }
}
