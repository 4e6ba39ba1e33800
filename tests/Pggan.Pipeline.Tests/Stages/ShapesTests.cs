namespace Pggan.Pipeline.Tests;

/// <summary>Batches of images that are no squares and of any number of channels, from the source to the trainer.</summary>
public sealed class ShapesTests
{
    private const int Images = 23;

    [Theory]
    [InlineData(4, 6, 1, 0)]
    [InlineData(4, 6, 3, 1 << 20)]
    [InlineData(4, 6, 4, 0)]
    [InlineData(5, 7, 3, 20_000)]
    [InlineData(10, 6, 4, 1 << 20)]
    [InlineData(4, 4, 4, 0)]
    public async Task Every_level_of_every_image_arrives_in_order_mirrored_or_not(int width, int height, int channels, long cacheBytes)
    {
        var before = LiveBuffers.Count;
        var shape = new BaseSize(width, height);
        var options = new PipelineOptions { Resolution = 16, Base = shape, Channels = channels, Seed = 11, Mirror = true, Readers = 2, ImagesInFlight = 8, CacheBytes = cacheBytes };
        using var source = new FaultySource(new SyntheticSource(Images, shape.WidthAt(16), channels, 3, 1, height: shape.HeightAt(16)));
        using var context = new PipelineContext(source, options, new BatchSelector(4, 5, 0), null, isExported: false);
        await using (var pipeline = new RunningPipeline(context))
        {
            var order = new ImageOrder(Images, options.Seed);
            var (position, mirrored) = (0L, 0);
            for (var resolution = 4; resolution <= 16; resolution *= 2)
            {
                context.Selector.Want(resolution, 5, position);
                for (var i = 0; i < 12; i++)
                {
                    using var batch = await pipeline.NextFreshAsync();
                    Assert.Equal((5, channels, resolution), (batch.Count, batch.Channels, batch.Resolution));
                    Assert.Equal((width * resolution / 4, height * resolution / 4), (batch.Width, batch.Height));
                    var size = channels * batch.Width * batch.Height;
                    Assert.Equal(5 * size, batch.Pixels.Length);
                    for (var n = 0; n < 5; n++, position++)
                    {
                        using var image = await source.ReadAsync(order.IndexAt(position), TestContext.Current.CancellationToken);
                        Whiten(image);
                        var level = PlainPyramid.Level(image, shape, resolution);
                        mirrored += order.IsMirrored(position) ? 1 : 0;
                        Assert.Equal(order.IsMirrored(position) ? PlainPyramid.Mirrored(level, batch.Width) : level, batch.Pixels.Slice(n * size, size).ToArray());
                    }
                }
            }

            Assert.InRange(mirrored, 40, 140);
            Assert.Equal(0, pipeline.Restarts);
        }

        Assert.Equal(before, LiveBuffers.Count);
        Assert.Equal(cacheBytes == 1 << 20 ? Images : 0, cacheBytes == 20_000 ? 0 : context.Cache.Count);
    }

    [Fact]
    public async Task Images_of_other_proportions_are_cut_and_small_ones_are_skipped()
    {
        var options = new PipelineOptions { Resolution = 16, Base = new BaseSize(4, 6), CacheBytes = 0 };
        using var wide = new SyntheticSource(Images, 48, 3, 0, 1, height: 24);
        var batches = 0;
        await foreach (var batch in DatasetImages.ReadAsync(wide, options, 5, TestContext.Current.CancellationToken))
        {
            using (batch)
                Assert.Equal((16, 24, 3 * 16 * 24), (batch.Width, batch.Height, batch.Pixels.Length));
            batches++;
        }

        Assert.Equal(5, batches);
        using var low = new SyntheticSource(Images, 48, 3, 0, 1, height: 23);
        var error = await Assert.ThrowsAsync<DatasetUnusableException>(async () =>
        {
            await foreach (var batch in DatasetImages.ReadAsync(low, options, 5, TestContext.Current.CancellationToken))
                batch.Dispose();
        });
        Assert.Contains("48×23 pixels are smaller than 16×24", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The colour of the default background where nothing is to be seen.</summary>
    private static void Whiten(PixelBuffer image)
    {
        for (var i = 0; image.Channels == 4 && i < image.Width * image.Height; i++)
        {
            if (image.Plane(3)[i] == 0)
                (image.Plane(0)[i], image.Plane(1)[i], image.Plane(2)[i]) = (255, 255, 255);
        }
    }
}
