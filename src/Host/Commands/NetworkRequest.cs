using Pggan.Model;

namespace Pggan.Host;

/// <summary>What the command line says about the network to draw with.</summary>
internal sealed record NetworkRequest
{
    /// <summary>Checkpoint folder, run or safetensors file.</summary>
    public required string Network { get; init; }

    /// <summary>Resolution to draw at; null = as far as the network has grown.</summary>
    public int? Resolution { get; init; }

    /// <summary>Weight of the newest block; null = as far as it has faded in.</summary>
    public double? Alpha { get; init; }

    /// <summary>G instead of its average.</summary>
    public bool Raw { get; init; }

    /// <summary>Device to draw on.</summary>
    public required string Device { get; init; }

    /// <summary>What the network computes with.</summary>
    public Precision Precision { get; init; }
}
