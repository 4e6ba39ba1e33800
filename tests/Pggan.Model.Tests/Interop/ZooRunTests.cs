using System.Text.Json.Nodes;

namespace Pggan.Model.Tests;

/// <summary>What the zoo's train.py looks for beside a checkpoint.</summary>
public sealed class ZooRunTests
{
    private static readonly NetworkArchitecture Architecture = new() { Resolution = 16, FmapBase = 64, FmapMax = 12, LatentSize = 7, LabelSize = 2 };

    [Theory]
    [InlineData("runs/photos/photos_s5_i96000.pt", "photos", 5, 96000)]
    [InlineData("my_photos_s0_i0.pt", "my_photos", 0, 0)]
    public void A_checkpoint_is_found_by_its_name(string path, string name, int scale, int iteration)
    {
        ZooRun run = ZooRun.Of(path)!;
        Assert.Equal(new ZooRun(name, scale, iteration), run);
        Assert.Equal(Path.GetFileName(path), run.FileName);
        Assert.Equal((name + "_train_config.json", $"{name}_s{scale}_i{iteration}_tmp_config.json"), (run.ConfigurationName, run.ProgressName));
    }

    [Theory]
    [InlineData("photos.pt")]
    [InlineData("photos_s5_i96000.pth")] // the zoo lists .pt alone
    [InlineData("photos_s5_96000.pt")]
    [InlineData("s5_i96000.pt")]
    [InlineData("photos_s-5_i96000.pt")]
    [InlineData("photos_s5_i99999999999.pt")]
    public void Other_names_are_of_no_run(string path) => Assert.Null(ZooRun.Of(path));

    /// <summary>Under such a name it would not find what lies beside the checkpoint, and begin anew.</summary>
    [Theory]
    [InlineData("runs/photos/photos_s05_i96000.pt")]
    [InlineData("photos_s5_i096000.pt")]
    public void Zeros_in_front_are_refused_with_the_right_name(string path) =>
        Assert.Contains("call the file photos_s5_i96000.pt", Assert.Throws<ArgumentException>(() => ZooRun.Of(path)).Message, StringComparison.Ordinal);

    /// <summary>There alpha falls by 1/600 every 32 iterations, then a scale is trained to its end.</summary>
    [Theory]
    [InlineData(4, 1, 0, 0, true)]
    [InlineData(4, 1, 0, 500, true)]
    [InlineData(4, 1, 1, 500, false)]
    [InlineData(8, 0.25, 1, 4800, true)]
    [InlineData(8, 0.25, 1, 4832, false)]
    [InlineData(16, 1, 2, 19200, false)]
    [InlineData(16, 1, 2, 19232, true)]
    [InlineData(16, 1, 2, 96000, true)]
    public void The_zoo_goes_on_where_the_network_is_or_the_name_is_refused(int resolution, double alpha, int scale, int iteration, bool fits)
    {
        ZooRun run = new("photos", scale, iteration);
        GrowthStage stage = new(resolution, alpha);
        if (fits)
            run.Check(Architecture, stage);
        else
            Assert.Contains($"Call it {run.At(Architecture, stage).FileName}", Assert.Throws<ArgumentException>(() => run.Check(Architecture, stage)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_configuration_is_that_of_a_run_that_grows_as_far_as_the_network()
    {
        NetworkSnapshot networks = NetworkSnapshot.Of(SmallCheckpoint.Of(Architecture, GrowthStage.Grown(8))) with { LabelNames = ["cat", "dog"] };
        JsonNode json = Json(file => ZooRun.WriteConfiguration(file, networks));
        Assert.Equal("[12,12,8]", json["depthScales"]!.ToJsonString());
        Assert.Equal("[48000,96000,96000]", json["maxIterAtScale"]!.ToJsonString());
        Assert.Equal("""{"Main":{"order":0,"values":["cat","dog"]}}""", json["attribKeysOrder"]!.ToJsonString());
        Assert.Equal((7, "WGANGP", 1.0), ((int)json["dimLatentVector"]!, (string?)json["lossMode"], (double)json["weightConditionD"]!));
        JsonNode progress = Json(new ZooRun("photos", 1, 19232).WriteProgress);
        Assert.Equal("""{"scale":1,"iter":19232,"lossLog":null,"refVectors":null,"runningLoss":{}}""", progress.ToJsonString());
    }

    private static JsonNode Json(Action<Stream> write)
    {
        using MemoryStream file = new();
        write(file);
        return JsonNode.Parse(file.ToArray())!;
    }
}
