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
    [InlineData(8, 0.25, true)]
    [InlineData(16, 1, true)]
    [InlineData(16, 1, false)]
    public void A_checkpoint_of_the_zoo_comes_back_to_the_bit(int resolution, double alpha, bool equalized)
    {
        NetworkArchitecture architecture = Architecture with { Conventions = NetworkConventions.GanZoo, FusedScale = false, FmapBase = 96, FmapMax = 12, Resolution = resolution, EqualizedLearningRate = equalized };
        NetworkSnapshot networks = NetworkSnapshot.Of(SmallCheckpoint.Of(architecture, new GrowthStage(resolution, alpha))) with { LabelNames = ["cat", "dog"] };
        Assert.Empty(ZooCheckpointWriter.Differences(architecture, networks.Stage));
        NetworkSnapshot read = Read("networks.pth", file => ZooCheckpointWriter.Write(file, networks, networks.Stage));
        AssertSame(networks, read);
        Assert.Equal(2, read.LabelNames.Count);
    }

    /// <summary>The zoo has no flags: neighbours become values of one attribute.</summary>
    [Theory]
    [InlineData("3 2", "3 2", "hair=red hair=black hair=grey hat=no hat=yes", "hair: red,hair: black,hair: grey,hat: no,hat: yes")]
    [InlineData("2 3", "2 3", "a b c d e", "Main: a,Main: b,Main_: c,Main_: d,Main_: e")]
    [InlineData("2 -1", "2 -1", "hair=red hair=grey hat=no", "hair: red,hair: grey,hat: no")]
    [InlineData("1 1 2 1", "2 2 -1", "Young Male hat=no hat=yes Smiling", "Main: Young,Main: Male,hat: no,hat: yes,Main_: Smiling")]
    [InlineData("1 1 1", null, "Young Male Smiling", "Young,Male,Smiling")]
    [InlineData(null, null, "digit=0 digit=1 digit=2", "0,1,2")]
    [InlineData(null, null, "a=0 b=1 c=2", "a=0,b=1,c=2")]
    [InlineData(null, "2 2", "hair:_red hair:_grey hat:_no hat:_yes", "hair: red,hair: grey,hat: no,hat: yes")] // imported before there were groups
    [InlineData(null, "2 -1", "hair:_red hair:_grey hat:_no", "hair: red,hair: grey,hat: no")]
    [InlineData(null, null, "hair:_red hair:_grey bald", "hair: red,hair: grey,bald")]
    public void Attributes_come_back_from_the_zoo(string? groups, string? expected, string names, string expectedNames)
    {
        string[] labels = [.. names.Split(' ').Select(name => name.Replace('_', ' '))];
        NetworkArchitecture architecture = Architecture with { Conventions = NetworkConventions.GanZoo, FusedScale = false, FmapBase = 96, Resolution = 8 };
        architecture = architecture with { LabelSize = labels.Length, LabelGroups = Groups(groups) };
        NetworkSnapshot networks = NetworkSnapshot.Of(SmallCheckpoint.Of(architecture, GrowthStage.Grown(8))) with { LabelNames = labels };
        NetworkSnapshot read = Read("networks.pth", file => ZooCheckpointWriter.Write(file, networks, networks.Stage));
        AssertSame(networks, read);
        Assert.Equal(expectedNames, string.Join(',', read.LabelNames));
        Assert.Equal(Groups(expected), read.Architecture.LabelGroups);
        bool hasFlags = Groups(groups)?.Contains(1) == true;
        Assert.Equal(hasFlags, ZooCheckpointWriter.Differences(architecture, networks.Stage).Any(difference => difference.Contains("flags", StringComparison.Ordinal)));

        static LabelGroups? Groups(string? sizes) => sizes is null ? null : [.. sizes.Split(' ').Select(int.Parse)];
    }

    [Fact]
    public void What_the_published_code_can_not_have_is_refused()
    {
        Assert.Contains("export it as zoo", Refusal(Architecture with { Conventions = NetworkConventions.GanZoo }), StringComparison.Ordinal);
        Assert.Contains("without their labels", Refusal(Architecture with { NormalizeLabels = false }), StringComparison.Ordinal);
        Assert.Contains("tanh", Refusal(Architecture with { TanhOutput = true }), StringComparison.Ordinal);
        Assert.Contains("its G has batch norm", Refusal(Architecture with { BatchNorm = true }), StringComparison.Ordinal);
        Assert.Contains("its D has layer norm", Refusal(Architecture with { LayerNorm = true }), StringComparison.Ordinal);
        Assert.Contains("its D has minibatch discrimination", Refusal(Architecture with { DiscriminationKernels = 2 }), StringComparison.Ordinal);
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
