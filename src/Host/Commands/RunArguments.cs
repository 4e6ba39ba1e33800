using System.CommandLine;

namespace Pggan.Host;

/// <summary>The options that decide a run, for every command that plans one.</summary>
internal sealed class RunArguments
{
    /// <summary>Options that are keys of the options document, under the same name but for <see cref="KeyOf"/>'s exception.</summary>
    private static readonly (string Name, string Argument, string Description)[] Plain =
    [
        ("--data", "PATH", "Folder, zip, tar, Parquet, LMDB, CIFAR or another of docs/datasets.md; fluent-portraits (embedded); synthetic."),
        ("--out", "DIR", "Folder of the runs (runs)."),
        ("--name", "NAME", "Name of the run after its number (dataset and resolution)."),
        ("--resolution", "N|WxH", "Final resolution in pixels: a power of two, or width and height, as in 64x96."),
        ("--initial-resolution", "N", "Resolution to begin with (4)."),
        ("--train-kimg", "K", "Thousands of images of each stabilise phase (by the preset)."),
        ("--fade-kimg", "K", "Thousands of images of each fade-in (by the preset)."),
        ("--total-kimg", "K", "Thousands of images of the whole run (by the preset)."),
        ("--minibatch", "N", "Images a step, at every resolution (by the preset); for one: --set minibatch.16=64."),
        ("--fmap-base", "N", "Feature maps are N / 2^stage, at most --fmap-max (by the preset)."),
        ("--fmap-max", "N", "Most feature maps of a layer (by the preset)."),
        ("--latent", "N", "Components of the latent (by the preset; 0 = as many as the first feature maps)."),
        ("--loss", "LOSS", "wgan-gp, lsgan, lsgan-nash, dcgan (cross-entropy) or logistic (wgan-gp where the preset says no other)."),
        ("--labels", "MODE", "auto (the usual one: not used, but told of), on (a conditional network) or off."),
        ("--seed", "S", "Seed of every draw (1000)."),
        ("--device", "DEVICE", "auto (the usual one: a GPU where there is one), cpu, cuda, cuda:N, or several that share each minibatch: cuda:0,1 or cuda:all."),
        ("--precision", "PRECISION", "fp32 (the usual one); bf16 or fp16 compute the networks in 16 bits, fp16 with a scaled loss."),
        ("--preset", "PRESET", $"Where defaults come from (auto): {string.Join(", ", Presets.Names)}."),
        ("--keep", "N", "Checkpoints to keep: the last N (5; 0 = all), one per resolution, and the best by --keep-best."),
        ("--keep-best", "METRIC", "Keep the best checkpoint by a metric too (the first of --metrics): RUN/metric-METRIC.jsonl has lines of images and METRIC."),
        ("--metrics", "LIST", "What is measured of each checkpoint beside the training, as in swd,msssim, or none (swd with the preset auto from 16 to 256 px)."),
        ("--features", "FILE", "Feature network of fid, kid, is (Inception, TorchScript) or of frechet, precision, recall, …."),
        ("--init-from", "FILE", "A checkpoint, a run (by its path, number or name), a .safetensors, or another program's .pkl or .pth, whose networks to begin with."),
    ];

    private readonly Option<string>[] _plain = [.. Plain.Select(o => new Option<string>(o.Name, o.Name == "--out" ? ["--runs"] : []) { Description = o.Description, HelpName = o.Argument })];
    private readonly Option<bool> _mirror = new("--mirror") { Description = "Flip images left to right with a chance of one half (off; on for the embedded portraits)." };
    private readonly Option<string> _config = new("--config") { Description = "Options from a file such as a run's options.json.", HelpName = "FILE.json" };
    private readonly Option<string[]> _set = new("--set") { Description = "Any key of options.json; may be repeated.", HelpName = "KEY=VALUE" };

    /// <summary>Adds them to a command.</summary>
    public RunArguments(Command command)
    {
        foreach (Option option in (Option[])[.. _plain, _mirror, _config, _set])
            command.Add(option);
    }

    /// <summary>What was given.</summary>
    public TrainRequest Read(ParseResult parsed)
    {
        List<KeyValuePair<string, string>> values = [.. _plain
            .Where(o => parsed.GetResult(o) is { Implicit: false })
            .Select(o => KeyValuePair.Create(KeyOf(o.Name), parsed.GetValue(o)!))];
        if (parsed.GetResult(_mirror) is { Implicit: false })
            values.Add(KeyValuePair.Create("mirror", parsed.GetValue(_mirror) ? "true" : "false"));
        return new TrainRequest { Values = values, Config = parsed.GetValue(_config), Sets = parsed.GetValue(_set) ?? [] };
    }

    /// <summary>The keys of the options document, with the options that set them; a key is its own where only --set does.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Typed =>
        OptionsDocument.Keys.Select(key => KeyValuePair.Create(key, Plain.Select(o => o.Name).FirstOrDefault(name => KeyOf(name) == key) ?? key));

    /// <summary>The key that an option sets.</summary>
    public static string KeyOf(string option) => option == "--keep" ? "keep_checkpoints" : option[2..].Replace('-', '_');
}
