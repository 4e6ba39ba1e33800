using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Every random draw of a training, each a function of (seed, purpose, images seen). Nothing is carried from one draw to the
/// next, so a resumed run draws what the uninterrupted one would have drawn.
/// </summary>
public static class Chance
{
    /// <summary>Seed of a run's noise after so many rollbacks; without any it is the run's own.</summary>
    public static long After(int rollbacks, long seed) =>
        rollbacks == 0 ? seed : unchecked((long)Mix(seed, Purpose.Rollback, rollbacks));

    /// <summary>Standard normal numbers [count, size] on the CPU.</summary>
    public static Tensor Normal(long count, long size, long seed, Purpose purpose, long images)
    {
        using torch.Generator generator = GeneratorFor(seed, purpose, images);
        return randn([count, size], generator: generator);
    }

    /// <summary>Uniform numbers in [0, 1), [count, 1, 1, 1] on the CPU.</summary>
    public static Tensor Uniform(long count, long seed, Purpose purpose, long images)
    {
        using torch.Generator generator = GeneratorFor(seed, purpose, images);
        return rand([count, 1, 1, 1], generator: generator);
    }

    /// <summary>Integers from 0 to <paramref name="limit"/> - 1.</summary>
    public static long[] Integers(int count, long limit, long seed, Purpose purpose, long images)
    {
        using torch.Generator generator = GeneratorFor(seed, purpose, images);
        using Tensor draws = randint(0, limit, new long[] { count }, dtype: ScalarType.Int64, generator: generator);
        return draws.data<long>().ToArray();
    }

    /// <summary>The numbers 0 to <paramref name="count"/> - 1 in a random order.</summary>
    public static int[] Order(int count, long seed, Purpose purpose, long images)
    {
        using torch.Generator generator = GeneratorFor(seed, purpose, images);
        using Tensor order = randperm(count, dtype: ScalarType.Int32, generator: generator);
        return order.data<int>().ToArray();
    }

    /// <summary>Draws every weight of a network from N(0, 1), in the order of their names' registration; biases stay zero.</summary>
    /// <param name="network">The network.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="number">Tells the networks of one run apart.</param>
    /// <param name="purpose">What kind of run it is.</param>
    internal static void DrawWeights(nn.Module network, long seed, int number, Purpose purpose = Purpose.Weights)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        using torch.Generator generator = GeneratorFor(seed, purpose, number);
        foreach (var (name, parameter) in network.named_parameters())
        {
            if (name.EndsWith("weight", StringComparison.Ordinal))
                parameter.normal_(0, 1, generator);
        }
    }

    private static torch.Generator GeneratorFor(long seed, Purpose purpose, long images) =>
        new(Mix(seed, purpose, images), torch.CPU);

    /// <summary>SplitMix64 over the three numbers: neighbouring inputs give unrelated seeds.</summary>
    private static ulong Mix(long seed, Purpose purpose, long images)
    {
        ulong state = Scramble(unchecked((ulong)seed));
        state = Scramble(state ^ (ulong)purpose);
        return Scramble(state ^ unchecked((ulong)images));
    }

    private static ulong Scramble(ulong x)
    {
        x = unchecked(x + 0x9E3779B97F4A7C15);
        x = unchecked((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9);
        x = unchecked((x ^ (x >> 27)) * 0x94D049BB133111EB);
        return x ^ (x >> 31);
    }
}
