namespace Pggan.Host.Tests;

/// <summary>What pggan evaluate can't measure.</summary>
internal static class BadEvaluateInputs
{
    public static IEnumerable<BadInput> All { get; } =
    [
        Of("nothing to evaluate", ["Nothing to evaluate", "--network", "--fakes"], _ => []),
        Of("a run to evaluate that is none", ["no run '7' in", "There is none at all; 'pggan train' begins one."], f => ["7", "--runs", f.Runs]),
        Of("two things to evaluate", ["name one of them"], f => ["--network", f.Network(), "--fakes", f.Images(), "--reals", f.Images()]),
        Of("fakes alone", ["--reals DATA"], f => ["--fakes", f.Images()]),
        Of("a network that no run has made", ["does not tell what it is to be compared with", "--reals"], f => ["--network", f.Network()]),
        Of("a metric that there is not", ["no metric 'fidd'", "swd, msssim, fid"], f => [.. Network(f), "--metrics", "fidd"]),
        Of("no metric", ["--metrics names none", "swd, msssim"], f => [.. Network(f), "--metrics", ","]),
        Of("a metric without its network", ["needs a feature network", "--features"], f => [.. Network(f), "--metrics", "fid"]),
        Of("a feature network that is not there", ["--features", "nowhere.pt"], f => [.. Network(f), "--metrics", "fid", "--features", f["nowhere.pt"]]),
        Of("a feature network that is text", ["--features", "notes.pt"], f => [.. Network(f), "--metrics", "fid", "--features", f.Write("notes.pt", "notes")]),
        Of("images too small for a metric", ["--metrics: msssim", "8x8 pixels", "needs 16"], f => [.. Network(f), "--metrics", "msssim"]),
        Of("too few images to evaluate", ["--images 2", "from 4 to 1000000"], f => [.. Network(f), "--images", "2"]),
        Of("a resolution of a network to evaluate", ["--resolution is of two datasets"], f => [.. Network(f), "--resolution", "8"]),
        Of("a curve of a single network", ["--plot", "RUN"], f => [.. Network(f), "--plot", f["curve.png"]]),
        Of("neighbours of a dataset", ["--neighbours", "a network's samples"], f => ["--fakes", f.Images(), "--reals", f.Images(), "--neighbours", f["n.png"]]),
        Of("a run to evaluate without a checkpoint", ["has no checkpoint yet"], f => [Run(f)]),
        new("reals to evaluate with that are not there", ExitCodes.DataUnusable, ["nowhere"], f => ["evaluate", "--network", f.Network(), "--reals", f["nowhere"]]),
    ];

    private static string Run(InputFolder f)
    {
        string run = Path.GetDirectoryName(f.Write("run/options.json", "{}"))!;
        Directory.CreateDirectory(Path.Combine(run, RunDirectory.CheckpointFolder));
        return run;
    }

    private static string[] Network(InputFolder f) => ["--network", f.Network(), "--reals", f.Images()];

    private static BadInput Of(string name, string[] says, Func<InputFolder, string[]> options) =>
        new(name, ExitCodes.Usage, says, f => ["evaluate", .. options(f)]);
}
