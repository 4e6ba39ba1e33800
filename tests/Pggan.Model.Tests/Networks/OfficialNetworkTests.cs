using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>Our networks and losses against the reference's own numbers.</summary>
public sealed class OfficialNetworkTests
{
    public static TheoryData<string> Files => OracleFiles.Matching("networks-*.safetensors");

    [Theory]
    [MemberData(nameof(Files))]
    public void Images_scores_and_logits_are_the_official_ones(string file)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using Oracle oracle = new(file);
        foreach (string lod in oracle.Lods("lods"))
        {
            GrowthStage stage = oracle.Stage(lod);
            Tensor images = Resample.Up(oracle.Generator.forward(oracle["z"], oracle.Labels, stage), oracle.Architecture.Resolution / stage.Resolution);
            AssertClose(oracle[$"lod={lod}/images"], images, 1e-4, $"images at lod {lod}");
            (Tensor scores, Tensor logits) = oracle.Discriminator.forward(oracle.Native(oracle["x"], stage), stage);
            AssertClose(oracle[$"lod={lod}/scores"], scores, 1e-4, $"scores at lod {lod}");
            if (oracle.Architecture.LabelSize > 0)
                AssertClose(oracle[$"lod={lod}/label_logits"], logits, 1e-4, $"label logits at lod {lod}");
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Losses_and_gradients_are_the_official_ones(string file)
    {
        using var scope = NewDisposeScope();
        using Oracle oracle = new(file);
        GanLoss loss = new(new TrainerOptions
        {
            Architecture = oracle.Architecture,
            Schedule = new GrowthScheduleOptions { Resolution = oracle.Architecture.Resolution },
        });
        foreach (string lod in oracle.Lods("grad_lods"))
        {
            GrowthStage stage = oracle.Stage(lod);
            WeightedLabels? labels = oracle.Labels is { } rows ? new WeightedLabels(rows) : null;
            Tensor fakes;
            using (no_grad())
                fakes = oracle.Generator.forward(oracle["z"], oracle.Labels, stage);
            GanLoss.Critique critique = loss.Discriminator(
                oracle.Discriminator, oracle.Native(oracle["x"], stage), fakes, labels, oracle["eps"], stage);
            AssertClose(oracle[$"lod={lod}/d_loss"], critique.Loss.reshape(1), 1e-4, $"D's loss at lod {lod}");
            AssertGradients(oracle, oracle.Discriminator, critique.Loss, $"lod={lod}/d_grad/", n => oracle.Discriminator.IsActive(n, stage));

            (Tensor scores, Tensor logits) = oracle.Discriminator.forward(oracle.Generator.forward(oracle["z2"], oracle.Labels, stage), stage);
            Tensor generatorLoss = loss.Generator(scores, logits, labels);
            AssertClose(oracle[$"lod={lod}/g_loss"], generatorLoss.reshape(1), 1e-4, $"G's loss at lod {lod}");
            AssertGradients(oracle, oracle.Generator, generatorLoss, $"lod={lod}/g_grad/", n => oracle.Generator.IsActive(n, stage));
        }
    }

    private static void AssertGradients(Oracle oracle, nn.Module module, Tensor loss, string prefix, Predicate<string> isActive)
    {
        (string Name, Parameter Value)[] parameters = [.. module.named_parameters().Select(p => (p.name, p.parameter))];
        IList<Tensor> gradients = autograd.grad([loss], [.. parameters.Select(p => (Tensor)p.Value)], allow_unused: true);
        Dictionary<string, Tensor> ours = parameters.Zip(gradients).ToDictionary(p => p.First.Name, p => p.Second);
        Dictionary<string, Tensor> official = oracle.Variables(prefix)
            .Select(v => OfficialLayout.Convert(v.Key, v.Value, module is Generator, oracle.Architecture)).ToDictionary(v => v.Name, v => v.Value);
        Assert.Equal(ours.Keys.Order(), official.Keys.Order());
        foreach ((string name, Tensor expected) in official)
        {
            if (isActive(name))
                AssertClose(expected, ours[name], 1e-3, prefix + name);
            else
                Assert.True(expected.abs().max().item<float>() == 0, $"{prefix}{name} has a gradient in the reference but not here");
        }
    }

    /// <summary>Largest difference within <paramref name="tolerance"/> of the largest magnitude.</summary>
    private static void AssertClose(Tensor expected, Tensor actual, double tolerance, string what)
    {
        Assert.Equal(expected.shape, actual.shape);
        double magnitude = expected.abs().max().item<float>();
        double difference = (expected - actual).abs().max().item<float>();
        Assert.True(difference <= tolerance * magnitude, $"{what}: off by {difference:g3} where the largest magnitude is {magnitude:g3}");
    }
}
