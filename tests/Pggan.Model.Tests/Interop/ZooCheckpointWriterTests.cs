using System.IO.Compression;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>Written checkpoints of pytorch_GAN_zoo, drawn with by its formulas; the formulas are held against its own files.</summary>
public sealed class ZooCheckpointWriterTests
{
    public static TheoryData<string> Files => OracleFiles.Matching("zoo-*px*.expected.safetensors");

    [Theory]
    [MemberData(nameof(Files))]
    public void The_formulas_of_these_tests_are_the_zoos(string expected)
    {
        using var scope = NewDisposeScope();
        using SafetensorsFile values = Safetensors.Open(OracleFiles.PathOf(expected));
        Dictionary<string, object?> file = Read(File.ReadAllBytes(OracleFiles.PathOf(expected.Replace(".expected.safetensors", ".pth", StringComparison.Ordinal))));
        foreach (string network in new[] { "netG", "avgG" })
            AssertClose(values.Read(network == "netG" ? "G/images" : "avgG/images"), Draw(file, network, values.Read("input")));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void It_is_built_as_the_zoos(string expected)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, object?> theirs = Read(File.ReadAllBytes(OracleFiles.PathOf(expected.Replace(".expected.safetensors", ".pth", StringComparison.Ordinal))));
        Made configuration = (Made)theirs["config"]!;
        int d0 = (int)(long)configuration["depthScale0"]!, others = ((List<object?>)configuration["depthOtherScales"]!).Count;
        NetworkArchitecture architecture = new() { Resolution = 4 << others, FmapBase = d0 * 4, FmapMax = d0, LatentSize = (int)(long)configuration["noiseVectorDim"]!, FusedScale = false };
        GrowthStage stage = new(architecture.Resolution, 1 - Convert.ToDouble(configuration["alpha"], null));
        Dictionary<string, object?> ours = Written(SmallCheckpoint.Of(architecture, stage), stage);
        Assert.Equal(theirs.Keys, ours.Keys);
        Assert.Equal(configuration.Callee, ((Made)ours["config"]!).Callee);
        Assert.Equal(configuration.Keys, ((Made)ours["config"]!).Keys);
        Assert.All(["depthScale0", "depthOtherScales", "latentVectorDim", "dimOutput"], key => Assert.Equal(configuration[key], ((Made)ours["config"]!)[key]));
        foreach (string network in new[] { "netG", "netD", "avgG" })
            Assert.Equal(Tensors(theirs, network).Select(t => (t.Key, string.Join(',', t.Value.shape))), Tensors(ours, network).Select(t => (t.Key, string.Join(',', t.Value.shape))));
    }

    [Theory]
    [InlineData(16, 1, true, 0)]
    [InlineData(16, 0.25, false, 0)]
    [InlineData(8, 0.75, true, 6)]
    [InlineData(4, 1, true, 0)]
    [InlineData(16, 0.25, true, 0, false)]
    public void Its_generators_draw_what_ours_draw(int resolution, double alpha, bool fused, int labels, bool equalized = true)
    {
        using var scope = NewDisposeScope();
        NetworkArchitecture architecture = new() { Resolution = 16, FmapBase = 64, FmapMax = 12, LatentSize = 7, LabelSize = labels, FusedScale = fused, EqualizedLearningRate = equalized };
        GrowthStage stage = new(resolution, alpha);
        Checkpoint checkpoint = SmallCheckpoint.Of(architecture, stage);
        Dictionary<string, object?> file = Written(checkpoint, stage);
        HostTensor z = ImageSampler.Latents(5, 7, seed: 2);
        HostTensor? label = labels > 0 ? HostTensor.From(eye(5, labels)) : null;
        HostTensor input = label is null ? z : HostTensor.From(cat([tensor(z.Data, z.Shape), tensor(label.Data, label.Shape)], 1));
        foreach ((string network, bool raw) in new[] { ("netG", true), ("avgG", false) })
        {
            using ImageSampler sampler = new(checkpoint.Generator(raw), "cpu");
            AssertClose(sampler.Render(z, label, stage), Draw(file, network, input));
        }
    }

