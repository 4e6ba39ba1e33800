namespace Pggan.Host.Tests;

/// <summary>What pggan export can't write, or has nowhere to put.</summary>
internal static class BadExportInputs
{
    public static IEnumerable<BadInput> All { get; } =
    [
        Of("an export without a format", ["--format"], f => ["--out", f["g.onnx"]]),
        Of("an export into nowhere", ["--out"], _ => ["--format", "onnx"]),
        Of("an export in an unknown format", ["--format 'onx'", "onnx, safetensors, pickle, zoo, web", "Did you mean 'onnx'?"], f => ["--format", "onx", "--out", f["g.onnx"]]),
        Of("an export above the network's resolution", ["--resolution 16", "powers of two from 4 to 8"], f => ["--format", "onnx", "--resolution", "16", "--out", f["g.onnx"]]),
        Of("an export with an alpha above 1", ["--alpha 2", "from 0 to 1"], f => ["--format", "onnx", "--alpha", "2", "--out", f["g.onnx"]]),
        Of("a pickle of a generator alone", ["--format pickle", "discriminator", "network.safetensors is a generator alone"], f => ["--format", "pickle", "--out", f["g.pkl"]]),
        Of("a zoo checkpoint of a generator alone", ["--format zoo", "discriminator", "network.safetensors is a generator alone"], f => ["--format", "zoo", "--out", f["g.pth"]]),
        Of("an export with a runtime for no page", ["--runtime", "--format web"], f => ["--format", "onnx", "--runtime", f.Path, "--out", f["g.onnx"]]),
        Of("a page without its runtime's files", ["has no ort.wasm.min.mjs", "onnxruntime-web"], f => ["--format", "web", "--runtime", f.Path, "--out", f["page"]]),
        Of("a page into a file", ["notes.txt"], f => ["--format", "web", "--out", f.Write("notes.txt", "notes")]),
        Of("an export onto a folder", ["g.onnx"], f => ["--format", "onnx", "--out", Directory.CreateDirectory(f["g.onnx"]).FullName]),
        Of("an export into a file", ["notes.txt"], f => ["--format", "safetensors", "--out", Path.Combine(f.Write("notes.txt", "notes"), "g.safetensors")]),
        Of("an export where no one may write", ["/proc/exports"], _ => ["--format", "onnx", "--out", "/proc/exports/g.onnx"]),
        Of("an export to a path with a zero byte", ["--out"], _ => ["--format", "onnx", "--out", "a\0b"]),
        new("a raw pickle", ExitCodes.Usage, ["--raw", "the generator and its average"], f => ["export", "--network", f.Checkpoint(), "--format", "pickle", "--raw", "--out", f["g.pkl"]]),
        new("a zoo checkpoint at another place of its run", ExitCodes.Usage, ["would go on with g_s3_i5.pt elsewhere", "Call it g_s0_i0.pt"], f => ["export", "--network", f.Checkpoint(), "--format", "zoo", "--out", f["g_s3_i5.pt"]]),
        new("a pickle of no run", ExitCodes.Usage, ["--network: there is no file or folder", "nowhere"], f => ["export", "--network", f["nowhere"], "--format", "pickle", "--out", f["g.pkl"]]),
    ];

    private static BadInput Of(string name, string[] says, Func<InputFolder, string[]> options) =>
        new(name, ExitCodes.Usage, says, f => ["export", "--network", f.Network(), .. options(f)]);
}
