namespace Pggan.Host.Tests;

/// <summary>Options of pggan train that can't be.</summary>
internal static class BadOptions
{
    public static IEnumerable<BadInput> All { get; } =
    [
        Usage("an unknown option", ["no option '--resoltion'", "Did you mean '--resolution'?", "--help"], "--resoltion", "8"),
        Usage("an unknown option with a value behind an equals sign", ["no option '--sed'", "Did you mean '--seed'?"], "--sed=4"),
        Usage("an unknown key", ["no option 'minibach' in --set", "Did you mean 'minibatch'?"], "--set", "minibach=4"),
        Usage("a key without a value", ["--set seed", "--set key=value"], "--set", "seed"),
        Usage("a set of nothing but a value", ["--set =4", "--set key=value"], "--set", "=4"),
        Usage("a resolution of a key that has none", ["'seed.8' is no key", "minibatch.16=64"], "--set", "seed.8=4"),
        Usage("a table's entry that is no resolution", ["'minibatch.big' is no key", "minibatch.16=64"], "--set", "minibatch.big=4"),
        Usage("resolution 48", ["resolution 48", "power of two from 4 to"], "--resolution", "48"),
        Usage("resolution 8192", ["resolution 8192", "power of two from 4 to"], "--resolution", "8192"),
        Usage("resolution 0", ["resolution 0", "power of two from 4 to"], "--resolution", "0"),
        Usage("resolution -4", ["resolution -4", "power of two from 4 to"], "--resolution", "-4"),
        Usage("resolution of 2 to the power of 31", ["resolution", "2147483648", "a whole number"], "--resolution", "2147483648"),
        Usage("an initial resolution above the final one", ["initial", "16", "8"], "--resolution", "8", "--initial-resolution", "16"),
        Usage("an initial resolution that is no power of two", ["initial", "6", "power of two"], "--resolution", "8", "--initial-resolution", "6"),
        Usage("minibatch 0", ["minibatch", "0", "at least 1"], "--minibatch", "0"),
        Usage("minibatch -16", ["minibatch", "-16", "at least 1"], "--minibatch", "-16"),
        Usage("a minibatch that the stddev group does not divide", ["minibatch 6", "stddev group 4", "change one of them"], "--minibatch", "6"),
        Usage("a minibatch beyond all numbers", ["minibatch", "99999999999", "a whole number"], "--minibatch", "99999999999"),
        Usage("learning rate 0", ["learning rate", "0"], "--set", "g_learning_rate=0"),
        Usage("learning rate NaN", ["g_learning_rate", "NaN", "a number"], "--set", "g_learning_rate=NaN"),
        Usage("learning rate 1e9", ["learning rate", "1000000000"], "--set", "d_learning_rate=1e9"),
        Usage("learning rate 1e999", ["discriminator learning rate", "at most 1"], "--set", "d_learning_rate=1e999"),
        Usage("a negative number of kimg", ["train", "kimg", "-5", "at least 0"], "--train-kimg", "-5"),
        Usage("a negative total", ["total", "kimg", "-1"], "--total-kimg", "-1"),
        Usage("a total beyond counting", ["total", "kimg"], "--total-kimg", "1e300"),
        Usage("a seed that is a word", ["'seed'", "\"lucky\"", "a whole number"], "--seed", "lucky"),
        Usage("a seed with a fraction", ["'seed'", "1.5", "a whole number"], "--seed", "1.5"),
        Usage("feature maps of 0", ["fmap max 0", "from 1 to"], "--fmap-max", "0"),
        Usage("too few feature maps for the resolution", ["fmap base 2", "at least 2^"], "--fmap-base", "2"),
        Usage("latent -1", ["latent", "-1"], "--latent", "-1"),
        Usage("an unknown preset", ["no preset 'papr'", "Did you mean 'paper'?"], "--preset", "papr"),
        Usage("an unknown loss", ["\"hinge\"", "one of wgan-gp, lsgan, logistic"], "--loss", "hinge"),
        Usage("an unknown device", ["device 'tpu' is unknown", "auto, cpu, cuda or cuda:N"], "--device", "tpu"),
        Usage("a device of a negative number", ["device 'cuda:-1' is unknown", "cuda:N"], "--device", "cuda:-1"),
        Usage("a device that this machine lacks", ["device 'cuda:99'", "CUDA"], "--device", "cuda:99"),
        Usage("an unknown precision", ["--precision fp8", "fp32 only", "leave the option out"], "--precision", "fp8"),
        Usage("unknown labels", ["\"some\"", "one of auto, on, off"], "--labels", "some"),
        Usage("labels of a dataset without", ["--labels on", "has no labels", "subfolder"], "--labels", "on"),
        Usage("an empty name of a run", ["--name is empty"], "--name", ""),
        Usage("a name of a run that leads elsewhere", ["name '../elsewhere'", "no name of a folder"], "--name", "../elsewhere"),
        Usage("a name of a run with a line break", ["name", "no name of a folder"], "--name", "a\nb"),
        Usage("an empty dataset", ["--data is empty"], "--data", ""),
        Usage("a path with a zero byte", ["'data' is no path"], "--set", "data=a\0b"),
        Usage("a colour that is none", ["'blue' is no colour", "#FFFFFF"], "--set", "background=blue"),
        Usage("a switch that is no switch", ["'mirror'", "true or false"], "--set", "mirror=perhaps"),
        Usage("an option twice", ["--seed", "single argument", "--help"], "--seed", "1", "--seed", "2"),
        Usage("an option without its value", ["--seed"], "--seed"),
        Usage("a dry run and a smoke test at once", ["--dry-run", "--smoke", "one of them"], "--dry-run", "--smoke"),
        Usage("the run's start and its continuation at once", ["--resume", "--init-from", "leave one out"], "--resume", "--init-from", "nowhere"),
        Usage("an unknown command", ["no command 'trian'", "Did you mean 'train'?"], ["trian"], plain: true),
        Usage("a word behind a command", ["'again'"], ["train", "again"], plain: true),
        Usage("readers of 0", ["0 readers", "at least 1"], "--set", "readers=0"),
        Usage("a cache of less than nothing", ["cache_mib -1", "at least 0"], "--set", "cache_mib=-1"),
        Usage("two channels", ["channels", "1 or 3"], "--set", "channels=2"),

        Usage("a training that continues nothing", ["no run to resume", "--out"], "--resume"),
        Usage("a training that continues a run by a number that is none", ["no run '7'"], "--resume", "7"),
        new("a training that continues a file", ExitCodes.Usage, ["no run", "notes.txt"],
            f => ["train", "--out", f.Runs, "--resume", f.Write("notes.txt", "notes")]),
        new("a training that continues a folder that is no run", ExitCodes.Usage, ["no run", "images"],
            f => ["train", "--out", f.Runs, "--resume", f.Images()]),
        new("a place for runs that is a file", ExitCodes.Usage, ["notes.txt", "--out"],
            f => ["train", "--data", f.Images(), "--minibatch", "4", "--out", f.Write("notes.txt", "notes")]),
        new("a place for runs inside a file", ExitCodes.Usage, ["notes.txt", "--out"],
            f => ["train", "--data", f.Images(), "--minibatch", "4", "--out", Path.Combine(f.Write("notes.txt", "notes"), "runs")]),
    ];

    /// <summary>A training on good images with such options.</summary>
    private static BadInput Usage(string name, string[] says, params string[] options) =>
        Usage(name, says, options, plain: false);

    private static BadInput Usage(string name, string[] says, string[] options, bool plain) => new(name, ExitCodes.Usage, says, f => plain
        ? options
        : ["train", .. options.Contains("--data") ? [] : (string[])["--data", f.Images()], "--out", f.Runs, .. options]);
}