    [Fact]
    public void What_the_zoo_can_not_have_is_refused_and_what_differs_is_said()
    {
        NetworkArchitecture architecture = new() { Resolution = 8, FmapBase = 64, FmapMax = 8 };
        Assert.Equal(3, ZooCheckpointWriter.Differences(architecture, new GrowthStage(8, 0.5)).Count);
        Assert.Single(ZooCheckpointWriter.Differences(architecture, GrowthStage.Grown(4)));
        Assert.Empty(ZooCheckpointWriter.Differences(architecture with { FusedScale = false, StdDevGroup = 1 }, GrowthStage.Grown(8)));
        Assert.Contains("or neither", Refusal(architecture with { PixelNorm = false }), StringComparison.Ordinal);
        Assert.Contains("neither batch norm nor layer norm", Refusal(architecture with { BatchNorm = true }), StringComparison.Ordinal);
        Assert.Contains("neither batch norm nor layer norm", Refusal(architecture with { LayerNorm = true }), StringComparison.Ordinal);
        Assert.Contains("nor minibatch discrimination", Refusal(architecture with { DiscriminationKernels = 1 }), StringComparison.Ordinal);
        Assert.Contains("0.0001", Refusal(architecture with { PixelNormEpsilon = 1e-4 }), StringComparison.Ordinal);
        Assert.Contains("not 8 and 4", Refusal(architecture with { FmapBase = 8 }), StringComparison.Ordinal);
        Assert.Contains("labels with the latents", Refusal(architecture with { LabelSize = 2, NormalizeLabels = false }), StringComparison.Ordinal);
        Assert.Contains("leaky ReLU", Refusal(architecture with { LeakyRelu = false }), StringComparison.Ordinal);
        Assert.Contains("16", Assert.Single(ZooCheckpointWriter.Differences(
            architecture with { FusedScale = false, StdDevGroup = 16, Conventions = NetworkConventions.GanZoo }, GrowthStage.Grown(8))), StringComparison.Ordinal);

        static string Refusal(NetworkArchitecture of) =>
            Assert.Throws<ArgumentException>(() => Written(SmallCheckpoint.Of(of, GrowthStage.Grown(8)), GrowthStage.Grown(8))).Message;
    }

    [Fact]
    public void The_same_checkpoint_makes_the_same_bytes()
    {
        Checkpoint checkpoint = SmallCheckpoint.Of(new NetworkArchitecture { Resolution = 8, FmapBase = 64, FmapMax = 8 }, GrowthStage.Grown(8));
        Assert.Equal(Bytes(checkpoint, GrowthStage.Grown(8)), Bytes(checkpoint, GrowthStage.Grown(8)));
    }

    /// <summary>Images by the zoo's formulas: each layer's output is multiplied by sqrt(2 / fan-in), its bias too.</summary>
    private static HostTensor Draw(Dictionary<string, object?> file, string network, HostTensor input)
    {
        Dictionary<string, Tensor> tensors = Tensors(file, network);
        double alpha = Convert.ToDouble(((Made)file["config"]!)["alpha"], null);
        int scales = ((List<object?>)((Made)file["config"]!)["depthOtherScales"]!).Count;
        Tensor x = Norm(tensor(input.Data, input.Shape).flatten(1));
        x = nn.functional.linear(x, W("formatLayer"), B("formatLayer")).Times(Scale("formatLayer")).reshape(x.shape[0], -1, 4, 4);
        x = Layer("groupScale0.0", Act(x));
        Tensor old = x;
        for (int k = 0; k < scales; k++)
        {
            old = x;
            x = Layer($"scaleLayers.{k}.1", Layer($"scaleLayers.{k}.0", Resample.Up2x(x)));
        }
        Tensor image = ToRgb(scales, x);
        return HostTensor.From(alpha > 0 && scales > 0 ? Resample.Up2x(ToRgb(scales - 1, old)).Times(alpha) + image.Times(1 - alpha) : image);

        Tensor W(string layer) => tensors[layer + ".module.weight"];
        Tensor B(string layer) => tensors[layer + ".module.bias"];
        double Scale(string layer) => ((Made)file["config"]!)["equalizedlR"] is true ? Math.Sqrt(2.0 / W(layer).shape[1..].Aggregate(1L, (a, b) => a * b)) : 1;
        Tensor Layer(string layer, Tensor of) => Act(nn.functional.conv2d(of, W(layer), B(layer), padding: [1L, 1L]).Times(Scale(layer)));
        Tensor ToRgb(int k, Tensor of) => nn.functional.conv2d(of, W($"toRGBLayers.{k}"), B($"toRGBLayers.{k}")).Times(Scale($"toRGBLayers.{k}"));
        static Tensor Act(Tensor of) => Norm(of.LeakyRelu(0.2));
        static Tensor Norm(Tensor of) => of / (of * of).mean([1L], keepdim: true).Plus(1e-8).sqrt();
    }

