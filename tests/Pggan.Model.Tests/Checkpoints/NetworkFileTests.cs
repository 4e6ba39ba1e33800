namespace Pggan.Model.Tests;

public sealed class NetworkFileTests
{
    [Fact]
    public void A_generator_is_found_in_a_checkpoint_a_run_and_a_file()
    {
        using TempFolder temp = new();
        string folder = new CheckpointDirectory(temp["checkpoints"]).Save(SampleCheckpoint.At(2000));
        GeneratorSnapshot average = NetworkFile.Read(folder, raw: false);
        GeneratorSnapshot ofRun = NetworkFile.Read(temp.Path, raw: false);
        NetworkFile.Write(temp["network.safetensors"], average);
        GeneratorSnapshot ofFile = NetworkFile.Read(temp["network.safetensors"], raw: false);
        foreach (GeneratorSnapshot snapshot in new[] { ofRun, ofFile })
        {
            Assert.Equal((average.Architecture, average.Stage, average.Images), (snapshot.Architecture, snapshot.Stage, snapshot.Images));
            Assert.Equal(average.Tensors.Keys.Order(), snapshot.Tensors.Keys.Order());
            Assert.Equal(average.Tensors["stem.weight"].Data, snapshot.Tensors["stem.weight"].Data);
        }
        Assert.NotEqual(average.Tensors["stem.weight"].Data, NetworkFile.Read(folder, raw: true).Tensors["stem.weight"].Data);
    }

    [Fact]
    public void Names_of_labels_stay_with_the_network()
    {
        using TempFolder temp = new();
        TrainerOptions options = new()
        {
            Architecture = new NetworkArchitecture { Resolution = 4, FmapBase = 16, FmapMax = 4, LabelSize = 2 },
            Schedule = new GrowthScheduleOptions { Resolution = 4, TotalKimg = 1 },
        };
        LabelTable labels = new(1, 2, (_, label) => label.Clear()) { Names = ["cat", "dog"] };
        using ProgressiveTrainer trainer = new(options, labels), turned = new(options, labels with { Names = ["dog", "cat"] }), unnamed = new(options, labels with { Names = [] });
        CheckpointFile.Write(temp["checkpoint"], trainer.Capture(0, null));
        Checkpoint checkpoint = CheckpointFile.Read(temp["checkpoint"]);
        NetworkFile.Write(temp["n.safetensors"], checkpoint.Generator());
        Assert.Equal(labels.Names, NetworkFile.Read(temp["checkpoint"], raw: false).LabelNames);
        Assert.Equal(labels.Names, NetworkFile.Read(temp["n.safetensors"], raw: false).LabelNames);
        unnamed.Restore(checkpoint);
        Assert.Contains("the checkpoint's labels are cat, dog", Assert.Throws<ArgumentException>(() => turned.Restore(checkpoint)).Message, StringComparison.Ordinal);

        NetworkFile.Write(temp["n.safetensors"], checkpoint.Generator() with { LabelNames = ["cat"] });
        Assert.Contains("names of 2 classes", Assert.Throws<InvalidDataException>(() => NetworkFile.Read(temp["n.safetensors"], raw: false)).Message, StringComparison.Ordinal);
        CheckpointFile.Write(temp["damaged"], checkpoint with { State = checkpoint.State with { LabelNames = ["cat"] } });
        Assert.Contains("names of labels", Assert.Throws<CheckpointDamagedException>(() => CheckpointFile.Read(temp["damaged"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_holds_no_generator_is_refused_with_what_it_lacks()
    {
        using TempFolder temp = new();
        Assert.Throws<FileNotFoundException>(() => NetworkFile.Read(temp.Path, raw: false));
        Assert.Throws<FileNotFoundException>(() => NetworkFile.Read(temp["nowhere"], raw: false));
        File.WriteAllText(temp["text.safetensors"], "this is text and nothing else");
        Assert.Throws<InvalidDataException>(() => NetworkFile.Read(temp["text.safetensors"], raw: false));
        using (FileStream file = File.Create(temp["foreign.safetensors"]))
            Safetensors.Write(file, new Dictionary<string, HostTensor> { ["x"] = new HostTensor([1], [1]) }, null);
        InvalidDataException foreign = Assert.Throws<InvalidDataException>(() => NetworkFile.Read(temp["foreign.safetensors"], raw: false));
        Assert.Contains("no 'architecture' in its metadata", foreign.Message, StringComparison.Ordinal);
        Assert.Contains(temp["foreign.safetensors"], foreign.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_do_not_fit_their_architecture_are_named()
    {
        using TempFolder temp = new();
        GeneratorSnapshot whole = SampleCheckpoint.At(2000).Generator();
        AssertRefused("tensor stem.bias is missing", whole with { Tensors = whole.Tensors.Where(t => t.Key != "stem.bias").ToDictionary() });
        AssertRefused("no stage of 64 px", whole with { Stage = GrowthStage.Grown(64) });
        AssertRefused("channels 0 must be", whole with { Architecture = whole.Architecture with { Channels = 0 } });

        void AssertRefused(string reason, GeneratorSnapshot snapshot)
        {
            NetworkFile.Write(temp["n.safetensors"], snapshot);
            InvalidDataException refused = Assert.Throws<InvalidDataException>(() => NetworkFile.Read(temp["n.safetensors"], raw: false));
            Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        }
    }
}
