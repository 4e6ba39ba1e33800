namespace Pggan.Host;

/// <summary>What the command line of sample asks for.</summary>
internal sealed record SampleRequest
{
    /// <summary>Checkpoint folder, run or safetensors file.</summary>
    public required string Network { get; init; }

    /// <summary>Seeds as typed.</summary>
    public required string Seeds { get; init; }

    /// <summary>A safetensors file with tensor z and perhaps labels; null = by seeds.</summary>
    public string? Latents { get; init; }

    /// <summary>Class of all images; null = none.</summary>
    public int? Class { get; init; }

    /// <summary>Resolution to draw at; null = as far as the network has grown.</summary>
    public int? Resolution { get; init; }

    /// <summary>Weight of the newest block; null = as far as it has faded in.</summary>
    public double? Alpha { get; init; }

    /// <summary>G instead of its average.</summary>
    public bool Raw { get; init; }

    /// <summary>Columns and rows as typed, 8x4; null = no grid.</summary>
    public string? Grid { get; init; }

    /// <summary>Folder, .png or .safetensors.</summary>
    public required string Out { get; init; }

    /// <summary>Device to draw on.</summary>
    public required string Device { get; init; }
}
