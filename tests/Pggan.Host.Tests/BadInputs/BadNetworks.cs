using System.Security.Cryptography;
using System.Text;

namespace Pggan.Host.Tests;

/// <summary>Checkpoints and network files that are damaged, strange or of another program.</summary>
internal static class BadNetworks
{
    private const string State = "state.safetensors";
    private const string Manifest = "manifest.json";

    public static IEnumerable<BadInput> All { get; } =
    [
        new("a network that is not there", ExitCodes.Usage, ["--network: there is no file or folder", "nowhere", "and no run of this number or name in"],
            f => ["sample", "--network", f["nowhere"], "--out", f["samples"]]),
        new("a run without a checkpoint", ExitCodes.Usage, ["--network: the run 00000-a has no checkpoint yet", "'pggan checkpoint'"],
            f => ["sample", "--network", Path.GetDirectoryName(f.Write("00000-a/options.json", "{}"))! + "/", "--out", f["samples"]]),
        Of("a network that is an empty folder", ["empty", "no checkpoint, no run"], f => Directory.CreateDirectory(f["empty"]).FullName),
        Of("a network that is a folder of images", ["images", "no run with a checkpoint"], f => f.Images()),
        Of("a network that is text", ["network.txt is no network of this program"], f => f.Write("network.txt", "weights")),
        Of("a network of no bytes", ["network.txt is no network of this program", "is empty"], f => f.Write("network.txt", "")),
        Of("a network of another program", ["is no network of this program", "no 'architecture' in its metadata"], f =>
            f.Write("network.safetensors", TinyNetworks.Safetensors("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", new byte[4]))),
        Of("a network that is a pickle", ["network.pkl is no network of this program", "names os.system", "nothing of it was run"], f => f.Write("network.pkl", BadImports.Malicious)),
        Of("a header longer than the file", ["is no network of this program", "header claims"], f => f.Write("network.safetensors", TinyNetworks.Safetensors("{}", [], announced: 1000))),
        Of("a header longer than all files", ["is no network of this program", "header claims 18446744073709551615 bytes"], f => f.Write("network.safetensors", TinyNetworks.Safetensors("{}", [], announced: ulong.MaxValue))),
        Of("a header of no bytes", ["is no network of this program", "no JSON object"], f => f.Write("network.safetensors", TinyNetworks.Safetensors("{}", [], announced: 0))),
        Of("a header nested too deep", ["is no network of this program", "no valid JSON"], f => f.Write("network.safetensors", TinyNetworks.Safetensors("""{"w":""" + new string('[', 5000), []))),
        Of("a tensor that lies about its size", ["is no network of this program", "tensor w"], f =>
            f.Write("network.safetensors", TinyNetworks.Safetensors("""{"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", []))),
        Of("a tensor beyond the file", ["is no network of this program", "tensor w ends at byte 4000000000"], f =>
            f.Write("network.safetensors", TinyNetworks.Safetensors("""{"w":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}""", new byte[4]))),
        Of("a network that is cut off", ["is no network of this program", "truncated"], f => f.Write("network.safetensors", TinyNetworks.File(0)[..^9])),
        Of("a network whose architecture is strange", ["is no network of this program", "resolution 9"], f =>
            f.Write("network.safetensors", Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(TinyNetworks.File(0)).Replace("resolution\\\": 8", "resolution\\\": 9", StringComparison.Ordinal)))),
        Of("a network that is a pipe", ["feeder", "no ordinary file"], f =>
        {
            f.Shell("mkfifo feeder");
            return f["feeder"];
        }),
        Of("a network that is a device", ["/dev/zero is no network of this program", "no ordinary file"], _ => "/dev/zero"),

        Damaged("a checkpoint whose state is cut off", [State, "cut off or altered"], f => Cut(f, State)),
        Damaged("a checkpoint with a flipped bit", [State, "SHA-256"], f => Flip(f, State)),
        Damaged("a checkpoint without its state", [State, "is missing"], f => File.Delete(Path.Combine(f, State))),
        Damaged("a checkpoint without its manifest", ["no checkpoint, no run"], f => File.Delete(Path.Combine(f, Manifest))),
        Damaged("a checkpoint whose manifest is cut off", [Manifest, "is no manifest"], f => Cut(f, Manifest)),
        Damaged("a checkpoint whose manifest has a flipped bit", [Manifest], f => Flip(f, Manifest)),
        Damaged("a checkpoint whose manifest is empty", [Manifest, "is no manifest"], f => File.WriteAllText(Path.Combine(f, Manifest), "")),
        Damaged("a checkpoint of a newer program", [Manifest, "format 9", "newer program"], f => Rewrite(f, "\"format_version\": 4", "\"format_version\": 9")),
        Damaged("a checkpoint with what this program does not know", [Manifest, "is no manifest", "dropout"], f => Rewrite(f, "\"state_bytes\"", "\"dropout\": 1, \"state_bytes\"")),
        Damaged("a checkpoint that says it is of another architecture", [State, "architecture needs"], f => Rewrite(f, "\"fmap_max\": 4", "\"fmap_max\": 8")),

        new("weights of another architecture", ExitCodes.Usage, ["--init-from", "checkpoint", "of another architecture"],
            f => ["train", "--data", f.Images(), "--out", f.Runs, "--minibatch", "4", "--init-from", f.Checkpoint(), "--fmap-max", "16"]),
        new("weights that are damaged", ExitCodes.Usage, ["can't be read", State, "SHA-256"],
            f => ["train", "--data", f.Images(), "--out", f.Runs, "--minibatch", "4", "--init-from", Altered(f, c => Flip(c, State))]),
        new("weights that are not there", ExitCodes.Usage, ["--init-from: there is no file or folder", "nowhere"],
            f => ["train", "--data", f.Images(), "--out", f.Runs, "--minibatch", "4", "--init-from", f["nowhere"]]),
        new("a run of another architecture", ExitCodes.Usage, ["--resume continues the same networks", "feature maps", "--init-from"], f => Resumed(f, "\"fmap_max\": 16", "--seed", "1")),
        new("a run of another seed", ExitCodes.Usage, ["its seed is 1", "can't become 2"], f => Resumed(f, "\"fmap_max\": 4", "--seed", "2")),
        new("a run of another preset", ExitCodes.Usage, ["--preset paper", "a preset belongs to a run's start"], f => Resumed(f, "\"fmap_max\": 4", "--preset", "paper")),
        new("a run whose dataset is gone", ExitCodes.DataUnusable, ["no file or folder", "moved"], f => Resumed(f, "\"fmap_max\": 4", "--data", f["moved"])),
        new("a run whose only checkpoint is damaged", ExitCodes.Usage, ["no checkpoint", "is whole", State, "SHA-256"], f =>
        {
            string[] typed = Resumed(f, "\"fmap_max\": 4", "--seed", "1");
            Flip(f["run/checkpoints/000000"], State);
            return typed;
        }),
        new("a run whose only checkpoint is of a newer program", ExitCodes.Usage, ["no checkpoint", "is whole", "newer program"], f =>
        {
            string[] typed = Resumed(f, "\"fmap_max\": 4", "--seed", "1");
            Rewrite(f["run/checkpoints/000000"], "\"format_version\": 4", "\"format_version\": 9");
            return typed;
        }),
    ];

    private static BadInput Of(string name, string[] says, Func<InputFolder, string> network) =>
        new(name, ExitCodes.Usage, ["The network can't be read", .. says], f => ["sample", "--network", network(f), "--out", f["samples"]]);

    private static BadInput Damaged(string name, string[] says, Action<string> damage) => Of(name, says, f => Altered(f, damage));

    private static string Altered(InputFolder folder, Action<string> damage)
    {
        string checkpoint = folder.Checkpoint();
        damage(checkpoint);
        return checkpoint;
    }

    /// <summary>A run with a checkpoint and such options, to be continued.</summary>
    private static string[] Resumed(InputFolder folder, string fmapMax, params string[] options)
    {
        folder.Write("run/options.json", $$"""
            {
              "preset": "auto", "data": {{System.Text.Json.JsonSerializer.Serialize(folder.Images())}}, "device": "cpu", "seed": 1, "resolution": 8, "channels": 3, "latent": 4,
              "fmap_base": 32, {{fmapMax}}, "minibatch": 4, "train_kimg": 0.1, "fade_kimg": 0.1, "total_kimg": 0.3, "labels": "off"
            }
            """);
        folder.Checkpoint("run/checkpoints/000000");
        return ["train", "--out", folder.Runs, "--resume", folder["run"], .. options];
    }

    private static void Cut(string folder, string file)
    {
        using FileStream stream = File.OpenWrite(Path.Combine(folder, file));
        stream.SetLength(stream.Length - 7);
    }

    private static void Flip(string folder, string file)
    {
        string path = Path.Combine(folder, file);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^100] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>Changes the manifest and its checksum, as a program would that means it.</summary>
    private static void Rewrite(string folder, string what, string by)
    {
        string path = Path.Combine(folder, Manifest), text = File.ReadAllText(path);
        int start = text.IndexOf("\"manifest\": ", StringComparison.Ordinal) + 12;
        string inner = text[start..text.LastIndexOf('}')].TrimEnd();
        string changed = inner.Replace(what, by, StringComparison.Ordinal);
        Assert.NotEqual(inner, changed);
        string sum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(changed)));
        File.WriteAllText(path, $"{{\n\"sha256\": \"{sum}\",\n\"manifest\": {changed}\n}}\n");
    }
}