    private static Dictionary<string, Tensor> Tensors(Dictionary<string, object?> file, string network) =>
        ((Made)file[network]!).Items.ToDictionary(i => i.Key, i => (Tensor)i.Value!);

    private static Dictionary<string, object?> Written(Checkpoint checkpoint, GrowthStage stage) => Read(Bytes(checkpoint, stage));

    private static byte[] Bytes(Checkpoint checkpoint, GrowthStage stage)
    {
        using MemoryStream file = new();
        ZooCheckpointWriter.Write(file, NetworkSnapshot.Of(checkpoint), stage, TestContext.Current.CancellationToken);
        return file.ToArray();
    }

    /// <summary>The file's dictionary, with tensors where it says how to make them.</summary>
    private static Dictionary<string, object?> Read(byte[] pth)
    {
        using ZipArchive zip = new(new MemoryStream(pth));
        string folder = zip.Entries[0].FullName.Split('/')[0];
        Dictionary<string, object?> file = (Dictionary<string, object?>)PlainPickle.Read(Entry("data.pkl"))!;
        foreach (Made network in new[] { "netG", "netD", "avgG" }.Select(n => (Made)file[n]!))
        {
            Assert.Equal("collections.OrderedDict", network.Callee);
            (string Key, Tensor Value)[] tensors = [.. network.Items.Select(i => (i.Key, TensorOf((Made)i.Value!)))];
            network.Items.Clear();
            network.Items.AddRange(tensors.Select(t => (t.Key, (object?)t.Value)));
        }
        Assert.Equal("3\n"u8.ToArray(), Entry("version"));
        return file;

        byte[] Entry(string name)
        {
            using MemoryStream content = new();
            using Stream entry = zip.GetEntry($"{folder}/{name}")!.Open();
            entry.CopyTo(content);
            return content.ToArray();
        }

        Tensor TensorOf(Made made)
        {
            object?[] storage = ((Made)made.Arguments[0]!).Arguments;
            Assert.Equal(("torch._utils._rebuild_tensor_v2", "storage", "torch.FloatStorage", "cpu"), (made.Callee, storage[0], storage[1], storage[3]));
            float[] data = MemoryMarshal.Cast<byte, float>(Entry($"data/{storage[2]}")).ToArray();
            Assert.Equal((long)data.Length, storage[4]);
            long[] Longs(int argument) => [.. ((object?[])made.Arguments[argument]!).Cast<long>()];
            return tensor(data).as_strided(Longs(2), Longs(3), (long)made.Arguments[1]!);
        }
    }

    private static void AssertClose(HostTensor expected, HostTensor actual)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        float magnitude = expected.Data.Max(Math.Abs), difference = expected.Data.Zip(actual.Data, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(difference <= 1e-4 * magnitude, $"off by {difference:g3} of {magnitude:g3}");
    }
}
