namespace Pggan.Host.Tests;

/// <summary>What pggan invert can't search for, or not in that way.</summary>
internal static class BadInvertInputs
{
    public static IEnumerable<BadInput> All { get; } =
    [
        Of("a method that is unknown", ["--method gradeint", "gradient, cma-es, random", "'gradient'?"], "--method", "gradeint"),
        Of("a single step", ["--steps 1", "from 2"], "--steps", "1"),
        Of("no restarts", ["restarts 0", "from 1"], "--restarts", "0"),
        Of("steps that are a word", ["--steps", "many"], "--steps", "many"),
        Of("a learning rate of 0", ["--learning-rate 0", "above 0"], "--learning-rate", "0"),
        Of("a learning rate that grows", ["--final-learning-rate 1", "0.3"], "--final-learning-rate", "1"),
        Of("a negative weight", ["--realism-weight -1"], "--realism-weight", "-1"),
        Of("no weight of pixels and no features", ["--pixel-weight 0", "--features"], "--pixel-weight", "0"),
        Of("a weight of NaN", ["prior weight NaN"], "--prior-weight", "NaN"),
        Of("a class of a network without", ["class 1", "knows no classes"], "--class", "1"),
        Of("a resolution above the network's", ["--resolution 16", "powers of two from 4 to 8"], "--resolution", "16"),
        Of("a device that is unknown", ["device 'tpu' is unknown"], "--device", "tpu"),
        Of("a way from one image to none", ["--walk", "name two with --image, not 1"], "--walk", "10"),
        Of("too few images for CMA-ES", ["one generation of CMA-ES"], "--method", "cma-es", "--steps", "2", "--restarts", "1"),
        With("a way of one image", ["--walk 1", "from 2 to 1000"], f => [.. Image(f), "--image", f.Write("b.png", InputFolder.Png(1)), "--walk", "1"]),
        With("a class out of range", ["class 3", "0 to 2"], f => [.. Image(f), "--network", f.Network(3), "--class", "3"], network: false),
        With("an image that is not there", ["--image: there is no file", "nowhere.png."], f => ["--image", f["nowhere.png"]]),
        With("an image that is text", ["--image", "notes.png", "not a PNG"], f => ["--image", f.Write("notes.png", "notes")]),
        With("an image that is cut off", ["--image", "half.png", "damaged"], f => ["--image", f.Write("half.png", InputFolder.Png(1)[..60])]),
        With("an image that is empty", ["--image", "empty.png"], f => ["--image", f.Write("empty.png", "")]),
        With("an image that is a folder", ["--image", "images"], f => ["--image", f.Images()]),
        With("no image", ["--image"], _ => []),
        With("a network that is not there", ["nowhere"], f => [.. Image(f), "--network", f["nowhere"]], network: false),
        With("the raw generator of a file", ["--raw", "holds one generator"], f => [.. Image(f), "--raw"]),
        With("a folder that is a file", ["notes.txt"], f => [.. Image(f), "--out", f.Write("notes.txt", "notes")]),
        With("a place that no one may write to", ["/proc/found"], f => [.. Image(f), "--out", "/proc/found"]),
    ];

    private static BadInput Of(string name, string[] says, params string[] options) => With(name, says, f => [.. Image(f), .. options]);

    private static BadInput With(string name, string[] says, Func<InputFolder, string[]> options, bool network = true) => new(
        "a search with " + name, ExitCodes.Usage, says, f =>
        {
            string[] typed = options(f);
            string[] into = typed.Contains("--out") ? [] : ["--out", f["found"]];
            return ["invert", .. network ? (string[])["--network", f.Network()] : [], .. into, .. typed];
        });

    private static string[] Image(InputFolder folder) => ["--image", folder.Write("a.png", InputFolder.Png(0))];
}
