using System.Globalization;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>Networks of other programs against the images and scores that those programs made with them.</summary>
public sealed class ForeignNetworkTests
{
    private static readonly string Small = Path.Combine(OracleFiles.RepositoryRoot(), "tests", "networks");

    private static readonly string[] Others =
        [.. Directory.GetFiles(Small, "theano-*.pkl").Concat(Directory.GetFiles(Small, "genforce-*.pth")).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Files =>
        [.. OracleFiles.Matching("pkl-*.pkl").Concat(OracleFiles.Matching("zoo-*.pth")).Select(row => OracleFiles.PathOf(row.Data)).Concat(Others)];

    public static TheoryData<string> FilesInOneFormat => [.. Files.Select(row => row.Data).Where(file => !file.Contains(".legacy.", StringComparison.Ordinal))];

    [Theory]
    [InlineData(true, 0x80, 4, 0x95, 0x10, 0, 0, 0, 0, 0, 0, 0)] // protocol 4 begins with a frame
    [InlineData(true, 0x80, 2, 0x63, 0x74, 0x66, 0x75, 0x74, 0x69, 0x6c)]
    [InlineData(false, 0x80, 2, 0, 0, 0, 0, 0, 0, 0x7b, 0x22)] // safetensors whose header has 640 bytes
    [InlineData(false, 0x80, 15, 0, 0, 0, 0, 0, 0, 0x7b, 0x22)]
    public void A_header_of_any_length_is_not_taken_for_a_pickle(bool isForeign, params int[] start)
    {
        using TempFolder temp = new();
        File.WriteAllBytes(temp["file"], [.. start.Select(b => (byte)b)]);
        Assert.Equal(isForeign, ForeignNetwork.Is(temp["file"]));
    }

    [Fact]
    public void A_loss_of_the_zoo_that_has_a_tanh_makes_a_network_with_one()
    {
        byte[] file = File.ReadAllBytes(Path.Combine(Small, "zoo-legacy.pth"));
        string text = Encoding.Latin1.GetString(file).Replace("\u0006\0\0\0WGANGP", "\u0005\0\0\0DCGAN", StringComparison.Ordinal);
        Assert.Equal((false, true), (ForeignNetwork.Read(file).Architecture.TanhOutput, ForeignNetwork.Read(Encoding.Latin1.GetBytes(text)).Architecture.TanhOutput));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Networks_draw_and_score_as_in_the_program_that_they_are_from(string file)
    {
        using TempFolder temp = new();
        NetworkFile.Write(temp["network.safetensors"], NetworkFile.ReadAll(file), CancellationToken.None);
        NetworkSnapshot networks = NetworkFile.ReadAll(temp["network.safetensors"]);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using SafetensorsFile expected = Safetensors.Open(ExpectedOf(file));
        bool official = expected.Contains("z");
        Tensor z = Of(expected, official ? "z" : "input");
        Tensor? labels = networks.Architecture.LabelSize > 0 ? Of(expected, "labels") : null;

        using Generator generator = new(networks.Architecture), average = new(networks.Architecture);
        ImageSampler.Load(generator, networks.Generator(raw: true).Tensors);
        ImageSampler.Load(average, networks.Generator(raw: false).Tensors);
        AssertClose(Of(expected, "G/images"), generator.forward(z, labels, networks.Stage), "images of G");
        AssertClose(Of(expected, official ? "Gs/images" : "avgG/images"), average.forward(z, labels, networks.Stage), "images of the average");

        // So does ONNX Runtime with what we export of them.
        foreach (bool raw in new[] { true, false })
        {
            using OnnxModel model = new(networks.Generator(raw));
            HostTensor images = model.Run(HostTensor.From(z), labels is null ? null : HostTensor.From(labels));
            AssertClose(Of(expected, raw ? "G/images" : official ? "Gs/images" : "avgG/images"), tensor(images.Data, images.Shape), "images as ONNX");
        }

        using Discriminator discriminator = new(networks.Architecture);
        ImageSampler.Load(discriminator, networks.Discriminator()!);
        (Tensor scores, Tensor logits) = discriminator.forward(Of(expected, "G/images"), networks.Stage);
        AssertClose(Of(expected, official ? "D/scores" : "D/output"), scores, "scores");
        if (networks.Architecture.LabelSize > 0)
            AssertClose(Of(expected, "D/label_logits"), logits, "label logits");
        if (expected.Contains("G/stem.conv.weight"))
            Assert.Equal(expected.Read("G/stem.conv.weight").Data, networks.Tensors["G/stem.conv.weight"].Data);
        if (expected.Metadata.TryGetValue("alpha", out string? alpha) && double.TryParse(alpha, CultureInfo.InvariantCulture, out double old))
            Assert.Equal(1 - old, networks.Stage.Alpha, 1e-9);
    }

    [Theory]
    [MemberData(nameof(FilesInOneFormat))]
    public void Training_goes_on_with_them_and_its_checkpoint_resumes(string file)
    {
        NetworkSnapshot networks = NetworkFile.ReadAll(file);
        int labelSize = networks.Architecture.LabelSize;
        TrainerOptions options = new()
        {
            Architecture = networks.Architecture,
            Schedule = new GrowthScheduleOptions
            {
                Resolution = networks.Architecture.Resolution,
                InitialResolution = networks.Architecture.Resolution,
                TrainKimg = 1,
                FadeKimg = 0,
                TotalKimg = 1,
                MinibatchBase = 16,
            },
        };
        LabelTable? labels = labelSize > 0 ? new LabelTable(10, labelSize, (index, label) => label[index % labelSize] = 1) : null;
        using ProgressiveTrainer trainer = new(options, labels), resumed = new(options, labels);
        trainer.InitializeFrom(networks);
        Assert.All(networks.Tensors, t => Assert.Equal(t.Value.Data, trainer.Capture(0, null).Tensors[t.Key].Data));
        StepMetrics step = ProgressiveTrainerTests.Step(trainer);
        Assert.Equal(0, step.SkippedUpdates);
        resumed.Restore(trainer.Capture(16, "digest"));
        ProgressiveTrainerTests.Step(trainer);
        ProgressiveTrainerTests.Step(resumed);
        ProgressiveTrainerTests.AssertSame(trainer.Capture(32, "digest"), resumed.Capture(32, "digest"));

        // Only the paths of colours from lower resolutions are at rest.
        using Generator generator = new(networks.Architecture);
        IReadOnlyDictionary<string, HostTensor> learnt = trainer.Capture(0, null).Tensors;
        GrowthStage grown = GrowthStage.Grown(networks.Architecture.Resolution);
        string[] names = [.. networks.Tensors.Keys.Where(name => generator.IsActive(name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..], grown))];
        Assert.All(names, name => Assert.False(networks.Tensors[name].Data.AsSpan().SequenceEqual(learnt[name].Data), $"{name} did not learn"));
    }

    [Fact]
    public void Every_protocol_and_every_way_of_writing_gives_the_same_networks()
    {
        NetworkSnapshot expected = ForeignNetwork.Read(Path.Combine(Small, "official-4.pkl"));
        Assert.Equal(
            new NetworkArchitecture { Resolution = 8, LatentSize = 3, LabelSize = 2, FmapBase = 4, FmapMax = 2, PixelNormEpsilon = 1e-4 }, expected.Architecture);
        Assert.Equal(new GrowthStage(8, 0.75), expected.Stage);
        string[] others = Directory.GetFiles(Small, "official-*.pkl");
        Assert.Equal(6, others.Length);
        foreach (string file in others)
            AssertSame(expected, ForeignNetwork.Read(file), Path.GetFileName(file));
    }

    [Fact]
    public void Both_formats_of_torch_give_the_same_networks_with_and_without_wrappers()
    {
        NetworkSnapshot zip = ForeignNetwork.Read(Path.Combine(Small, "zoo-zip.pth"));
        AssertSame(zip, ForeignNetwork.Read(Path.Combine(Small, "zoo-legacy.pth")), "legacy");
        Assert.Equal(["Colour: red", "Colour: blue", "Kind: hat"], zip.LabelNames);
        Assert.Equal([2, LabelGroups.Always], zip.Architecture.LabelGroups!);
        Assert.Equal(NetworkConventions.GanZoo, zip.Architecture.Conventions);
        Assert.Equal(new GrowthStage(8, 0.75), zip.Stage);
        Assert.Equal("2,2,1", string.Join(',', Enumerable.Range(0, 3).Select(zip.Architecture.FeatureMaps)));

        using TempFolder temp = new();
        NetworkFile.Write(temp["n.safetensors"], zip, CancellationToken.None);
        AssertSame(zip, NetworkFile.ReadAll(temp["n.safetensors"]), "our file");
    }

    [Fact]
    public void Feature_maps_are_listed_only_where_the_formula_does_not_give_them()
    {
        NetworkArchitecture published = new NetworkArchitecture { Resolution = 1024 }.WithFeatureMaps([512, 512, 512, 512, 512, 256, 128, 64, 32, 16]);
        Assert.Equal(new NetworkArchitecture { Resolution = 1024 }, published);
        NetworkArchitecture own = new NetworkArchitecture { Resolution = 16 }.WithFeatureMaps([24, 24, 24, 12]);
        Assert.Null(own.FeatureMapList); // 96 / 2^stage, at most 24
        own = new NetworkArchitecture { Resolution = 16 }.WithFeatureMaps([24, 24, 20, 12]);
        Assert.Equal([24, 24, 20, 12], own.FeatureMapList!);
        Assert.Equal(20, own.FeatureMaps(2));
        own.Validate();
        Assert.Contains("must be 5 numbers", Assert.Throws<ArgumentException>((own with { Resolution = 32 }).Validate).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_that_is_cut_off_anywhere_is_refused(string file)
    {
        byte[] whole = File.ReadAllBytes(file);
        foreach (int length in new[] { 16, 100, whole.Length / 3, whole.Length / 2, whole.Length - 9 })
            Assert.Throws<InvalidDataException>(() => ForeignNetwork.Read(whole[..length]));
    }

    /// <summary>A few bytes of a good file in place of others.</summary>
    [Theory]
    [InlineData("official-2.pkl", "tfutil\nNetwork", "network\nNetwork", "G has no build_func_spec")]
    [InlineData("official-2.pkl", "version", "versiom", "G has no version")]
    [InlineData("theano-8px.pkl", "G_paper", "G_mnist", "G was built by G_mnist, and G_paper is the progressive GAN's")]
    [InlineData("theano-8px.pkl", "D_paper", "D_mnist", "D was built by D_mnist")]
    [InlineData("theano-8px.pkl", "cur_lod", "cur_led", "G's cur_lod is no array")]
    [InlineData("theano-8px.pkl", "param_values", "param_valves", "G has no param_values")]
    [InlineData("theano-8px.pkl", "fmap_max", "fmap_min", "D's array 15, the weight of head.dense0, is [2, 2, 4, 4], and the architecture needs 128 numbers")]
    [InlineData("theano-8px.pkl", "latent_size", "latemt_size", "the weight of stem, is [2, 3, 4, 4], and the architecture needs 64 numbers")]
    [InlineData("official-2.pkl", "tfutil\nNetwork", "dnnlib.tflib.network\nNetwork", "StyleGAN")]
    [InlineData("official-2.pkl", "tfutil\nNetwork", "posix\nsystem", "names posix.system")]
    [InlineData("official-2.pkl", "versionq\u0003K\u0002", "versionq\u0003K\u0003", "version 3 of the official format")]
    [InlineData("official-2.pkl", "G_paper", "G_style", "was built by G_style")]
    [InlineData("official-2.pkl", "resolutionq\nK\u0008", "resolutionq\nK\u0009", "resolution 9 must be")]
    [InlineData("official-2.pkl", "resolutionq\nK\u0008", "resolutionq\nK\u0004", "lod is 0.25, and must be from 0 to 0")]
    [InlineData("official-2.pkl", "4x4/Dense/bias", "4x4/Sense/bias", "a variable 4x4/Sense/bias")]
    [InlineData("official-2.pkl", "4x4/Conv/bias", "4x4/Conv/bios", "a variable 4x4/Conv/bios, which these networks do not have")]
    [InlineData("zoo-legacy.pth", "leakyReluLeakq\u0007G?\u00c9", "leakyReluLeakq\u0007G?\u00d9", "slope 0.4")]
    [InlineData("zoo-legacy.pth", "dimOutputq\u000fK\u0003", "dimOutputq\u000fK\u0004", "the architecture needs 8 numbers")]
    [InlineData("zoo-legacy.pth", "decisionLayer.bias", "decisionLayer.boss", "a tensor decisionLayer.boss, which these networks do not have")]
    [InlineData("zoo-legacy.pth", "decisionLayer.bias", "divisionLayer.bias", "a tensor divisionLayer.bias")]
    [InlineData("zoo-legacy.pth", "netD", "netE", "has no netD")]
    [InlineData("zoo-legacy.pth", "models.utils.config", "models.utils.conf_g", "names models.utils.conf_g.BaseConfig")]
    [InlineData("zoo-legacy.pth", "little_endianq\u0002\u0088", "little_endianq\u0002\u0089", "big-endian")]
    [InlineData("genforce-16px.pth", "generator_smooth", "generator_smoath", "none of genforce, whose generator_smooth is")]
    [InlineData("genforce-16px.pth", "discriminator", "discriminatox", "discriminator is no dictionary")]
    [InlineData("genforce-16px.pth", "output0.bias", "outpot0.bias", "generator has no output0.bias: it is no progressive GAN")]
    [InlineData("genforce-16px.pth", "layer1.bias", "layer1.bios", "generator has no layer1.bias")]
    [InlineData("genforce-16px.pth", "input0.weight", "input9.weight", "discriminator has no input0.weight")]
    [InlineData("genforce-16px.pth", "output1.weight", "layer2.bias\0\0\0", "generator has no output1.weight")]
    [InlineData("zoo-zip.pth", "zoo-zip/data.pkl", "zoo-zip/data.pok", "no data.pkl")]
    public void What_is_no_such_network_is_named(string file, string from, string to, string says)
    {
        string text = Encoding.Latin1.GetString(File.ReadAllBytes(Path.Combine(Small, file)));
        Assert.Contains(from, text, StringComparison.Ordinal);
        byte[] changed = Encoding.Latin1.GetBytes(text.Replace(from, to, StringComparison.Ordinal));
        Assert.Contains(says, Assert.Throws<InvalidDataException>(() => ForeignNetwork.Read(changed)).Message, StringComparison.Ordinal);
    }

    private static string ExpectedOf(string file) => Path.Combine(Path.GetDirectoryName(file)!, Path.GetFileName(file).Split('.')[0] + ".expected.safetensors");

    private static Tensor Of(SafetensorsFile file, string name)
    {
        HostTensor tensor = file.Read(name);
        return torch.tensor(tensor.Data, tensor.Shape);
    }

    private static void AssertSame(NetworkSnapshot expected, NetworkSnapshot actual, string what)
    {
        Assert.Equal((expected.Architecture, expected.Stage), (actual.Architecture, actual.Stage));
        Assert.Equal(expected.LabelNames, actual.LabelNames);
        Assert.Equal(expected.Tensors.Keys.Order(), actual.Tensors.Keys.Order());
        foreach ((string name, HostTensor tensor) in expected.Tensors)
        {
            Assert.Equal(tensor.Shape, actual.Tensors[name].Shape);
            Assert.True(tensor.Data.AsSpan().SequenceEqual(actual.Tensors[name].Data), $"{name} differs in {what}");
        }
    }

    private static void AssertClose(Tensor expected, Tensor actual, string what)
    {
        Assert.Equal(expected.shape, actual.shape);
        double magnitude = expected.abs().max().item<float>(), difference = (expected - actual).abs().max().item<float>();
        Assert.True(difference <= 1e-4 * magnitude, $"{what}: off by {difference:g3} where the largest magnitude is {magnitude:g3}");
    }
}
