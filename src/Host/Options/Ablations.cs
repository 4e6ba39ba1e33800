namespace Pggan.Host;

/// <summary>The auto preset with one of the paper's choices undone, as in its Table 1 and the switches of the reference's config.py: what is that choice worth?</summary>
internal static class Ablations
{
    private const string Prefix = "ablation-no-";

    private static readonly Dictionary<string, Func<RunOptions, RunOptions>> Changes = new()
    {
        // As many images, all of them at full size.
        ["growing"] = o => o with { InitialResolution = o.Resolution },
        ["pixelnorm"] = o => o with { PixelNorm = false },
        ["equalized"] = o => o with { EqualizedLearningRate = false },
        ["stddev"] = o => o with { StddevGroup = 1 },

        // The average is a copy of G.
        ["smoothing"] = o => o with { EmaBeta = 0, EmaHalfLifeKimg = 0 },
        ["leakyrelu"] = o => o with { LeakyRelu = false },
        ["repeat"] = o => o with { MinibatchRepeats = 1 },
        ["reset"] = o => o with { ResetOptimizers = false },
    };

    /// <summary>Names of the presets.</summary>
    public static IEnumerable<string> Names => Changes.Keys.Select(what => Prefix + what);

    /// <summary>The options of one, or null where there is none of this name.</summary>
    /// <param name="name">Of a preset.</param>
    /// <param name="auto">The options that are changed.</param>
    public static RunOptions? Of(string name, RunOptions auto) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && Changes.TryGetValue(name[Prefix.Length..], out Func<RunOptions, RunOptions>? change) ? change(auto) : null;
}
