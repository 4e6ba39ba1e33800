using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>Exported generators, run by ONNX Runtime.</summary>
public sealed class OnnxExporterTests
{
    public static TheoryData<string> Files => OracleFiles.Matching("networks-*.safetensors");

    [Theory]
    [MemberData(nameof(Files))]
    public void Images_are_the_official_ones_at_every_stage_and_in_batches_of_any_size(string file)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using Oracle oracle = new(file);
        foreach (string lod in oracle.Lods("lods"))
        {
            GrowthStage stage = oracle.Stage(lod);
            Tensor expected = oracle.Native(oracle[$"lod={lod}/images"], stage);
            float magnitude = expected.abs().max().item<float>();
            using OnnxModel model = new(Snapshot(oracle.Generator, stage));
            foreach (int count in new[] { 1, 5 })
            {
                HostTensor images = model.Run(Rows(oracle["z"], count), oracle.Labels is { } labels ? Rows(labels, count) : null);
                Assert.Equal([count, oracle.Architecture.Channels, stage.Resolution, stage.Resolution], images.Shape);
                float difference = (tensor(images.Data, images.Shape) - expected.narrow(0, 0, count)).abs().max().item<float>();
                Assert.True(difference <= 1e-4 * magnitude, $"lod {lod}, {count} at once: off by {difference:g3} of {magnitude:g3}");
            }
        }
    }

    private static readonly NetworkArchitecture Plain = new() { Resolution = 8, FmapBase = 32, FmapMax = 8, LatentSize = 5, PixelNormEpsilon = 1e-4 };

    public static TheoryData<NetworkArchitecture> Variants =>
    [
        Plain with { PixelNorm = false },
        Plain with { NormalizeLatents = false },
        Plain with { NormalizeLatents = false, PixelNorm = false },
        Plain with { LeakyRelu = false },
        Plain with { TanhOutput = true },
        Plain with { EqualizedLearningRate = false },
        Plain with { BatchNorm = true },
        Plain with { BatchNorm = true, FusedScale = false, PixelNorm = false, LeakyRelu = false, TanhOutput = true, EqualizedLearningRate = false },
        Plain with { Conventions = NetworkConventions.GanZoo },
        Plain with { Conventions = NetworkConventions.GanZoo, FusedScale = false, TanhOutput = true },
    ];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Networks_of_every_option_are_the_same_too(NetworkArchitecture architecture)
    {
        using Generator generator = new(architecture, seed: 3);
        using (no_grad())
        {
            // Biases begin as zero, and gains and statistics as no change, which would prove nothing.
            using torch.Generator random = new(7, CPU);
            foreach (var (name, parameter) in generator.named_parameters().Where(p => p.name.EndsWith("bias", StringComparison.Ordinal) || p.name.Contains("norm.", StringComparison.Ordinal)))
            {
                if (name.EndsWith("variance", StringComparison.Ordinal))
                    parameter.uniform_(0.3, 2, random);
                else
                    parameter.normal_(0, 1, random);
            }
        }
        GeneratorSnapshot snapshot = Snapshot(generator, new GrowthStage(8, 0.25));
        using ImageSampler sampler = new(snapshot, "cpu");
        HostTensor z = ImageSampler.Latents(3, 5, seed: 1), expected = sampler.Render(z, null, snapshot.Stage);
        using OnnxModel model = new(snapshot);
        HostTensor images = model.Run(z, null);
        float magnitude = expected.Data.Max(Math.Abs);
        Assert.All(images.Data.Zip(expected.Data), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1e-4f * magnitude));
    }

    /// <summary>Trained, so that the running statistics have moved; with labels and without.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_dcgan_draws_with_its_running_statistics_alone_and_among_others(int labels)
    {
        NetworkArchitecture architecture = DcganTests.Architecture with { LabelSize = labels };
        TrainerOptions options = new()
        {
            Architecture = architecture,
            Schedule = new GrowthScheduleOptions { Resolution = 16, InitialResolution = 16, MinibatchBase = 8 },
            Loss = AdversarialLoss.Dcgan,
            EmaBeta = 0,
        };
        using ProgressiveTrainer trainer = new(options, labels > 0 ? new LabelTable(8, labels, (index, row) => row[index % labels] = 1) : null);
        for (int i = 0; i < 3; i++)
            ProgressiveTrainerTests.Step(trainer);
        GeneratorSnapshot snapshot = trainer.CaptureGenerator();
        Assert.NotEqual(0, snapshot.Tensors["blocks.0.norm.mean"].Data[0]);
        using ImageSampler sampler = new(snapshot, "cpu");
        using OnnxModel model = new(snapshot);
        foreach (int count in new[] { 1, 5 })
        {
            HostTensor z = ImageSampler.Latents(count, architecture.Latents, seed: 1);
            HostTensor? rows = labels > 0 ? new HostTensor([count, labels], [.. Enumerable.Range(0, count * labels).Select(i => i % labels == i / labels % labels ? 1f : 0)]) : null;
            HostTensor expected = sampler.Render(z, rows, snapshot.Stage), images = model.Run(z, rows);
            Assert.Equal([count, 3, 16, 16], images.Shape);
            float magnitude = expected.Data.Max(Math.Abs);
            Assert.All(images.Data.Zip(expected.Data), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1e-4f * magnitude));
        }
    }

    [Fact]
    public void A_stage_that_a_dcgan_does_not_have_is_refused()
    {
        using Generator generator = new(DcganTests.Architecture);
        using MemoryStream file = new();
        string message = Assert.Throws<ArgumentException>(() => OnnxExporter.Write(file, Snapshot(generator, GrowthStage.Grown(8)), TestContext.Current.CancellationToken)).Message;
        Assert.Contains("no stage of 8 px", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_model_tells_what_it_is()
    {
        using Generator generator = new(new NetworkArchitecture { Resolution = 8, FmapBase = 32, FmapMax = 4, LabelSize = 3 });
        GeneratorSnapshot snapshot = Snapshot(generator, new GrowthStage(8, 0.5));
        using OnnxModel model = new(snapshot);
        ModelMetadata metadata = model.Session.ModelMetadata;
        Assert.Equal(("pggan", "Generator"), (metadata.ProducerName, metadata.GraphName));
        Assert.Equal(snapshot.Architecture, JsonSerializer.Deserialize<NetworkArchitecture>(metadata.CustomMetadataMap["architecture"], CheckpointFile.Json));
        Assert.Equal(("8", "0.5", "12000"), (metadata.CustomMetadataMap["stage_resolution"], metadata.CustomMetadataMap["stage_alpha"], metadata.CustomMetadataMap["images"]));
        Assert.Equal([-1, 4], model.Session.InputMetadata["z"].Dimensions);
        Assert.Equal([-1, 3], model.Session.InputMetadata["labels"].Dimensions);
        Assert.Equal([-1, 3, 8, 8], model.Session.OutputMetadata["images"].Dimensions);
    }

    [Fact]
    public void The_same_network_makes_the_same_bytes_and_leaves_no_tensors()
    {
        using Generator generator = new(new NetworkArchitecture { Resolution = 16, FmapBase = 32, FmapMax = 4 });
        GeneratorSnapshot snapshot = Snapshot(generator, new GrowthStage(16, 0.5));
        byte[] first = Bytes();
        long before = LiveTensors.BeforeMeasuring();
        Assert.Equal(first, Bytes());

        // TorchSharp's count forgets to take off the tensor that becomes a Parameter; nothing else may be left of the network.
        Assert.Equal(before + snapshot.Tensors.Count, Tensor.TotalCount);

        byte[] Bytes()
        {
            using MemoryStream file = new();
            OnnxExporter.Write(file, snapshot, TestContext.Current.CancellationToken);
            return file.ToArray();
        }
    }

    [Fact]
    public void A_file_above_two_gigabytes_is_refused()
    {
        OnnxExporter.CheckSize(int.MaxValue);
        string message = Assert.Throws<InvalidDataException>(() => OnnxExporter.CheckSize(1L << 31)).Message;
        Assert.Contains("2147483648 bytes", message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_stops_when_it_is_told()
    {
        using Generator generator = new(new NetworkArchitecture { Resolution = 8, FmapBase = 32, FmapMax = 4 });
        using MemoryStream file = new();
        Assert.Throws<OperationCanceledException>(() => OnnxExporter.Write(file, Snapshot(generator, new GrowthStage(8, 1)), new CancellationToken(canceled: true)));
        Assert.Equal(0, file.Length);
    }

    private static GeneratorSnapshot Snapshot(Generator generator, GrowthStage stage) =>
        new(generator.Architecture, stage, 12000, generator.named_parameters().ToDictionary(p => p.name, p => HostTensor.From(p.parameter)));

    private static HostTensor Rows(Tensor rows, int count) => HostTensor.From(rows.narrow(0, 0, count));
}
