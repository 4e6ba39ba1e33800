using System.Globalization;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>Written pickles, read by a small reader of the tests' own and taken back by the tests' own <see cref="OfficialLayout"/>.</summary>
public sealed class OfficialPickleWriterTests
{
    private static readonly string[] Networks = ["G", "D", "Gs"];

    public static TheoryData<string> Files => OracleFiles.Matching("pkl-*.pkl");

    [Theory]
    [MemberData(nameof(Files))]
    public void It_is_built_as_the_official_ones(string file)
    {
        object?[] official = (object?[])PlainPickle.Read(File.ReadAllBytes(OracleFiles.PathOf(file)))!;
        NetworkArchitecture architecture = ArchitectureOf((Dictionary<string, object?>)((Made)official[1]!)["static_kwargs"]!);
        object?[] written = Written(SmallCheckpoint.Of(architecture, GrowthStage.Grown(architecture.Resolution)), GrowthStage.Grown(architecture.Resolution));
        Assert.Equal(official.Length, written.Length);
        foreach ((Made theirs, Made ours) in official.Cast<Made>().Zip(written.Cast<Made>()))
        {
            Assert.Equal((theirs.Callee, theirs.Arguments.Length), (ours.Callee, ours.Arguments.Length));
            Assert.Equal(theirs.Keys, ours.Keys);
            Assert.All(["version", "name", "build_func_name"], key => Assert.Equal(theirs[key], ours[key]));
            Assert.Equal(architecture with { LatentSize = architecture.Latents }, ArchitectureOf((Dictionary<string, object?>)ours["static_kwargs"]!) with { LatentSize = architecture.Latents, StdDevGroup = architecture.StdDevGroup });
            Assert.Equal(Variables(theirs).Select(v => (v.Name, string.Join(',', v.Value.Shape))), Variables(ours).Select(v => (v.Name, string.Join(',', v.Value.Shape))));
        }
    }

    [Theory]
    [InlineData(true, 0, 3)]
    [InlineData(false, 5, 1)]
    public void Its_networks_are_ours_to_the_bit(bool fused, int labels, int channels)
    {
        using var scope = NewDisposeScope();
        NetworkArchitecture architecture = new() { Resolution = 16, Channels = channels, FmapBase = 64, FmapMax = 12, LatentSize = 7, LabelSize = labels, FusedScale = fused };
        Checkpoint checkpoint = SmallCheckpoint.Of(architecture, new GrowthStage(8, 0.75));
        object?[] written = Written(checkpoint, checkpoint.State.Stage);
        foreach ((string prefix, Made network) in new[] { "G/", "D/", "G_ema/" }.Zip(written.Cast<Made>()))
        {
            List<(string Name, HostTensor Value)> variables = Variables(network);
            Assert.Equal(("lod", 1.25f), (variables[0].Name, Assert.Single(variables[0].Value.Data)));
            nn.Module module = prefix == "D/" ? new Discriminator(architecture) : new Generator(architecture);
            OfficialLayout.Load(module, variables.Skip(1).ToDictionary(v => v.Name, v => tensor(v.Value.Data, v.Value.Shape)), architecture);
            foreach ((string name, TorchSharp.Modules.Parameter parameter) in module.named_parameters())
                Assert.Equal(checkpoint.Tensors[prefix + name].Data, HostTensor.From(parameter).Data);
        }
        Assert.Equal(Networks, written.Cast<Made>().Select(n => n["name"]));
        Assert.Equal("from networks import *\n", ((Made)written[0]!)["build_module_src"]);
    }

    private static object?[] Written(Checkpoint checkpoint, GrowthStage stage)
    {
        using MemoryStream file = new();
        OfficialPickleWriter.Write(file, NetworkSnapshot.Of(checkpoint), stage, TestContext.Current.CancellationToken);
        return (object?[])PlainPickle.Read(file.ToArray())!;
    }

    private static List<(string Name, HostTensor Value)> Variables(Made network) =>
        [.. ((List<object?>)network["variables"]!).Select(v => (object?[])v!).Select(v => ((string)v[0]!, ArrayOf((Made)v[1]!)))];

    /// <summary>An array, or a number, which is one of no axes.</summary>
    private static HostTensor ArrayOf(Made made)
    {
        bool isNumber = made.Callee == "numpy.core.multiarray.scalar";
        object?[] state = isNumber ? [1L, Array.Empty<object?>(), made.Arguments[0], false, made.Arguments[1]] : (object?[])made.State!;
        Assert.Equal(isNumber ? "numpy.core.multiarray.scalar" : "numpy.core.multiarray._reconstruct", made.Callee);
        Made type = (Made)state[2]!;
        Assert.Equal(("numpy.dtype", "f4", "<"), (type.Callee, type.Arguments[0], ((object?[])type.State!)[1]));
        Assert.Equal(false, state[3]);
        return new HostTensor([.. ((object?[])state[1]!).Cast<long>()], MemoryMarshal.Cast<byte, float>((byte[])state[4]!).ToArray());
    }

    private static NetworkArchitecture ArchitectureOf(Dictionary<string, object?> arguments)
    {
        return new NetworkArchitecture
        {
            Resolution = Number("resolution", 0),
            Channels = Number("num_channels", 3),
            LabelSize = Number("label_size", 0),
            FmapBase = Number("fmap_base", 8192),
            FmapMax = Number("fmap_max", 512),
            FusedScale = (bool)arguments.GetValueOrDefault("fused_scale", true)!,
            StdDevGroup = Number("mbstd_group_size", 4),
        };

        int Number(string key, long usual) => Convert.ToInt32(arguments.GetValueOrDefault(key, usual), CultureInfo.InvariantCulture);
    }
}
