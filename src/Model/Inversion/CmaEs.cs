using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Evolution strategy with covariance matrix adaptation as in Hansen, "The CMA Evolution Strategy: A Tutorial" (arXiv 1604.00772), with recombination by
/// positive weights, in double precision on the CPU: <see cref="Ask"/> for points, value them, <see cref="Tell"/> the values.
/// </summary>
/// <remarks>All chance is in the normal numbers that are handed in. Names in the margin are the tutorial's.</remarks>
internal sealed class CmaEs : IDisposable
{
    private const double WorstCondition = 1e14;

    private readonly int n;
    private readonly double mass, stepRate, stepDamping, pathRate, rankOne, rankMu, length; // mu_eff, c_sigma, d_sigma, c_c, c_1, c_mu, E|N(0, I)|
    private readonly Tensor weights;    // [mu], w
    private readonly Tensor mean;       // [n], m
    private readonly Tensor stepPath;   // [n], p_sigma
    private readonly Tensor path;       // [n], p_c
    private readonly Tensor covariance; // [n, n], C
    private readonly Tensor basis;      // [n, n], B: eigenvectors of C in columns
    private readonly Tensor scales;     // [n], D: roots of its eigenvalues
    private readonly Tensor steps;      // [lambda, n], y of the last Ask
    private double largest = 1, smallest = 1;
    private long generation, decomposed;

    /// <param name="start">Where the search begins.</param>
    /// <param name="step">Standard deviation of its first points in each direction: sigma.</param>
    /// <param name="population">Points of a generation; 0 = <see cref="PopulationOf"/>.</param>
    public CmaEs(double[] start, double step, int population = 0)
    {
        n = start.Length;
        Step = step;
        Population = population == 0 ? PopulationOf(n) : population;
        double[] raw = [.. Enumerable.Range(1, Population / 2).Select(i => Math.Log((Population + 1) / 2.0) - Math.Log(i))];
        double[] w = [.. raw.Select(x => x / raw.Sum())];
        mass = 1 / w.Sum(x => x * x);
        stepRate = (mass + 2) / (n + mass + 5);
        stepDamping = 1 + 2 * Math.Max(0, Math.Sqrt((mass - 1) / (n + 1)) - 1) + stepRate;
        pathRate = (4 + mass / n) / (n + 4 + 2 * mass / n);
        rankOne = 2 / ((n + 1.3) * (n + 1.3) + mass);
        rankMu = Math.Min(1 - rankOne, 2 * (0.25 + mass + 1 / mass - 2) / ((n + 2.0) * (n + 2) + mass));
        length = Math.Sqrt(n) * (1 - 1 / (4.0 * n) + 1 / (21.0 * n * n));
        weights = tensor(w).DetachFromDisposeScope();
        mean = tensor(start).DetachFromDisposeScope();
        stepPath = zeros(n, dtype: float64).DetachFromDisposeScope();
        path = zeros(n, dtype: float64).DetachFromDisposeScope();
        covariance = eye(n, dtype: float64).DetachFromDisposeScope();
        basis = eye(n, dtype: float64).DetachFromDisposeScope();
        scales = ones(n, dtype: float64).DetachFromDisposeScope();
        steps = zeros(Population, n, dtype: float64).DetachFromDisposeScope();
    }

    /// <summary>Points of a generation: lambda.</summary>
    public int Population { get; }

    /// <summary>sigma.</summary>
    public double Step { get; private set; }

    /// <summary>Standard deviation of the points in the direction in which they spread most.</summary>
    public double Spread => Step * largest;

    /// <summary>True when C has grown so flat that its small eigenvalues are rounding errors.</summary>
    public bool IsDegenerate => largest * largest > WorstCondition * smallest * smallest || !double.IsFinite(Step);

    /// <summary>The tutorial's number of points for n components.</summary>
    public static int PopulationOf(int n) => 4 + (int)(3 * Math.Log(n));

    /// <summary>Points to value, [lambda, n].</summary>
    /// <param name="normals">[lambda, n] drawn from N(0, 1).</param>
    public Tensor Ask(Tensor normals)
    {
        using var scope = NewDisposeScope();
        steps.copy_((normals.to(float64) * scales).matmul(basis.t()));   // y = B D z
        return (mean + steps.Times(Step)).MoveToOuterDisposeScope();     // x = m + sigma y
    }

    /// <summary>Takes the values of the points of the last <see cref="Ask"/>; the smaller, the better.</summary>
    public void Tell(IReadOnlyList<double> values)
    {
        using var scope = NewDisposeScope();
        long[] order = [.. Enumerable.Range(0, Population).OrderBy(i => double.IsNaN(values[i]) ? double.PositiveInfinity : values[i]).Select(i => (long)i)];
        Tensor best = steps.index_select(0, tensor(order[..(Population / 2)])); // [mu, n]
        Tensor move = weights.matmul(best);                              // <y>_w
        mean.copy_(mean + move.Times(Step));

        // The step grows while moves point one way, and shrinks while they undo each other.
        Tensor white = basis.matmul(basis.t().matmul(move) / scales);    // C^-1/2 <y>_w
        stepPath.copy_(stepPath.Times(1 - stepRate) + white.Times(Math.Sqrt(stepRate * (2 - stepRate) * mass)));
        generation++;
        double walked = stepPath.dot(stepPath).sqrt().item<double>();
        Step *= Math.Exp(stepRate / stepDamping * (walked / length - 1));

        // While the step has yet to grow, the path is not trusted with the covariance.
        bool isSteady = walked / Math.Sqrt(1 - Math.Pow(1 - stepRate, 2.0 * generation)) < (1.4 + 2 / (n + 1.0)) * length; // h_sigma
        path.copy_(path.Times(1 - pathRate) + move.Times(isSteady ? Math.Sqrt(pathRate * (2 - pathRate) * mass) : 0));
        double kept = 1 - rankOne - rankMu + (isSteady ? 0 : rankOne * pathRate * (2 - pathRate));
        covariance.copy_(covariance.Times(kept)
            + path.unsqueeze(1).matmul(path.unsqueeze(0)).Times(rankOne)
            + (best.t() * weights).matmul(best).Times(rankMu));

        // C changes by this share a generation: decomposing it more often would cost n^3 for nothing.
        if (generation - decomposed > 1 / ((rankOne + rankMu) * n * 10))
            Decompose();
    }

    public void Dispose()
    {
        foreach (Tensor state in new[] { weights, mean, stepPath, path, covariance, basis, scales, steps })
            state.Dispose();
    }

    private void Decompose()
    {
        decomposed = generation;
        covariance.copy_((covariance + covariance.t()).Times(0.5));
        (Tensor values, Tensor vectors) = linalg.eigh(covariance);       // ascending
        double[] roots = [.. values.data<double>().Select(v => Math.Sqrt(Math.Max(v, double.Epsilon)))];
        (smallest, largest) = (roots[0], roots[^1]);
        basis.copy_(vectors);
        scales.copy_(tensor(roots));
    }
}
