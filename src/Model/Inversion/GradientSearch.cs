using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Adam on several latents side by side; each has its own moments, so that none feels another.</summary>
internal static class GradientSearch
{
    private const string Name = "z";

    private const double Beta1 = 0.9;

    private const double Beta2 = 0.99;

    private const double Epsilon = 1e-8;

    /// <summary>Uses up what is left of the budget, the last step to value what the last update made.</summary>
    public static void Run(InversionSearch search, IReadOnlyList<Candidate> starts)
    {
        int[] classes = [.. starts.Select(s => s.Class)];
        int updates = (int)(search.Left / starts.Count) - 1;
        using var all = NewDisposeScope();
        Tensor z = search.Stack(starts);                                  // [N, L]
        using Adam adam = new([(Name, z)], Beta1, Beta2, Epsilon);
        for (int update = 0; update < updates; update++)
        {
            using var scope = NewDisposeScope();
            Tensor gradient = search.Differentiate(z, classes);          // [N, L]
            search.LearningRate = search.Options.LearningRateAt(update, updates);

            // Where an image is not finite, the others go on.
            adam.Step([Name], [gradient.nan_to_num(0, 0, 0)], search.LearningRate.Value);
            z.copy_(search.Project(z));
        }
        search.Evaluate(z, classes);
    }
}
