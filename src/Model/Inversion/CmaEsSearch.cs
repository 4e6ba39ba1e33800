using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>CMA-ES from the best draw; where it has converged before its time, again from the next best.</summary>
internal static class CmaEsSearch
{
    /// <summary>In units of a latent's component.</summary>
    private const double FirstStep = 0.5;

    /// <summary>A spread that no image shows.</summary>
    private const double Converged = 1e-4;

    /// <summary>Uses up what is left of the budget, but for less than a generation.</summary>
    public static void Run(InversionSearch search, IReadOnlyList<Candidate> starts)
    {
        for (int next = 0; search.Left >= CmaEs.PopulationOf(starts[0].Latent.Length); next++)
        {
            Candidate start = starts[next % starts.Count];
            using CmaEs strategy = new([.. start.Latent.Select(v => (double)v)], FirstStep);
            int[] classes = [.. Enumerable.Repeat(start.Class, strategy.Population)];
            while (strategy.Spread > Converged && !strategy.IsDegenerate && search.Left >= strategy.Population)
            {
                using var scope = NewDisposeScope();
                Tensor points = strategy.Ask(search.Normal(strategy.Population));
                strategy.Tell(search.Evaluate(search.ToDevice(points), classes));
            }
        }
    }
}
