using System.IO.Compression;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

public sealed class SampleTests : IDisposable
{
    private readonly InputFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>50,000 images of 1024 pixels in floats are 600 GB, and a short last row of a grid is held like a full one.</summary>
    [Theory]
    [InlineData(50_000, null, 3 << 20, true)]
    [InlineData(85, null, 3 << 20, false)]
    [InlineData(86, null, 3 << 20, true)]
    [InlineData(1, 113, 3 << 20, false)]
    [InlineData(1, 114, 3 << 20, true)]
    [InlineData(16, 4, 3 << 12, false)]
    public void Images_of_one_file_must_fit_into_memory(int count, int? columns, int size, bool refused)
    {
        UserException? e = (UserException?)Record.Exception(() => SampleFiles.CheckHeld(count, columns, size));
        Assert.Equal(refused, e is not null);
        if (e is not null)
            Assert.Contains("folder", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_grid_is_filled_where_no_seeds_are_named_and_ends_with_its_last_image()
    {
        string network = _folder.Network();
        var (_, error) = await DrawAsync(network, "--grid", "3x2", "--out", _folder["full.png"]);
        Assert.Equal("", error);
        await DrawAsync(network, "--seeds", "0-5", "--grid", "3x2", "--out", _folder["named.png"]);
        Assert.Equal(await BytesAsync("full.png"), await BytesAsync("named.png"));
        (_, error) = await DrawAsync(network, "--seeds", "0-2", "--grid", "3x2", "--out", _folder["short.png"]);
        Assert.Equal("pggan: --grid 3x2 holds 6 images, and 3 are asked for; rows without any are left out.\n", error);
    }

    [Fact]
    public async Task A_folder_s_name_may_have_an_ending()
    {
        string network = _folder.Network();
        await DrawAsync(network, "--seeds", "1", "--out", _folder["psi0.5"]);
        await DrawAsync(network, "--seeds", "1", "--out", _folder["old.jpg"] + "/");
        await DrawAsync(network, "--seeds", "1", "--out", _folder["old.jpg"]);
        Assert.Equal(await BytesAsync("psi0.5/seed0001.png"), await BytesAsync("old.jpg/seed0001.png"));
    }

    [Fact]
    public async Task A_picture_tells_how_it_was_drawn()
    {
        string network = _folder.Network(classes: 3);
        await DrawAsync(network, "--seeds", "7", "--class", "2", "--truncation", "0.5", "--resolution", "8", "--alpha", "0.25", "--out", _folder["a.png"]);
        await using FileStream file = File.OpenRead(_folder["a.png"]);
        PngHead head = PngHead.Read(file)!;
        Assert.Equal(8, head.Width);
        Dictionary<string, string> expected = new()
        {
            ["Software"] = "pggan",
            ["Network"] = network,
            ["Digest"] = NetworkFile.Read(network, raw: false).Digest(),
            ["Images"] = "0",
            ["Resolution"] = "8",
            ["Alpha"] = "0.25",
            ["Seed"] = "7",
            ["Class"] = "2",
            ["Truncation"] = "0.5",
        };
        Assert.Equal(expected, new Dictionary<string, string>(head.Text));
    }

    [Fact]
    public async Task Many_images_are_counted_and_few_are_listed()
    {
        string network = _folder.Network();
        var (output, error) = await DrawAsync(network, "--seeds", "0-63", "--out", _folder["few"]);
        Assert.Equal(64, output.TrimEnd().Split('\n').Length);
        (output, error) = await DrawAsync(network, "--seeds", "0-64", "--out", _folder["many"]);
        Assert.Matches(@"^\S+many: 65 images in \d+\.\ds, [\d.]+ a second\n$", output);
        Assert.Equal(65, Directory.GetFiles(_folder["many"]).Length);
        Assert.DoesNotContain("truncation", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zip_holds_the_files_of_a_folder_stored_and_the_same_bytes_each_time()
    {
        string network = _folder.Network();
        await DrawAsync(network, "--seeds", "0-99", "--out", _folder["folder"]);
        var (output, _) = await DrawAsync(network, "--seeds", "0-99", "--out", _folder["a.zip"]);
        await DrawAsync(network, "--seeds", "0-99", "--out", _folder["b.zip"]);
        Assert.Contains("a.zip: 100 images in ", output, StringComparison.Ordinal);
        Assert.Equal(await BytesAsync("a.zip"), await BytesAsync("b.zip"));
        await using (ZipArchive zip = await ZipFile.OpenReadAsync(_folder["a.zip"], TestContext.Current.CancellationToken))
        {
            Assert.Equal(Directory.GetFiles(_folder["folder"]).Select(f => Path.GetFileName(f)).Order(), zip.Entries.Select(e => e.FullName));
            Assert.All(zip.Entries, e => Assert.Equal(e.Length, e.CompressedLength));
        }
        using ZipSource source = new(_folder["a.zip"], new DecodeOptions());
        Assert.Equal((100, 0), (source.Count, source.LabelSize));
        Assert.Equal(await BytesAsync("folder/seed0042.png"), source.ReadFile(42));
    }

    [Fact]
    public async Task A_zip_of_a_conditional_network_is_a_dataset_with_labels()
    {
        string network = _folder.Network(classes: 3);
        await DrawAsync(network, "--seeds", "0-9", "--class", "0-1", "--out", _folder["classes.zip"]);
        using (ZipSource source = new(_folder["classes.zip"], new DecodeOptions()))
        {
            Assert.Equal((10, 3), (source.Count, source.LabelSize));
            float[] label = new float[3];
            source.CopyLabel(7, label);
            Assert.Equal("seed0007-class1.png", source.NameOf(7));
            Assert.Equal([0, 1, 0], label);
        }
        await using (FileStream file = File.Create(_folder["z.safetensors"]))
        {
            HostTensor labels = new([2, 3], [0, 0, 1, 0.5f, 0.5f, 0]);
            Safetensors.Write(file, [KeyValuePair.Create("z", ImageSampler.Latents(2, 4, 5)), KeyValuePair.Create("labels", labels)], null);
        }
        await DrawAsync(network, "--latents", _folder["z.safetensors"], "--out", _folder["labels.zip"]);
        using (ZipSource source = new(_folder["labels.zip"], new DecodeOptions()))
        {
            float[] label = new float[3];
            source.CopyLabel(1, label);
            Assert.Equal([0.5f, 0.5f, 0], label);
        }
    }

    [Fact]
    public async Task Truncation_that_changes_nothing_says_so()
    {
        string network = _folder.Network();
        var (_, error) = await DrawAsync(network, "--seeds", "1", "--truncation", "0.5", "--out", _folder["a.safetensors"]);
        Assert.Equal("pggan: --truncation changes nothing: this network scales its latents to one length itself.\n", error);
        await DrawAsync(network, "--seeds", "1", "--out", _folder["b.safetensors"]);
        Assert.Equal(await BytesAsync("a.safetensors"), await BytesAsync("b.safetensors"));
    }

    [Theory]
    [InlineData("1", "1")]
    [InlineData("0-2", "0", "1", "2")]
    [InlineData("2, 0-1", "2", "0", "1")]
    [InlineData("cat", "0")]
    [InlineData("Dog,2", "1", "2")]
    [InlineData("DOG", "2")]
    [InlineData("5-7", "3")]
    [InlineData("cat+2, 1", "0+2", "1")]
    [InlineData("3,1", "3", "1")]
    public void Classes_are_named_or_numbered(string text, params string[] classes) =>
        Assert.Equal(classes, ClassList.Parse(text, Conditional("cat", "Dog", "DOG", "5-7")).Select(choice => choice.Text));

    /// <summary>As they are with digits, or with years: names go before places, in a range too.</summary>
    [Theory]
    [InlineData("1", "0")]
    [InlineData("1-3", "0", "1", "2")]
    [InlineData("2-3,1", "1", "2", "0")]
    [InlineData("0", "0")]        // no name, but a place
    public void Classes_that_are_called_numbers_are_named(string text, params string[] classes) =>
        Assert.Equal(classes, ClassList.Parse(text, Conditional("1", "2", "3")).Select(choice => choice.Text));

    [Theory]
    [InlineData("none", "none")]
    [InlineData("Young,none,0+1", "0", "none", "0+1")]
    public void Without_a_flag_is_a_label_too(string text, params string[] labels)
    {
        GeneratorSnapshot network = Conditional("Young", "Male") with { Architecture = new NetworkArchitecture { LabelSize = 2, LabelGroups = [1, 1] } };
        Assert.Equal(labels, ClassList.Parse(text, network).Select(choice => choice.Text));
        Assert.Equal("none", ClassList.ParseOne("none", network)!.NameIn(network.LabelNames));
    }

    [Theory]
    [InlineData("hair=grey", "1+3")]
    [InlineData("hat=yes+hair=grey", "1+4")]
    [InlineData("Young", "0+2+3")]
    [InlineData("0-4", "0+3", "1+3", "0+2+3", "0+4")] // the first values of both attributes are one label
    [InlineData("hair=grey+Young+hat=yes,0", "1+2+4", "0+3")]
    public void Labels_of_attributes_are_whole(string text, params string[] labels) => Assert.Equal(labels, ClassList.Parse(text, Grouped).Select(choice => choice.Text));

    [Theory]
    [InlineData("hair=red+hair=grey", "two values of one attribute are named together")]
    [InlineData("hair=red,hat=no", "hair=red+hat=no is named twice; attributes that are not named have their first value")]
    [InlineData("0-1,3", "hair=red+hat=no is named twice")]
    [InlineData("none", "'none' is none")]
    public void Labels_of_attributes_that_can_not_be_are_refused(string text, string words) =>
        Assert.Contains(words, Assert.Throws<UserException>(() => ClassList.Parse(text, Grouped)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_name_with_a_comma_is_one_class() =>
        Assert.Equal(["1"], ClassList.Parse("tench, Tinca tinca", Conditional("cat", "tench, Tinca tinca")).Select(choice => choice.Text));

    [Theory]
    [InlineData("dog", "several of this network's classes are called dog; take their numbers, from 0 to 3")]
    [InlineData("cut", "Did you mean 'cat'?")]
    [InlineData("1-4", "'1-4' is none")]
    [InlineData("2-1", "'2-1' is none")]
    [InlineData("cat+mouse", "'cat+mouse' is none")]
    [InlineData("cat,0", "--class cat,0: cat is named twice.")]
    [InlineData("0-1,cat+Dog,1+0", "cat+Dog is named twice.")]
    [InlineData("none", "'none' is none")]
    [InlineData("0-2147483647", "'0-2147483647' is none")]
    [InlineData("", "'' is none")]
    public void Classes_that_are_none_of_the_network_are_refused(string text, string words) =>
        Assert.Contains(words, Assert.Throws<UserException>(() => ClassList.Parse(text, Conditional("cat", "Dog", "DOG", "5-7"))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Attributes_are_drawn_together_and_told_by_name()
    {
        string network = _folder["named.safetensors"];
        await File.WriteAllBytesAsync(network, TinyNetworks.File(3, "male", "smiling", "young"), TestContext.Current.CancellationToken);
        await DrawAsync(network, "--seeds", "7", "--class", "male+young", "--out", _folder["a.png"]);
        await using (FileStream file = File.OpenRead(_folder["a.png"]))
        {
            Dictionary<string, string> text = new(PngHead.Read(file)!.Text);
            Assert.Equal(("0+2", "male+young"), (text["Class"], text["ClassName"]));
        }
        await DrawAsync(network, "--seeds", "7-8", "--class", "smiling,male+young", "--out", _folder["a.zip"]);
        using ZipSource source = new(_folder["a.zip"], new DecodeOptions());
        float[] label = new float[3];
        Assert.Equal(["seed0007-class1.png", "seed0008-class0+2.png"], Enumerable.Range(0, 2).Select(source.NameOf));
        source.CopyLabel(1, label);
        Assert.Equal([1, 0, 1], label);
    }

    private static GeneratorSnapshot Grouped =>
        Conditional("hair=red", "hair=grey", "Young", "hat=no", "hat=yes") with { Architecture = new NetworkArchitecture { LabelSize = 5, LabelGroups = [2, 1, 2] } };

    private static GeneratorSnapshot Conditional(params string[] names) =>
        new(new NetworkArchitecture { LabelSize = names.Length }, new GrowthStage(4, 1), 0, new Dictionary<string, HostTensor>()) { LabelNames = names };

    private static async Task<(string Output, string Error)> DrawAsync(string network, params string[] options)
    {
        var (code, output, error) = await CommandLine.RunAsync(["sample", "--network", network, "--device", "cpu", .. options]);
        Assert.True(code == 0, error);
        return (output, error);
    }

    private Task<byte[]> BytesAsync(string name) => File.ReadAllBytesAsync(_folder[name], TestContext.Current.CancellationToken);
}
