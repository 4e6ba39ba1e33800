using Pggan.Model;

namespace Pggan.Host;

/// <summary>What the command line of invert asks for.</summary>
internal sealed record InvertRequest
{
    /// <summary>Checkpoint folder, run or safetensors file.</summary>
    public required string Network { get; init; }

    /// <summary>The images, each searched for by itself.</summary>
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>How they are searched for.</summary>
    public required InversionOptions Options { get; init; }

    /// <summary>Class of the images as typed; null = none.</summary>
    public string? Class { get; init; }

    /// <summary>Resolution to search at; null = as far as the network has grown.</summary>
    public int? Resolution { get; init; }

    /// <summary>G instead of its average.</summary>
    public bool Raw { get; init; }

    /// <summary>Images of the way from the first latent to the second, both included; null = no way.</summary>
    public int? Walk { get; init; }

    /// <summary>File of a network whose features are compared; null = pixels alone are.</summary>
    public string? Features { get; init; }

    /// <summary>Folder for what is found.</summary>
    public required string Out { get; init; }

    /// <summary>Device to search on.</summary>
    public required string Device { get; init; }

    /// <summary>Print the result for a program, and nothing else.</summary>
    public bool Json { get; init; }
}
