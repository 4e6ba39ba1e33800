using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Where latents are searched: for a network that normalises them, among those of mean square 1, which is where random ones lie. A label that
/// is normalised with the latent makes the latent's length count, and there it is free.
/// </summary>
internal static class LatentSphere
{
    /// <summary>True when the network's image does not depend on the length of a latent.</summary>
    public static bool Holds(NetworkArchitecture architecture) => architecture.LatentsAreDirections;

    /// <summary>The latents [N, L] stretched to length sqrt(L) where it does not matter, else as they are.</summary>
    public static Tensor Project(Tensor z, NetworkArchitecture architecture)
    {
        if (!Holds(architecture))
            return z.alias();
        Tensor length = (z * z).sum(1, keepdim: true).sqrt();             // [N, 1]
        return z / length.Times(1 / Math.Sqrt(architecture.Latents));
    }

    /// <summary>Half the mean square of each latent, [N]: the negative logarithm of its density by its size. 0 on the sphere, where all are alike.</summary>
    public static Tensor Prior(Tensor z, NetworkArchitecture architecture) => Holds(architecture)
        ? zeros(z.shape[0], device: z.device)
        : (z * z).mean([1L]).Times(0.5);
}
