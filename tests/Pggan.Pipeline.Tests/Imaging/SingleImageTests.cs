namespace Pggan.Pipeline.Tests;

public sealed class SingleImageTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_file_becomes_what_the_pipeline_makes_of_it(int channels)
    {
        var before = LiveBuffers.Count;
        var encoded = TestImages.Encode(".png", 40, 24);
        PipelineOptions options = new() { Resolution = 16, Channels = channels };
        using (var conformed = ImageConformer.Conform(ImageCodec.Decode(encoded, options.Decode), options))
        using (var expected = ImagePyramid.Build(conformed, 16))
        {
            var file = _folder.Write("image.png", encoded);
            Assert.Equal(expected.Level(16).ToArray(), SingleImage.Read(file, options, 16));
            Assert.Equal(expected.Level(4).ToArray(), SingleImage.Read(file, options, 4));
        }
        Assert.Equal(before, LiveBuffers.Count);
    }

    [Fact]
    public void A_small_file_is_enlarged_no_further_than_wanted()
    {
        PipelineOptions options = new() { Resolution = 64 };
        var file = _folder.Write("small.png", TestImages.Encode(".png", 16, 16));
        Assert.Equal(TestImages.Planar(16, 16, 3), SingleImage.Read(file, options, 16));
        Assert.Equal(3 * 32 * 32, SingleImage.Read(file, options, 32).Length);
    }

    [Fact]
    public void What_is_no_image_is_refused_with_a_reason()
    {
        PipelineOptions options = new() { Resolution = 16, Decode = new DecodeOptions { MaxBytes = 100 } };
        Assert.Contains("not a PNG", Refused<BadImageException>(_folder.Write("a.png", [1, 2, 3])), StringComparison.Ordinal);
        Assert.Contains("more than the limit of 100", Refused<BadImageException>(_folder.Write("b.png", new byte[101])), StringComparison.Ordinal);
        Assert.Contains("empty or no ordinary file", Refused<IOException>(_folder.Write("c.png", [])), StringComparison.Ordinal);
        Assert.Contains("nowhere", Refused<FileNotFoundException>(Path.Combine(_folder.Root, "nowhere.png")), StringComparison.Ordinal);

        string Refused<T>(string path)
            where T : Exception => Assert.Throws<T>(() => SingleImage.Read(path, options, 16)).Message;
    }
}
