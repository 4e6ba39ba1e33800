using System.Text;

namespace Pggan.Host.Tests;

/// <summary>Files that pggan import can't read, or should not.</summary>
internal static class BadImports
{
    /// <summary>What pickle.loads would run.</summary>
    public static byte[] Malicious { get; } = [0x80, 2, .. "cos\nsystem\nX\x04\0\0\0true"u8, 0x85, .. "R."u8];

    public static IEnumerable<BadInput> All { get; } =
    [
        new("an import that is not there", ExitCodes.Usage, ["FILE: there is no file", "nowhere.pkl."], f => ["import", f["nowhere.pkl"], "--out", f["n.safetensors"]]),
        new("an import into a file of another kind", ExitCodes.Usage, ["zz.bin", ".safetensors"], f => ["import", f.Write("network.pkl", Small("official-4.pkl")), "--out", f["zz.bin"]]),
        Of("an import that is a folder", ["images"], f => f.Images()),
        Of("an import that is text", ["neither an official pickle nor a checkpoint of pytorch_GAN_zoo"], f => f.Write("network.pkl", "weights")),
        Of("an import of no bytes", ["is empty or no ordinary file"], f => f.Write("network.pkl", "")),
        Of("an import that would run a program", ["names os.system", "nothing of it was run"], f => f.Write("network.pkl", Malicious)),
        Of("an import that would evaluate a text", ["names builtins.eval"], f => f.Write("network.pkl", [0x80, 4, 0x8c, 8, .. "builtins"u8, 0x8c, 4, .. "eval"u8, 0x93, .. "."u8])),
        Of("an import with a giant length", ["4294967295 bytes are announced", "are left"], f => f.Write("network.pkl", [0x80, 3, (byte)'B', 255, 255, 255, 255, 0])),
        Of("an import with a length of 64 bits", ["18446744073709551615 bytes are announced"], f => f.Write("network.pkl", [0x80, 4, 0x8e, .. Enumerable.Repeat((byte)255, 8), 0])),
        Of("an import that is nested too deep", ["nested deeper"], f => f.Write("network.pkl", [0x80, 2, .. Enumerable.Repeat((byte)'(', 5000), (byte)'.'])),
        Of("an import of tuples in tuples", ["nested deeper"], f => f.Write("network.pkl", [0x80, 2, (byte)'N', .. Enumerable.Repeat((byte)0x85, 5000), (byte)'.'])),
        Of("an import of protocol 0", ["neither an official pickle nor"], f => f.Write("network.pkl", "(lp0\nI1\na.")),
        Of("an import of a pickle of something else", ["no tuple of three networks"], f => f.Write("network.pkl", [0x80, 2, .. "K\x01K\x02"u8, 0x86, (byte)'.'])),
        Of("an import that is cut off", ["bytes are announced"], f => f.Write("network.pkl", Small("official-3.pkl")[..^600])),
        Of("an import of the Theano version's other networks", ["G was built by G_mnist"], f => f.Write("network.pkl", Changed("theano-8px.pkl", "G_paper", "G_mnist"))),
        Of("an import of StyleGAN", ["StyleGAN", "another architecture"], f => f.Write("network.pkl", Changed("official-2.pkl", "tfutil\nNetwork", "dnnlib.tflib.network\nNetwork"))),
        Of("an import of a zip of images", ["no data.pkl"], f => f.Zip(InputFolder.Entries(3))),
        Of("an import of a zip that is compressed", ["is compressed"], f => f.Zip(("a/data.pkl", new byte[5000]))),
        Of("an import of torch that is cut off", ["its zip is damaged"], f => f.Write("network.pth", Small("zoo-zip.pth")[..^200])),
        Of("an import of the older torch that is cut off", ["a storage claims"], f => f.Write("network.pth", Small("zoo-legacy.pth")[..^5])),
        Of("an import of torch of another class", ["names models.utils.c"], f => f.Write("network.pth", Changed("zoo-legacy.pth", "models.utils.config", "models.utils.c0nfig"))),
        Of("an import of a pipe", ["feeder", "no ordinary file"], f =>
        {
            f.Shell("mkfifo feeder");
            return f["feeder"];
        }),
        new("an import over itself", ExitCodes.Usage, ["is the file to import"], f =>
        {
            string file = f.Write("network.pkl", Small("official-4.pkl"));
            return ["import", file, "--out", file];
        }),
        new("an import into a folder", ExitCodes.Usage, ["is a folder", "network.safetensors"], f => ["import", f.Write("network.pkl", Small("official-4.pkl")), "--out", f.Path]),
        new("an import into nowhere", ExitCodes.Usage, ["can't be written"], f => ["import", f.Write("network.pkl", Small("official-4.pkl")), "--out", f["nowhere/n.safetensors"]]),
        new("an import without a target", ExitCodes.Usage, ["--out"], f => ["import", f["network.pkl"]]),
        new("a run from a pickle that would run a program", ExitCodes.Usage, ["names os.system"], f => ["train", "--data", f.Images(), "--out", f.Runs, "--init-from", f.Write("network.pkl", Malicious)]),
        new("a run that begins with more resolution than it has", ExitCodes.Usage, ["they are for 8x8, and the run ends at 4x4"],
            f => ["train", "--data", f.Images(), "--out", f.Runs, "--init-from", f.Checkpoint(), "--resolution", "4"]),
        new("a run that begins with labels and has none", ExitCodes.Usage, ["has no labels"], f => ["train", "--data", f.Images(), "--out", f.Runs, "--init-from", f.Network(2)]),
        new("a list of feature maps that is too short", ExitCodes.Usage, ["feature_maps 8,8 must be 3 numbers"],
            f => ["train", "--data", f.Images(), "--out", f.Runs, "--resolution", "8", "--set", "feature_maps=[8,8]"]),
        new("feature maps that are no list", ExitCodes.Usage, ["feature_maps", "a list such as"], f => ["train", "--data", f.Images(), "--out", f.Runs, "--set", "feature_maps=8"]),
        new("unknown conventions", ExitCodes.Usage, ["conventions", "official, gan-zoo"], f => ["train", "--data", f.Images(), "--out", f.Runs, "--set", "conventions=zoo"]),
    ];

    private static BadInput Of(string name, string[] says, Func<InputFolder, string> source) =>
        new(name, ExitCodes.Usage, ["The network can't be read", .. says], f => ["import", source(f), "--out", f["out.safetensors"]]);

    private static byte[] Small(string name) => File.ReadAllBytes(Path.Combine(Repository.Root, "tests", "networks", name));

    private static byte[] Changed(string name, string from, string to)
    {
        string text = Encoding.Latin1.GetString(Small(name));
        Assert.Contains(from, text, StringComparison.Ordinal);
        return Encoding.Latin1.GetBytes(text.Replace(from, to, StringComparison.Ordinal));
    }
}
