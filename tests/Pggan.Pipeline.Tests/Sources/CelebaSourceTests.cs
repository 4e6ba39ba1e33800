using System.Text;

namespace Pggan.Pipeline.Tests;

public sealed class CelebaSourceTests
{
    [Theory]
    [InlineData("celeba")]
    [InlineData("celeba/img_align_celeba")]
    [InlineData("celeba-kaggle.zip")]
    public async Task Attributes_are_found_in_it_and_beside_it(string name)
    {
        using var source = ImageSources.Open(Fixtures.Path(name));
        Assert.Equal(("5_o_Clock_Shadow", "Young"), (source.ClassNames[0], source.ClassNames[39]));
        for (var i = 0; i < source.Count; i++)
        {
            // As the script has them for picture i + 1.
            var expected = Enumerable.Range(0, 40).Select(a => (7 * (i + 1) + a) % 3 == 0 ? 1f : 0f);
            Assert.Equal(expected, Labels.Of(source, i));
        }

        using var image = await source.ReadAsync(2, TestContext.Current.CancellationToken);
        Assert.Equal((16, 16, 3), (image.Width, image.Height, image.Channels));
        var report = await DatasetInspector.InspectAsync(source, new PipelineOptions { Resolution = 4 }, 5, TestContext.Current.CancellationToken);
        Assert.Equal(2, report.ClassCounts[1]); // pictures 2 and 5
    }

    [Fact]
    public void A_list_of_other_images_is_left_alone_and_one_with_a_gap_is_not()
    {
        using var temp = new TempFolder();
        temp.Write("list_attr_celeba.txt", File.ReadAllBytes(Fixtures.Path("celeba/list_attr_celeba.txt")));
        temp.Write("own/a.png", TestImages.Encode(".png"));
        using (var source = ImageSources.Open(Path.Combine(temp.Root, "own")))
            Assert.Equal(0, Assert.IsType<FolderSource>(source).LabelSize);
        temp.Write("own/000001.jpg", TestImages.Encode(".jpg"));
        Assert.Contains("does not name a.png", Assert.Throws<DatasetUnusableException>(
            () => ImageSources.Open(Path.Combine(temp.Root, "own"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "does not begin with")]
    [InlineData("a b c\n", "does not begin with")]
    [InlineData("1\n\n", "does not begin with")]
    [InlineData(",,\n", "does not begin with")]
    [InlineData("2\nA B\nx.jpg 1 -1\n", "announces 2 images and lists 1")]
    [InlineData("1\nA B\nx.jpg 1\n", "line 3 has 1 values for 2 attributes")]
    [InlineData("image_id,A,B\nx.jpg,1,7\n", "line 2 has the value '7'")]
    public void Broken_lists_are_named(string text, string reason) => Assert.Contains(
        reason, Assert.Throws<InvalidDataException>(() => CelebaAttributes.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)))).Message, StringComparison.Ordinal);
}
