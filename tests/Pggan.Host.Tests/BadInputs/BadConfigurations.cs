using System.Text;

namespace Pggan.Host.Tests;

/// <summary>Files that are no configuration.</summary>
internal static class BadConfigurations
{
    public static IEnumerable<BadInput> All { get; } =
    [
        Of("a configuration that is no JSON", ["config.json", "no valid JSON", "line 1"], "resolution = 8"),
        Of("a configuration that is empty", ["config.json", "no valid JSON"], ""),
        Of("a configuration that is an array", ["config.json", "no JSON object", "options.json"], "[1, 2]"),
        Of("a configuration that is null", ["config.json", "no JSON object", "options.json"], "null"),
        Of("a configuration with an unknown key", ["no option 'resoltion' in", "config.json", "Did you mean 'resolution'?"], """{ "resoltion": 8 }"""),
        Of("a configuration with a wrong type", ["'fmap_max'", "\"many\"", "a whole number"], """{ "fmap_max": "many" }"""),
        Of("a configuration with an object for a number", ["'seed'", "a whole number"], """{ "seed": {} }"""),
        Of("a configuration with a key twice", ["config.json", "seed"], """{ "seed": 1, "seed": 2 }"""),
        Of("a configuration with NaN", ["config.json", "no valid JSON"], """{ "drift": NaN }"""),
        Of("a configuration with a number beyond all numbers", ["'drift'", "a number"], """{ "drift": 1e999 }"""),
        Of("a configuration with null", ["'seed'", "null", "a whole number"], """{ "seed": null }"""),
        Of("a configuration nested too deep", ["config.json", "no valid JSON"], $$"""{ "about": {{new string('[', 5000)}}{{new string(']', 5000)}} }"""),
        Of("a configuration cut off", ["config.json", "no valid JSON"], """{ "seed": 1"""),
        Of("a table without a default", ["'minibatch'", "\"default\""], """{ "minibatch": { "8": 4 } }"""),
        Of("a table with a word for a resolution", ["'minibatch'", "\"default\""], """{ "minibatch": { "default": 4, "big": 4 } }"""),
        new("a path in a configuration with a zero byte", ExitCodes.Usage, ["'data' is no path"],
            f => ["train", "--out", f.Runs, "--config", f.Write("config.json", """{ "data": "a\u0000b" }""")]),
        new("a configuration that is huge", ExitCodes.Usage, ["config.json", "bytes", "options.json"],
            f => ["train", "--out", f.Runs, "--config", f.Write("config.json", new byte[3 << 20])]),
        new("a configuration without an end", ExitCodes.Usage, ["/dev/zero", "bytes", "options.json"],
            f => ["train", "--out", f.Runs, "--config", "/dev/zero"]),
        new("a configuration that is not text", ExitCodes.Usage, ["config.json", "no valid JSON"],
            f => ["train", "--out", f.Runs, "--config", f.Write("config.json", [0xFF, 0xFE, 0x00, 0xD8])]),
        new("a configuration whose text is no UTF-8", ExitCodes.Usage, ["config.json", "UTF-8"],
            f => ["train", "--out", f.Runs, "--config", f.Write("config.json", [.. Encoding.UTF8.GetBytes("{ \"name\": \""), 0xC3, 0x28, .. Encoding.UTF8.GetBytes("\" }")])]),
        new("a configuration that is not there", ExitCodes.Usage, ["--config: there is no file", "nowhere.json"],
            f => ["train", "--out", f.Runs, "--config", f["nowhere.json"]]),
        new("a configuration that is a folder", ExitCodes.Usage, ["images", "can't be read"],
            f => ["train", "--out", f.Runs, "--config", f.Images()]),
        new("a configuration that can't be read", ExitCodes.Usage, ["mem", "can't be read"],
            f => ["train", "--out", f.Runs, "--config", "/proc/self/mem"]),
        new("the options of a run that were damaged", ExitCodes.Usage, ["options.json", "no valid JSON", "must look like"],
            f => ["train", "--out", f.Runs, "--resume", Path.GetDirectoryName(f.Write("run/options.json", "{"))!]),
    ];

    private static BadInput Of(string name, string[] says, string json) =>
        new(name, ExitCodes.Usage, says, f => ["train", "--data", f.Images(), "--out", f.Runs, "--config", f.Write("config.json", json)]);
}
