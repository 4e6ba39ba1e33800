namespace Pggan.Model;

/// <summary>A latent that was looked at.</summary>
/// <param name="Latent">[L].</param>
/// <param name="Class">Its label's number among those that are tried; -1 for an unconditional network.</param>
/// <param name="Loss">Infinite where the network's image is not finite.</param>
internal sealed record Candidate(float[] Latent, int Class, double Loss)
{
    /// <summary>
    /// Those to proceed from: the best of each class, as far as the best classes go, then the best of the others. No class is passed over
    /// because another has many good latents.
    /// </summary>
    public static List<Candidate> Choose(IEnumerable<Candidate> all, int count) => [.. Ranked([.. all], count).Take(count)];

    /// <summary>Fewer of them, of which <see cref="Choose"/> chooses the same.</summary>
    public static List<Candidate> Prune(IEnumerable<Candidate> all, int count) => Ranked([.. all], count);

    private static List<Candidate> Ranked(List<Candidate> all, int count)
    {
        List<Candidate> leaders = [.. all.GroupBy(c => c.Class).Select(g => g.MinBy(c => c.Loss)!).OrderBy(c => c.Loss).Take(count)];
        HashSet<Candidate> led = new(leaders, ReferenceEqualityComparer.Instance);
        return [.. leaders, .. all.Where(c => !led.Contains(c)).OrderBy(c => c.Loss).Take(count)];
    }
}
