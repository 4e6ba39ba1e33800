namespace Pggan.Host;

/// <summary>What the command line of sample asks for.</summary>
internal sealed record SampleRequest
{
    /// <summary>What draws.</summary>
    public required NetworkRequest Network { get; init; }

    /// <summary>Seeds as typed.</summary>
    public required string Seeds { get; init; }

    /// <summary>A safetensors file with tensor z and perhaps labels; null = by seeds.</summary>
    public string? Latents { get; init; }

    /// <summary>Class of all images, or classes in turn, as typed; null = none.</summary>
    public string? Class { get; init; }

    /// <summary>Psi, from 0 to 1; 1 = none.</summary>
    public double Truncation { get; init; } = 1;

    /// <summary>Columns and rows as typed, 8x4; null = no grid.</summary>
    public string? Grid { get; init; }

    /// <summary>Folder, .zip, .png or .safetensors.</summary>
    public required string Out { get; init; }
}
