namespace Pggan.Pipeline.Tests;

/// <summary>Ingests of images that are no squares. The pixel at x, y of a numbered image is 10 y + x.</summary>
public sealed class ShapedIngestTests : IDisposable
{
    private static readonly IngestOptions Grey = new() { Width = 4, Height = 6, Channels = 1, Resize = ResizeFilter.Box };

    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Centre_takes_the_largest_part_of_the_proportions()
    {
        Assert.Equal(Part(2, 0, 4, 6), Framed(Numbered(8, 6), Grey));
        Assert.Equal(Part(0, 1, 4, 6), Framed(Numbered(4, 8), Grey));
        using var half = Framing.Frame(Numbered(12, 12), Grey, null);
        Assert.Equal([8, 10, 12, 14], half.Pixels[..4].ToArray()); // columns 2 to 9 of rows 0 and 1: 7.5, 9.5, … to even
    }

    [Fact]
    public void Face_takes_the_smallest_part_of_the_proportions_that_is_as_large_as_the_box()
    {
        var face = Grey with { Crop = CropPolicy.Face };
        Assert.Equal(Part(2, 1, 4, 6), Framed(Numbered(8, 8), face, new CropBox(2, 2, 4, 4)));
        Assert.Equal(Part(2, 1, 4, 6), Framed(Numbered(8, 8), face, new CropBox(3, 1, 2, 6)));

        // Beyond the lower right corner: moved inside, or filled up.
        Assert.Equal(Part(4, 2, 4, 6), Framed(Numbered(8, 8), face, new CropBox(6, 6, 4, 4)));
        Assert.Equal([66, 67, 9, 9, 76, 77, 9, 9, .. Enumerable.Repeat((byte)9, 16)],
            Framed(Numbered(8, 8), face with { Pad = true, Background = 0x090909 }, new CropBox(6, 6, 4, 6)));

        // Larger than the image: no more than there is.
        Assert.Equal(Part(2, 0, 4, 6), Framed(Numbered(8, 6), face, new CropBox(0, 0, 8, 6)));
    }

    [Fact]
    public void All_of_an_image_fits_or_is_padded()
    {
        var none = Grey with { Crop = CropPolicy.None };
        Assert.Equal(Part(0, 0, 4, 6), Framed(Numbered(4, 6), none));
        Assert.Contains("4×4 pixels have not the proportions of 4×6", Refusal(Numbered(4, 4), none), StringComparison.Ordinal);
        byte[] bar = [7, 7, 7, 7];
        Assert.Equal([.. bar, .. Part(0, 0, 4, 4), .. bar], Framed(Numbered(4, 4), none with { Pad = true, Background = 0x070707 }));
        Assert.Equal([7, 0, 1, 7, 7, 10, 11, 7, 7, 20, 21, 7, 7, 30, 31, 7, 7, 40, 41, 7, 7, 50, 51, 7],
            Framed(Numbered(2, 6), none with { Pad = true, Background = 0x070707 }));
    }

    [Fact]
    public void A_rectangle_has_the_proportions_or_is_padded()
    {
        var part = Grey with { Crop = CropPolicy.Rectangle, Rectangle = new CropRectangle(1, 1, 4, 6) };
        Assert.Equal(Part(1, 1, 4, 6), Framed(Numbered(8, 8), part));
        var other = part with { Rectangle = new CropRectangle(1, 1, 4, 4) };
        Assert.Contains("4×4 pixels has not the proportions of 4×6; pad it", Assert.Throws<ArgumentException>(other.Validate).Message, StringComparison.Ordinal);
        Assert.Equal(Part(1, 1, 4, 4), Framed(Numbered(8, 8), other with { Pad = true })[4..20]);
    }

