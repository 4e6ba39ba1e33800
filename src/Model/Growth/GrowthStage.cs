namespace Pggan.Model;

/// <summary>
/// How far the networks have grown: all that a forward pass needs to know.
/// </summary>
/// <param name="Resolution">Side of the newest block's images, in pixels (a power of two, at least 4).</param>
/// <param name="Alpha">Weight of the newest block against the one below it, from 0 (old path only) to 1 (fully grown).</param>
/// <remarks>The reference counts the other way round, from the final resolution: lod = log2(final) - log2(Resolution) + (1 - Alpha).</remarks>
public readonly record struct GrowthStage(int Resolution, double Alpha)
{
    /// <summary>True while the newest block is being blended in.</summary>
    public bool IsFading => Alpha < 1;

    /// <summary>The stage at which <paramref name="resolution"/> is fully grown.</summary>
    public static GrowthStage Grown(int resolution) => new(resolution, 1);
}
