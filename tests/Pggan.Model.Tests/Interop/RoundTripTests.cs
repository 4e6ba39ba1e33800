namespace Pggan.Model.Tests;

/// <summary>What is written for other programs is read back by the importer as the same networks.</summary>
public sealed class RoundTripTests
{
    private static readonly NetworkArchitecture Architecture = new() { Resolution = 16, FmapBase = 64, FmapMax = 12, LatentSize = 7, LabelSize = 2 };

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(false, true, true)]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    public void An_official_pickle_comes_back_to_the_bit(bool fused, bool equalized, bool leaky)
    {
        NetworkArchitecture architecture = Architecture with { FusedScale = fused, EqualizedLearningRate = equalized, LeakyRelu = leaky };
        NetworkSnapshot networks = NetworkSnapshot.Of(SmallCheckpoint.Of(architecture, new GrowthStage(8, 0.75)));
        AssertSame(networks, Read("networks.pkl", file => OfficialPickleWriter.Write(file, networks, networks.Stage)));
    }

    [Theory]
    [InlineData(8, 0.25)]
    [InlineData(16, 1)]
    public void A_checkpoint_of_the_zoo_comes_back_to_the_bit(int resolution, double alpha)
    {
        NetworkArchitecture architecture = Architecture with { Conventions = NetworkConventions.GanZoo, FusedScale = false, FmapBase = 96, FmapMax = 12, Resolution = resolution };
        NetworkSnapshot networks = NetworkSnapshot.Of(SmallCheckpoint.Of(architecture, new GrowthStage(resolution, alpha))) with { LabelNames = ["cat", "dog"] };
        Assert.Empty(ZooCheckpointWriter.Differences(architecture, networks.Stage));
        NetworkSnapshot read = Read("networks.pth", file => ZooCheckpointWriter.Write(file, networks, networks.Stage));
        AssertSame(networks, read);
        Assert.Equal(2, read.LabelNames.Count);
    }

    [Fact]
    public void What_the_published_code_can_not_have_is_refused()
    {
        Assert.Contains("export it as zoo", Refusal(Architecture with { Conventions = NetworkConventions.GanZoo }), StringComparison.Ordinal);
        Assert.Contains("tanh", Refusal(Architecture with { TanhOutput = true }), StringComparison.Ordinal);
        Assert.Contains("no formula", Refusal(Architecture with { FeatureMapList = new FeatureMapList([4, 4, 5, 6]) }), StringComparison.Ordinal);

        static string Refusal(NetworkArchitecture architecture) => Assert.Throws<ArgumentException>(() => OfficialPickleWriter.Check(architecture)).Message;
    }

    private static NetworkSnapshot Read(string name, Action<Stream> write)
    {
        using TempFolder temp = new();
        using (FileStream file = File.Create(temp[name]))
            write(file);
        return ForeignNetwork.Read(temp[name]);
    }

    private static void AssertSame(NetworkSnapshot expected, NetworkSnapshot actual)
    {
        Assert.Null(expected.Architecture.MisfitIn(actual.Architecture));
        Assert.Equal(expected.Stage, actual.Stage);
        Assert.Equal(expected.Tensors.Keys.Order(StringComparer.Ordinal), actual.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.All(expected.Tensors, tensor => Assert.Equal(tensor.Value.Data, actual.Tensors[tensor.Key].Data));
    }
}
