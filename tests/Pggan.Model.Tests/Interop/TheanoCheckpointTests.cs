using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>What the Theano code's files say of their networks; <see cref="ForeignNetworkTests"/> draws with them.</summary>
public sealed class TheanoCheckpointTests
{
    private static readonly PickleWriter.Call SingleType = new(new("numpy", "dtype"), new("f4", 0, 1), State: new PickleWriter.Tuple(3, "<", null, null, null, -1, -1, 0));

    [Theory]
    [InlineData("8px", 8, 0.75)]
    [InlineData("labels-8px", 8, 0.75)]
    [InlineData("plain-16px", 8, 1)]
    public void What_a_network_was_built_with_is_taken_over(string name, int resolution, double alpha)
    {
        NetworkArchitecture small = new() { Resolution = 8, LatentSize = 3, FmapBase = 4, FmapMax = 2, FusedScale = false, StdDevGroup = 16 };
        NetworkArchitecture expected = name switch
        {
            "8px" => small,
            "labels-8px" => small with { LabelSize = 2, NormalizeLabels = false },
            _ => new NetworkArchitecture
            {
                Resolution = 16,
                Channels = 1,
                FmapBase = 8,
                FmapMax = 4,
                FmapDecay = 0.5,
                FusedScale = false,
                StdDevGroup = 1,
                NormalizeLatents = false,
                PixelNorm = false,
                EqualizedLearningRate = false,
                LeakyRelu = false,
                TanhOutput = true,
            },
        };
        NetworkSnapshot networks = ForeignNetwork.Read(Path.Combine(OracleFiles.RepositoryRoot(), "tests", "networks", $"theano-{name}.pkl"));
        Assert.Equal((expected, new GrowthStage(resolution, alpha)), (networks.Architecture, networks.Stage));
    }

    [Theory]
    [InlineData("G", "use_batchnorm", true, "G has batch norm (use_batchnorm)")]
    [InlineData("G", "tanh_at_end", 0.5, "G's images are multiplied by tanh_at_end, 0.5")]
    [InlineData("D", "use_layernorm", true, "D has layer norm (use_layernorm)")]
    [InlineData("D", "mbdisc_kernels", 50, "D has minibatch discrimination (mbdisc_kernels)")]
    [InlineData("D", "mbstat_avg", "flat", "(mbstat_avg) than over 'all'")]
    [InlineData("D", "mbstat_func", "Tstd", "(mbstat_func) than 'Tstdeps'")]
    [InlineData("D", "use_wscale", false, "G and D differ in use_wscale")]
    [InlineData("D", "fmap_max", 3, "G and D differ in fmap_max (2 and 3)")]
    [InlineData("G", "resolution", "8", "G's resolution is no number")]
    [InlineData("G", "use_pixelnorm", false, "G has 10 arrays, and such a network 9")]
    public void What_these_networks_can_not_be_is_named(string network, string option, object value, string says) =>
        Assert.Contains(says, Assert.Throws<InvalidDataException>(() => Read(network, option, value)).Message, StringComparison.Ordinal);

    /// <summary>Each of the two is a number, and their product none.</summary>
    [Fact]
    public void A_weight_that_its_scale_makes_infinite_is_refused()
    {
        TheanoLayout.Layer layer = new("toRgb.0", TheanoLayout.Kind.Pixelwise, 1);
        InvalidDataException refused = Assert.Throws<InvalidDataException>(() => TheanoLayout.ToOurs(layer, new HostTensor([1, 1], [1e30f]), 1e30f, [1, 1, 1, 1]));
        Assert.Contains("toRgb.0 times its scale", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_behind_normalised_latents_is_not_normalised()
    {
        using var scope = NewDisposeScope();
        NetworkArchitecture architecture = new() { Resolution = 4, FmapBase = 16, FmapMax = 4, LabelSize = 2, NormalizeLabels = false };
        GrowthStage stage = GrowthStage.Grown(4);
        Generator generator = new(architecture, 3), together = new(architecture with { NormalizeLabels = true }, 3);
        Tensor z = randn(5, 4), labels = eye(5, 2);
        AssertNear(0, Difference(generator.forward(z, labels, stage), generator.forward(z * 7, labels, stage)));
        Assert.True(Difference(together.forward(z, labels, stage), together.forward(z * 7, labels, stage)) > 0.01);
        Assert.True(Difference(generator.forward(z, labels, stage), generator.forward(z, labels * 7, stage)) > 0.01);

        static float Difference(Tensor a, Tensor b) => (a - b).abs().max().item<float>();

        static void AssertNear(float expected, float actual) => Assert.Equal(expected, actual, 1e-5f);
    }

    /// <summary>G of 4x4 with one array too many, and a D.</summary>
    private static NetworkSnapshot Read(string network, string option, object value)
    {
        long[][] shapes = [[2, 2, 4, 4], [], [2], [2, 2, 3, 3], [], [2], [2, 1], [], [1], [1]];
        using MemoryStream file = new();
        new PickleWriter(file, 2).WriteAll(new PickleWriter.Tuple(Network("G"), Network("D"), Network("G")));
        return ForeignNetwork.Read(file.ToArray());

        PickleWriter.Instance Network(string name)
        {
            Dictionary<string, object?> spec = new() { ["func"] = name + "_paper", ["resolution"] = 4, ["num_channels"] = 1, ["fmap_base"] = 4, ["fmap_max"] = 2 };
            if (name == network)
                spec[option] = value;
            return new(new("network", "Network"), new Dictionary<string, object?>
            {
                ["build_func_spec"] = spec,
                ["param_values"] = shapes.Select(object? (shape) => Array(shape)),
                ["toplevel_params"] = new Dictionary<string, object?> { ["cur_lod"] = Array([]) },
            });
        }

        static PickleWriter.Call Array(long[] shape)
        {
            byte[] zeros = new byte[4 * shape.Aggregate(1L, (a, b) => a * b)];
            return new(
                new("numpy.core.multiarray", "_reconstruct"), new(new PickleWriter.Global("numpy", "ndarray"), new PickleWriter.Tuple(0), "b"),
                State: new PickleWriter.Tuple(1, new PickleWriter.Tuple([.. shape]), SingleType, false, new PickleWriter.Bytes(zeros.Length, stream => stream.Write(zeros))));
        }
    }
}
