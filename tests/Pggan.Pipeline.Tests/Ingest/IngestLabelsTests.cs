using System.Text;

namespace Pggan.Pipeline.Tests;

public sealed class IngestLabelsTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    // Classes: words in order, numbers as they are.
    [InlineData("a.png,dog\nb.png,cat\nc.png,dog", "", "cat dog", "0 1 | 1 0 | 0 1")]
    [InlineData("name,species\na.png,dog\nb.png,cat\nc.png,dog\n", "", "cat dog", "0 1 | 1 0 | 0 1")]
    [InlineData("a.png,2\nb.png,0\nc.png,2", "", "0 1 2", "0 0 1 | 1 0 0 | 0 0 1")]
    [InlineData("a.png 10\nb.png 9\nc.png 10", "", null, null)]
    [InlineData("a.png\t2.0\nb.png\t0\nc.png\t2", "", "0 1 2", "0 0 1 | 1 0 0 | 0 0 1")]
    [InlineData("\"a.png\";\"a \"\"big\"\" dog\"\nb.png;cat\nc.png;cat", "", "a \"big\" dog;cat", "1 0 | 0 1 | 0 1")]
    // Vectors: multi-hot and soft.
    [InlineData("name,smile,hat\na.png,1,0\nb.png,0,1\nc.png,1,1", "", "smile hat", "1 0 | 0 1 | 1 1")]
    [InlineData("a.png,0.25,0.75\nb.png,1,0\nc.png,0,1", "", "0 1", "0.25 0.75 | 1 0 | 0 1")]
    // CelebA's list of attributes.
    [InlineData("3\nSmiling Male\na.png  1 -1\nb.png -1  1\nc.png  1  1", "", "Smiling Male", "1 0 | 0 1 | 1 1")]
    [InlineData("3\nSmiling Male\na.png  1 -1\nb.png -1  1\nc.png  1  1", "Male", "Male=-1 Male=1", "1 0 | 0 1 | 0 1")]
    [InlineData("3\nSmiling Male\na.png  1 -1\nb.png -1  1\nc.png  1  1", "Male,Smiling", "Male=-1 Male=1 Smiling=-1 Smiling=1", "1 0 0 1 | 0 1 1 0 | 0 1 0 1")]
    // Several attributes of any kind.
    [InlineData("name,hair,age,id\na.png,red,0.5,x\nb.png,brown,0.25,y\nc.png,red,1,z", "hair,age", "hair=brown hair=red age", "0 1 0.5 | 1 0 0.25 | 0 1 1")]
    // JSON as StyleGAN writes it, by name, and as pytorch_GAN_zoo reads it.
    [InlineData("""{"labels":[["a.png",1],["b.png",0],["c.png",1]]}""", "", "0 1", "0 1 | 1 0 | 0 1")]
    [InlineData("""{"labels":[["a.png",1],["b.png",0],["c.png",1]],"classes":["cat","dog","owl"]}""", "", "cat dog owl", "0 1 0 | 1 0 0 | 0 1 0")]
    [InlineData("""{"labels":[["a.png",[0.5,0.5]],["b.png",[1,0]],["c.png",[0,1]]],"classes":["u","v"]}""", "", "u v", "0.5 0.5 | 1 0 | 0 1")]
    [InlineData("""{"a.png":"dog","b.png":"cat","c.png":"dog"}""", "", "cat dog", "0 1 | 1 0 | 0 1")]
    [InlineData("""[["a.png",true],["b.png",false],["c.png",true]]""", "", "0 1", "0 1 | 1 0 | 0 1")]
    [InlineData("""{"a.png":{"hair":"red","hat":"yes"},"b.png":{"hair":"brown","hat":"no"},"c.png":{"hat":"no","hair":"red"}}""", "hair,hat", "hair=brown hair=red hat=no hat=yes", "0 1 0 1 | 1 0 1 0 | 0 1 1 0")]
    public void Files_of_every_kind_are_read(string file, string attributes, string? names, string? vectors)
    {
        var labels = Read(file, attributes);
        if (names is null)
            (names, vectors) = (string.Join(' ', Enumerable.Range(0, 11)), "0 0 0 0 0 0 0 0 0 0 1 | 0 0 0 0 0 0 0 0 0 1 0 | 0 0 0 0 0 0 0 0 0 0 1");
        Assert.Equal(names, string.Join(names.Contains(';', StringComparison.Ordinal) ? ';' : ' ', labels.Names));
        Assert.Equal(vectors, string.Join(" | ", Enumerable.Range(0, 3).Select(i => string.Join(' ', Copy(labels, i)))));
        Assert.Equal(!vectors!.Contains("1 1", StringComparison.Ordinal) && vectors.Split(" | ").All(v => v.Split(' ').Count(e => e != "0") == 1 && v.Contains('1', StringComparison.Ordinal)), labels.AreClasses);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("\n\n", "holds no row")]
    [InlineData("name,class", "holds no row")]
    [InlineData("a.png\nb.png", "no column beside")]
    [InlineData("a.png,1\nb.png", "line 2: b.png has 0 values, not 1")]
    [InlineData("a.png,1\na.png,2", "line 2: a.png is there twice")]
    [InlineData("name,x,x\na.png,1,2", "the same name")]
    [InlineData("a.png,\"1\nb.png,2", "line 1: a quote is not closed")]
    [InlineData("other.png,1", "names no image")]
    [InlineData("name,hair,hat\na.png,red,1\nb.png,brown,0", "column 'hair' holds words")]
    [InlineData("{", "cannot be read")]
    [InlineData("{}", "holds no label")]
    [InlineData("""{"labels":null}""", "it has none")]
    [InlineData("""{"labels":[["a.png"]]}""", "pairs")]
    [InlineData("""{"labels":[["a.png",null]]}""", "no word, number")]
    [InlineData("""{"a.png":{"hair":"red"},"b.png":{"hat":"no"}}""", "b.png has no 'hair'")]
    [InlineData("""{"a.png":[1,2],"b.png":[1]}""", "b.png has 1 values, not 2")]
    [InlineData("""{"a.png":1e30,"b.png":[1]}""", "b.png is of another kind")]
    public void Files_that_are_none_are_clear_errors(string file, string reason) =>
        Assert.Contains(reason, Assert.Throws<DatasetUnusableException>(() => Read(file)).Message, StringComparison.Ordinal);

    [Fact]
    public void Bytes_that_are_no_text_are_a_clear_error()
    {
        using var source = Source();
        Assert.Contains("UTF-8", Assert.Throws<DatasetUnusableException>(
            () => IngestLabels.Read(_temp.Write("labels.csv", [(byte)'a', (byte)',', 0xC3, 0x28]), source, [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_attribute_that_there_is_not_is_told_with_those_that_there_are() =>
        Assert.Contains("no attribute 'beard'; it has hair, hat", Assert.Throws<ArgumentException>(
            () => Read("name,hair,hat\na.png,red,1\nb.png,brown,0", "beard")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_label_of_too_many_elements_is_refused()
    {
        var rows = string.Concat(Enumerable.Range(0, 70_000).Select(i => $"{i}.png,word{i}\n"));
        Assert.Contains("70001 elements", Assert.Throws<DatasetUnusableException>(() => Read(rows + "a.png,w")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_are_found_without_folder_or_by_another_extension_where_it_is_clear_who_is_meant()
    {
        var table = new NamedTable("t", ["x"]);
        foreach (var name in new[] { "cat/1.png", "dog/1.png", "cat/2.png", "3.jpg" })
            table.Add(name, [name]);
        Assert.Equal(0, table.Find("cat/1.png"));
        Assert.Equal(1, table.Find("dog/1.jpg"));
        Assert.Equal(-1, table.Find("1.png"));
        Assert.Equal(2, table.Find("2.png"));
        Assert.Equal(-1, table.Find("dog/2.png"));
        Assert.Equal(3, table.Find("any/3.png"));
    }

    [Theory]
    // A row may mean another image, too: only the one of exactly its name has it.
    [InlineData("a/1.png b/1.png c.png", "1.png,cat\nc.png,dog", "- - dog")]
    [InlineData("x.bmp x.png y.png", "x.png,cat\ny.jpg,dog", "- cat dog")]
    [InlineData("1.png a/1.png", "1.png,cat", "cat -")]
    [InlineData("a/1.bmp a/1.png a/2.png", "a/1.jpg,cat\na/2.jpg,dog", "- - dog")]
    // The first row of a table without extensions is a row where it means an image.
    [InlineData("1.png 2.png", "1,cat\n2,dog", "cat dog")]
    [InlineData("a/1.png b/2.png", "1,cat\n2,dog", "cat dog")]
    [InlineData("1.png 2.png", "image,class\n1,cat\n2,dog", "cat dog")]
    // An empty cell is no label, and changes nothing in those of others.
    [InlineData("1.png 2.png 3.png", "1.png,2\n2.png,\n3.png,0", "2 - 0")]
    [InlineData("1.png 2.png 3.png", "1.png,dog\n2.png,\"  \"\n3.png,cat", "dog - cat")]
    [InlineData("1.png 2.png 3.png", "1.png,dog\n2.png\t,cat\n3.png,", "dog cat -")]
    public void Every_image_has_its_own_label_or_none(string images, string file, string expected)
    {
        foreach (var name in images.Split(' '))
            _temp.Write($"named/{name}", TestImages.Encode(".png", 4, 4));
        using var source = new FolderSource(Path.Combine(_temp.Root, "named"), new DecodeOptions());
        var labels = IngestLabels.Read(_temp.Write("labels.csv", Encoding.UTF8.GetBytes(file)), source, []);
        Assert.Equal(images, string.Join(' ', Enumerable.Range(0, source.Count).Select(source.NameOf)));
        Assert.Equal(expected, string.Join(' ', Enumerable.Range(0, source.Count).Select(i => labels.Has(i) ? labels.Names[labels.ClassOf(i, new float[labels.Size])] : "-")));
        Assert.DoesNotContain("", labels.Names);
    }

    [Fact]
    public void An_empty_cell_among_attributes_is_no_label()
    {
        var labels = Read("name,hat,smile\na.png,1,-1\nb.png,,1\nc.png,-1,1");
        Assert.Equal((true, false, true), (labels.Has(0), labels.Has(1), labels.Has(2)));
        Assert.Equal([1, 0], Copy(labels, 0));
        Assert.Equal([0, 1], Copy(labels, 2));
        Assert.Contains("column 'hat' is empty", Assert.Throws<DatasetUnusableException>(() => Read("name,hat,smile\na.png,,1\nb.png,,1")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_box_that_could_mean_several_images_is_nobodys()
    {
        foreach (var name in new[] { "a/1", "b/1", "b/2" })
            _temp.Write($"named/{name}.png", TestImages.Encode(".png", 4, 4));
        using var source = new FolderSource(Path.Combine(_temp.Root, "named"), new DecodeOptions());
        var boxes = CropBoxes.Read(_temp.Write("boxes.csv", "1.png,1,2,3,4\n2.png,0,0,2,2"u8.ToArray()), source);
        Assert.Equal([null, null, new CropBox(0, 0, 2, 2)], Enumerable.Range(0, 3).Select(boxes.Of));
    }

    [Fact]
    public async Task Images_without_a_label_are_refused()
    {
        using var source = Source();
        var labels = IngestLabels.Read(_temp.Write("labels.csv", Encoding.UTF8.GetBytes("a.png,0.5,1\nc.png,1,0.25")), source, []);
        var target = Path.Combine(_temp.Root, "set.zip");
        var report = await new Ingestion(source, new IngestOptions { Size = 4 }, labels, null, target, "").RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal([new SkippedImage(1, "b.png", "there is no label for it")], report.Refused);
        using var read = ImageSources.Open(target);
        Assert.Equal([1, 0.25f], Labels.Of(read, 1));
    }

    [Fact]
    public void Attributes_are_picked_from_the_labels_of_a_source()
    {
        _temp.Write("images/dataset.json", Encoding.UTF8.GetBytes("""{"labels":[["a.png",[0,1]],["b.png",[1,1]],["c.png",[0,0]]],"classes":["hat","smile"]}"""));
        using var source = Source();
        var labels = IngestLabels.Of(source, ["smile"]);
        Assert.Equal(["smile=0", "smile=1"], labels.Names);
        Assert.Equal([1, 0], Copy(labels, 2));
        Assert.Equal(["hat", "smile"], IngestLabels.Of(source, []).Names);
        Assert.Throws<ArgumentException>(() => IngestLabels.Of(source, ["beard"]));
    }

    [Fact]
    public void Boxes_are_read_from_tables_and_lists()
    {
        using var source = Source();
        var boxes = CropBoxes.Read(_temp.Write("boxes.csv", "name,x,y,w,h\na.png,1,2,3,4.5"u8.ToArray()), source);
        Assert.Equal(new CropBox(1, 2, 3, 4.5), boxes.Of(0));
        Assert.Null(boxes.Of(1));
        boxes = CropBoxes.Read(_temp.Write("boxes.txt", "1\nimage_id x_1 y_1 width height\nb.jpg  95 71 226 313"u8.ToArray()), source);
        Assert.Equal(new CropBox(95, 71, 226, 313), boxes.Of(1));
    }

    [Theory]
    [InlineData("a.png,1,2,3", "has 3 columns")]
    [InlineData("a.png,1,2,3,wide", "'wide' where a number")]
    [InlineData("x.png,1,2,3,4", "names no image")]
    public void Boxes_that_are_none_are_clear_errors(string file, string reason)
    {
        using var source = Source();
        Assert.Contains(reason, Assert.Throws<DatasetUnusableException>(
            () => CropBoxes.Read(_temp.Write("boxes.csv", Encoding.UTF8.GetBytes(file)), source)).Message, StringComparison.Ordinal);
    }

    private static float[] Copy(IngestLabels labels, int index)
    {
        var label = new float[labels.Size];
        labels.Copy(index, label);
        return label;
    }

    private FolderSource Source()
    {
        foreach (var name in new[] { "a", "b", "c" })
            _temp.Write($"images/{name}.png", TestImages.Encode(".png", 4, 4));
        return new FolderSource(Path.Combine(_temp.Root, "images"), new DecodeOptions());
    }

    private IngestLabels Read(string file, string attributes = "")
    {
        using var source = Source();
        return IngestLabels.Read(_temp.Write("labels", Encoding.UTF8.GetBytes(file)), source, attributes.Split(',', StringSplitOptions.RemoveEmptyEntries));
    }
}