    [Theory]
    [InlineData(DatasetFormat.Zip, 8, 12, CropPolicy.Wide, "black bars into a square, and 8x12 is none")]
    [InlineData(DatasetFormat.TfRecord, 8, 12, CropPolicy.Centre, "TFRecords hold squares of a power of two from 4 pixels, not 8x12; a zip holds any size")]
    [InlineData(DatasetFormat.Store, 70, 70, CropPolicy.Centre, "72x72 would do")]
    [InlineData(DatasetFormat.Zip, 8, 0, CropPolicy.Centre, "size of 8x0 pixels is outside 1 to 4096")]
    [InlineData(DatasetFormat.Zip, 5000, 8, CropPolicy.Centre, "size of 5000x8 pixels is outside 1 to 4096")]
    public void Options_that_do_not_fit_are_refused(DatasetFormat format, int width, int height, CropPolicy crop, string reason)
    {
        var options = new IngestOptions { Format = format, Width = width, Height = height, Crop = crop };
        Assert.Contains(reason, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DatasetFormat.Zip, 1)]
    [InlineData(DatasetFormat.Zip, 4)]
    [InlineData(DatasetFormat.Store, 1)]
    [InlineData(DatasetFormat.Store, 3)]
    [InlineData(DatasetFormat.Store, 4)]
    public async Task A_dataset_gives_the_images_that_went_in_and_the_batches_of_its_source(DatasetFormat format, int channels)
    {
        using var source = new SyntheticSource(12, 16, channels, 3, 1, height: 24);
        var target = Path.Combine(_temp.Root, format == DatasetFormat.Zip ? "set.zip" : "set.store");
        var options = new IngestOptions { Format = format, Width = 16, Height = 24, Channels = channels, Background = 0x204060 };
        var report = await new Ingestion(source, options, IngestLabels.Of(source, []), null, target, "").RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal(12, report.Images);

        var pipeline = new PipelineOptions { Resolution = 16, Base = new BaseSize(4, 6), Channels = channels, Decode = new DecodeOptions { Background = 0x204060 } };
        using var read = ImageSources.Open(target, pipeline.Decode);
        Assert.Equal(source.ClassNames, read.ClassNames);
        Assert.Equal(format == DatasetFormat.Store, (read as StoreSource)?.LevelsFor(pipeline) is not null);
        foreach (var resolution in new[] { 16, 4 })
            Assert.Equal((await Expected.ImagesAsync(source, pipeline, resolution, 0, 30)).Hash, (await Expected.ImagesAsync(read, pipeline, resolution, 0, 30)).Hash);
        using var first = await read.ReadAsync(0, TestContext.Current.CancellationToken);
        Assert.Equal((16, 24, channels), (first.Width, first.Height, first.Channels));
        if (format == DatasetFormat.Store && channels == 4)
            Assert.Equal((0x20, 0x40, 0x60, 0), (first.Plane(0)[0], first.Plane(1)[0], first.Plane(2)[0], first.Plane(3)[0])); // nothing is to be seen there
    }

    [Fact]
    public async Task An_ingest_that_was_begun_with_another_height_does_not_go_on()
    {
        using var source = new SyntheticSource(12, 16, 1, 3, 1, height: 24);
        var target = Path.Combine(_temp.Root, "set.store");
        var options = new IngestOptions { Format = DatasetFormat.Store, Width = 8, Height = 12, Channels = 1 };
        using var cancelled = new CancellationTokenSource();
        var begun = new Ingestion(source, options, IngestLabels.None, null, target, "") { OnProgress = seen => { if (seen == 5) cancelled.Cancel(); } };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => begun.RunAsync(cancelled.Token));
        var other = new Ingestion(source, options with { Height = 8 }, IngestLabels.None, null, target, "");
        var error = await Assert.ThrowsAsync<ArgumentException>(() => other.RunAsync(TestContext.Current.CancellationToken));
        Assert.Contains("another size (8x12, now 8)", error.Message, StringComparison.Ordinal);
        var again = new Ingestion(source, options, IngestLabels.None, null, target, "");
        Assert.InRange((await again.RunAsync(TestContext.Current.CancellationToken)).Resumed, 1, 11);
        using var store = new StoreSource(target);
        Assert.Equal(12, store.Count);
    }

    private static PixelBuffer Numbered(int width, int height)
    {
        var image = PixelBuffer.Rent(width, height, 1);
        for (var i = 0; i < width * height; i++)
            image.Pixels[i] = (byte)(i / width * 10 + i % width);
        return image;
    }

    private static byte[] Part(int left, int top, int width, int height) =>
        [.. Enumerable.Range(0, width * height).Select(i => (byte)((top + i / width) * 10 + left + i % width))];

    private static byte[] Framed(PixelBuffer image, IngestOptions options, CropBox? box = null)
    {
        options.Validate();
        using var framed = Framing.Frame(image, options, box);
        Assert.Equal((options.Width, options.Height), (framed.Width, framed.Height));
        return framed.Pixels.ToArray();
    }

    private static string Refusal(PixelBuffer image, IngestOptions options) =>
        Assert.Throws<BadImageException>(() => Framing.Frame(image, options, null)).Message;
}
