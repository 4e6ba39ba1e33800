namespace Pggan.Model;

/// <summary>
/// Pulls the lengths of latents toward the mean length of a normal latent: psi 1 leaves them as they are, psi 0 gives all of them that length.
/// </summary>
/// <remarks>
/// StyleGAN truncates toward the mean of W, the learned space behind its mapping network. A progressive GAN has no such space, and the centre of
/// its latents, 0, is no typical latent: nearly all of them lie close to one sphere, and a network that normalises its latents sees their
/// directions alone. So there is nothing to be gained toward a centre; what remains is the length.
/// </remarks>
public static class Truncation
{
    /// <summary>
    /// False where lengths mean nothing: the network scales its latents to one length itself. Where it scales labels with them a
    /// longer latent leaves less to the label.
    /// </summary>
    public static bool Matters(NetworkArchitecture architecture)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        return !architecture.LatentsAreDirections;
    }

    /// <summary>Mean length of a vector of N(0, 1): sqrt(2) * Gamma((L + 1) / 2) / Gamma(L / 2).</summary>
    /// <param name="size">L, at least 1.</param>
    public static double MeanLength(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);

        // By Gamma(x + 1) = x * Gamma(x), the mean m of L + 1 components is L / m of L.
        double mean = Math.Sqrt(2 / Math.PI);
        for (int l = 1; l < size; l++)
            mean = l / mean;
        return mean;
    }

    /// <summary>The latents with the length mean + psi * (length - mean), each in its own direction; one of length 0 has none, and stays.</summary>
    /// <param name="latents">[N, L].</param>
    /// <param name="psi">From 0 to 1.</param>
    public static HostTensor Apply(HostTensor latents, double psi)
    {
        ArgumentNullException.ThrowIfNull(latents);
        ArgumentOutOfRangeException.ThrowIfNegative(psi);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(psi, 1);
        if (psi == 1)
            return latents;
        int size = (int)latents.Shape[1];
        double mean = MeanLength(size);
        float[] data = [.. latents.Data];
        for (int first = 0; first < data.Length; first += size)
        {
            Span<float> z = data.AsSpan(first, size);
            double length = Length(z);
            if (length == 0)
                continue;
            double scale = (mean + psi * (length - mean)) / length;
            foreach (ref float component in z)
                component = (float)(component * scale);
        }
        return new HostTensor(latents.Shape, data);
    }

    private static double Length(ReadOnlySpan<float> z)
    {
        double sum = 0;
        foreach (float component in z)
            sum += (double)component * component;
        return Math.Sqrt(sum);
    }
}
