using Pggan.Model;

namespace Pggan.Host.Tests;

/// <summary>What pggan sample can't draw, or has nowhere to put.</summary>
internal static class BadSampleInputs
{
    public static IEnumerable<BadInput> All { get; } =
    [
        Of("seeds that are words", ["--seeds lucky", "no list of seeds", "0-15,99"], "--seeds", "lucky"),
        Of("seeds that run backwards", ["--seeds 9-0", "runs backwards"], "--seeds", "9-0"),
        Of("seeds with a gap", ["--seeds 1,,2", "no list of seeds", "0-15,99"], "--seeds", "1,,2"),
        Of("more seeds than anyone wants", ["--seeds 0-999999999", "at most 100000"], "--seeds", "0-999999999"),
        Of("seeds beyond all numbers", ["no list of seeds", "0-15,99"], "--seeds", "99999999999999999999"),
        Of("seeds up to the end of all numbers", ["at most 100000"], "--seeds", "0-9223372036854775807"),
        Of("a grid of 0x0", ["--grid 0x0 is no grid", "8x4"], "--grid", "0x0"),
        Of("a grid of words", ["--grid wide is no grid", "8x4"], "--grid", "wide"),
        Of("a grid beyond all memory", ["--grid 99999x99999 is no grid"], "--grid", "99999x99999"),
        Of("a class of a network without", ["--class 1", "knows no classes", "leave the option out"], "--class", "1"),
        Of("a resolution above the network's", ["--resolution 16", "powers of two from 4 to 8"], "--resolution", "16"),
        Of("a resolution between powers of two", ["--resolution 6", "powers of two from 4 to 8"], "--resolution", "6"),
        Of("an alpha above 1", ["--alpha 2", "from 0 to 1"], "--alpha", "2"),
        Of("an alpha of NaN", ["--alpha NaN", "from 0 to 1"], "--alpha", "NaN"),
        Of("an alpha that is a word", ["--alpha", "half"], "--alpha", "half"),
        Of("several devices for one drawing", ["device 'cpu,cpu' is unknown", "auto, cpu, cuda or cuda:N"], "--device", "cpu,cpu"),
        Of("a device that is unknown", ["device 'tpu' is unknown", "auto, cpu, cuda or cuda:N"], "--device", "tpu"),
        Of("an unknown precision", ["--precision fp8 is unknown", "fp32, fp16, bf16"], "--precision", "fp8"),
        Of("a file and its raw generator", ["--raw", "network.safetensors", "holds one generator"], "--raw"),
        Of("two sources of latents", ["--seeds", "--latents", "one of them"], "--seeds", "1", "--latents", "z.safetensors"),
        Of("a truncation above 1", ["--truncation 1.5", "from 0 to 1"], "--truncation", "1.5"),
        Of("a truncation of NaN", ["--truncation NaN", "from 0 to 1"], "--truncation", "NaN"),
        With("classes up to one that is not there", 3, ["--class 0-3", "0 to 2", "0-9,12"], _ => ["--class", "0-3"]),
        With("classes that run backwards", 3, ["--class 2-1", "0 to 2"], _ => ["--class", "2-1"]),
        With("more classes than there are", 3, ["--class 0-2,1", "named twice"], _ => ["--class", "0-2,1"]),
        With("a class out of range", 3, ["--class 3", "0 to 2"], _ => ["--class", "3"]),
        With("a negative class", 3, ["--class -1", "0 to 2"], _ => ["--class", "-1"]),
        With("no class for a conditional network", 3, ["conditional", "0 to 2", "--class"], _ => []),
        Of("more images than a grid holds", ["--grid 2x2 holds 4 images, and 8 are asked for"], "--grid", "2x2", "--seeds", "0-7"),
        With("latents that are not there", 0, ["--latents: there is no file", "nowhere.safetensors"], f => ["--latents", f["nowhere.safetensors"]]),
        With("latents that are text", 0, ["latents.txt"], f => ["--latents", f.Write("latents.txt", "latents")]),
        With("latents without z", 0, ["has no tensor z"], f => ["--latents", Latents(f, "x", [1, 4])]),
        With("latents of another width", 0, ["z is [2, 9]", "takes [N, 4]"], f => ["--latents", Latents(f, "z", [2, 9])]),
        With("latents of another shape", 0, ["z is [4]", "takes [N, 4]"], f => ["--latents", Latents(f, "z", [4])]),
        With("latents of no image", 0, ["z is [0, 4]", "takes [N, 4]"], f => ["--latents", Latents(f, "z", [0, 4])]),
        With("latents without labels", 3, ["has 2 latents and 0 labels", "--class"], f => ["--latents", Latents(f, "z", [2, 4])]),
        Into("a folder that is a file", ["notes.txt"], f => f.Write("notes.txt", "notes")),
        Into("a folder inside a file", ["notes.txt"], f => Path.Combine(f.Write("notes.txt", "notes"), "samples")),
        With("a grid in a zip", 0, ["--grid", "zip", "leave one of them out"], f => ["--grid", "2x2", "--out", f["grid.zip"]]),
        With("a seed twice in a zip", 0, ["seed0003 is asked for twice", "zip"], f => ["--seeds", "0-5,3", "--out", f["twice.zip"]]),
        Into("a zip that is a folder", ["images.zip"], f => Directory.CreateDirectory(f["images.zip"]).FullName),
        Into("a picture that is a folder", ["pictures.png"], f => Directory.CreateDirectory(f["pictures.png"]).FullName),
        Into("a tensor that is a folder", ["images.safetensors"], f => Directory.CreateDirectory(f["images.safetensors"]).FullName),
        Into("a place that no one may write to", ["/proc/samples"], _ => "/proc/samples"),
        Into("a picture of another kind", ["x.jpg", ".zip", "not into a .jpg"], f => f["x.jpg"]),
        Into("a path with a zero byte", ["--out"], _ => "a\0b"),
    ];

    private static BadInput Of(string name, string[] says, params string[] options) => With("samples of " + name, 0, says, _ => options);

    private static BadInput With(string name, int classes, string[] says, Func<InputFolder, string[]> options) =>
        new(name, ExitCodes.Usage, says, f =>
        {
            string[] typed = options(f);
            return ["sample", "--network", f.Network(classes), .. typed.Contains("--out") ? [] : (string[])["--out", f["samples"]], .. typed];
        });

    private static BadInput Into(string name, string[] says, Func<InputFolder, string> target) =>
        new("samples into " + name, ExitCodes.Usage, says, f => ["sample", "--network", f.Network(), "--out", target(f)]);

    private static string Latents(InputFolder folder, string name, long[] shape)
    {
        using MemoryStream file = new();
        Safetensors.Write(file, [KeyValuePair.Create(name, new HostTensor(shape, new float[shape.Aggregate(1L, (a, b) => a * b)]))], null);
        return folder.Write("latents.safetensors", file.ToArray());
    }
}
