namespace Pggan.Host;

/// <summary>
/// The rows of the paper's Table 1, which begins with the networks and numbers of Gulrajani et al. 2017 and adds what is the paper's own, one thing a row. The
/// numbers are those of its Theano code (config.py, section 6.1), none of them scaled. That code has no row (h); the paper calls it networks of full
/// capacity that are trained longer.
/// </summary>
internal static class Table1
{
    private const string Prefix = "table1-";
    private const int Resolution = 128;
    private const int FmapBase = 2048;              // a quarter of the paper's other networks
    private const int ConvergedFmapBase = 8192;
    private const double ConvergedKimg = 15000;     // the code's usual total
    private const int Minibatch = 16;
    private const int LargeMinibatch = 64;
    private const int Kernels = 100;
    private const double SlowRate = 0.0001;
    private const int Critics = 5;                  // D steps a G step
    private const double KeptAGroup = 0.999;

    private static readonly Dictionary<int, double> Ticks = new() { [32] = 20, [64] = 10, [128] = 10, [256] = 5, [512] = 2, [1024] = 1 };

    /// <summary>A row from the one that it changes: the table read from its end.</summary>
    private static readonly (string Name, string? From, Func<RunOptions, RunOptions> Change)[] Rows =
    [
        ("g", null, o => o),
        ("h", "g", o => o with { FmapBase = ConvergedFmapBase, TotalKimg = ConvergedKimg }),
        ("f", "g", o => o with { PixelNorm = false }),
        ("e", "f", o => o with { EqualizedLearningRate = false, GLearningRate = new(SlowRate), DLearningRate = new(SlowRate) }),
        ("e-star", "e", o => o with { StddevGroup = 1, DiscriminationKernels = Kernels }),
        ("d", "e", o => o with { StddevGroup = 1 }),

        // The average is of 0.999^5 after each step of G, and in larger minibatches of 0.999^20. Here each step of D has its fifth root.
        ("c", "d", o => o with
        {
            DiscriminatorRepeats = Critics,
            Beta2 = 0.9,
            EmaBeta = KeptAGroup,
            Drift = 0,
            Latent = 128,
            NormalizeLatents = false,
            LeakyRelu = false,
            BatchNorm = true,
            LayerNorm = true,
            TanhOutput = true,
        }),
        ("b", "c", o => o with { Minibatch = new(LargeMinibatch), EmaBeta = Math.Pow(KeptAGroup, LargeMinibatch / Minibatch) }),
        ("a", "b", o => o with { InitialResolution = o.Resolution }),
    ];

    /// <summary>Names of the presets.</summary>
    public static IEnumerable<string> Names => Rows.Select(row => Prefix + row.Name).Order(StringComparer.Ordinal);

    /// <summary>The options of one, or null where there is none of this name.</summary>
    /// <param name="name">Of a preset.</param>
    /// <param name="common">What is of the machine and the dataset.</param>
    /// <param name="wishes">What the user fixed.</param>
    public static RunOptions? Of(string name, RunOptions common, PresetWishes wishes)
    {
        if (!Names.Contains(name))
            return null;
        (_, string? from, Func<RunOptions, RunOptions> change) = Rows.Single(row => Prefix + row.Name == name);
        return change(from is null ? Last(common, wishes) : Of(Prefix + from, common, wishes)!);
    }

    /// <summary>Row (g), the last one of the study.</summary>
    private static RunOptions Last(RunOptions common, PresetWishes wishes) => common with
    {
        Resolution = wishes.Resolution ?? Resolution,
        FmapBase = FmapBase,
        FusedScale = false,
        StddevGroup = Minibatch, // all of it
        Minibatch = new(Minibatch),
        MinibatchRepeats = 1,
        TrainKimg = 800,
        FadeKimg = 800,
        TotalKimg = 10000,
        TickKimg = new(50, Ticks),
        SnapshotEveryTicks = 4,
        CheckpointEveryTicks = 40,

        // A row that goes wrong is a result, as (c) is: it is not begun again.
        DivergedAfterExploded = 0,
        DivergedAfterCollapsed = 0,
    };
}
