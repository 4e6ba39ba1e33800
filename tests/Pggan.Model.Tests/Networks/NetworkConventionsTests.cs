using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>What pytorch_GAN_zoo does otherwise, by closed forms; whole networks are compared in <see cref="ForeignNetworkTests"/>.</summary>
public sealed class NetworkConventionsTests
{
    private static readonly NetworkArchitecture Zoo = new()
    {
        Resolution = 16,
        Channels = 1,
        FmapBase = 32,
        FmapMax = 6,
        LatentSize = 5,
        FusedScale = false,
        Conventions = NetworkConventions.GanZoo,
    };

    [Theory]
    [InlineData(8, 4)]
    [InlineData(6, 6)]
    [InlineData(3, 3)]
    [InlineData(5, 5)]
    public void Groups_are_neighbours_with_unbiased_variance(int n, int group)
    {
        using var scope = NewDisposeScope();
        Tensor x = randn(n, 2, 1, 1, generator: new torch.Generator(3));
        float[] values = [.. x.data<float>()];
        float[] added = [.. MinibatchStdDev.Append(x, Zoo).select(1, 2).flatten().contiguous().data<float>()];
        for (int i = 0; i < n; i++)
        {
            double mean = 0;
            for (int c = 0; c < 2; c++)
            {
                double[] of = [.. Enumerable.Range(i / group * group, group).Select(k => (double)values[k * 2 + c])];
                mean += Math.Sqrt(of.Sum(v => (v - of.Average()) * (v - of.Average())) / (group - 1) + 1e-8) / 2;
            }
            Assert.Equal(mean, added[i], 1e-5);
        }
    }

    [Fact]
    public void A_group_of_one_has_zeros()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0, MinibatchStdDev.Append(ones(1, 2, 4, 4), Zoo).select(1, 2).abs().max().item<float>());
    }

    [Fact]
    public void The_discriminator_takes_8x8_in_one_step_and_fades_later_ones()
    {
        using var scope = NewDisposeScope();
        using Discriminator zoo = new(Zoo, 1), official = new(Zoo with { Conventions = NetworkConventions.Official }, 1);
        Tensor small = randn(4, 1, 8, 8), large = randn(4, 1, 16, 16);
        Assert.Equal(0, Change(zoo, small, 8));
        Assert.NotEqual(0, Change(zoo, large, 16));
        Assert.NotEqual(0, Change(official, small, 8));
        Assert.False(zoo.IsActive("fromRgb.0.weight", new GrowthStage(8, 0.5)));
        Assert.True(zoo.IsActive("fromRgb.1.weight", new GrowthStage(16, 0.5)));

        static float Change(Discriminator d, Tensor images, int resolution) =>
            (d.forward(images, new GrowthStage(resolution, 0.3)).Scores - d.forward(images, GrowthStage.Grown(resolution)).Scores).abs().max().item<float>();
    }

    [Fact]
    public void Parts_of_a_minibatch_are_groups_of_neighbours_or_the_whole()
    {
        using var scope = NewDisposeScope();
        TrainerOptions options = new() { Architecture = Zoo };
        Assert.Equal((4, 6), (MicroBatch.GroupOf(options, 8), MicroBatch.GroupOf(options, 6)));
        Tensor images = arange(8, ScalarType.Float32).reshape(8, 1);
        float[][] parts = [.. MicroBatch.Split(8, 4, 4, ofNeighbours: true).Select(p => p.Of(images).contiguous().data<float>().ToArray())];
        Assert.Equal([[0f, 1, 2, 3], [4f, 5, 6, 7]], parts);
    }

    [Fact]
    public void A_training_in_parts_is_that_of_the_whole()
    {
        TrainerOptions options = new()
        {
            Architecture = Zoo,
            Schedule = new GrowthScheduleOptions { Resolution = 16, InitialResolution = 4, TrainKimg = 0.016, FadeKimg = 0.032, TotalKimg = 1, MinibatchBase = 8 },
        };
        Checkpoint whole = After(options), parts = After(options with { MicroBatch = new Dictionary<int, int> { [4] = 4, [8] = 4, [16] = 4 } });
        Assert.True(whole.State.Progress.Images > 100);
        foreach ((string name, HostTensor tensor) in whole.Tensors.Where(t => t.Key.StartsWith("G/", StringComparison.Ordinal) || t.Key.StartsWith("D/", StringComparison.Ordinal)))
            Assert.Equal(tensor.Data, parts.Tensors[name].Data, (a, b) => Math.Abs(a - b) < 1e-3);

        static Checkpoint After(TrainerOptions options)
        {
            using ProgressiveTrainer trainer = new(options, null);
            for (int i = 0; i < 14; i++)
                ProgressiveTrainerTests.Step(trainer);
            return trainer.Capture(0, null);
        }
    }

    [Fact]
    public void Realism_of_an_image_does_not_depend_on_its_neighbours()
    {
        using var scope = NewDisposeScope();
        using Discriminator discriminator = new(Zoo, seed: 3);
        Tensor images = Chance.Normal(40, 256, 1, Purpose.Inversion, 0).reshape(40, 1, 16, 16);
        Realism realism = new(discriminator, i => images.narrow(0, i, 1), GrowthStage.Grown(16));
        double[] together = [.. realism.Of(images.narrow(0, 30, 3)).data<float>().Select(v => (double)v)];
        double[] alone = [.. Enumerable.Range(30, 3).Select(i => (double)realism.Of(images.narrow(0, i, 1)).item<float>())];
        Assert.Equal(alone, together, (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void Networks_without_deviations_are_written_as_ever()
    {
        string json = JsonSerializer.Serialize(new NetworkArchitecture(), CheckpointFile.Json);
        Assert.DoesNotContain("conventions", json, StringComparison.Ordinal);
        Assert.DoesNotContain("feature_map_list", json, StringComparison.Ordinal);
        NetworkArchitecture zoo = Zoo with { FeatureMapList = new FeatureMapList([3, 4, 5, 6]) };
        Assert.Equal(zoo, JsonSerializer.Deserialize<NetworkArchitecture>(JsonSerializer.Serialize(zoo, CheckpointFile.Json), CheckpointFile.Json));
    }
}
