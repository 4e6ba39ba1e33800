using System.Buffers.Binary;

namespace Pggan.Pipeline.Tests;

/// <summary>Stores of images that are no squares, and of four channels.</summary>
public sealed class ShapedStoreTests : StoreTest
{
    private static readonly PipelineOptions Portrait = Options with { Base = new BaseSize(4, 6) };

    private string StorePath => Path.Combine(Path.GetDirectoryName(Folder)!, "images.store");

    [Theory]
    [InlineData(4, 6, 3, 16)]
    [InlineData(5, 7, 1, 8)]
    [InlineData(10, 6, 4, 4)]
    [InlineData(4, 4, 4, 16)]
    public async Task Batches_are_the_same_without_a_store_while_it_is_built_and_from_it(int width, int height, int channels, int resolution)
    {
        var options = Options with { Base = new BaseSize(width, height), Channels = channels };
        using var source = NewSource(options, Images);
        var expected = (await Expected.ImagesAsync(source, options, resolution, 0, 250)).Hash;
        var before = LiveBuffers.Count;
        for (var i = 0; i < 3; i++)
        {
            using var store = Open(source, options);
            Assert.Equal((options.Base, 16, channels), (store.Base, store.Resolution, store.Channels));
            var (hash, numbers) = await RunAsync(Context(source, store, resolution, options: options), 50);
            Assert.Equal(expected, hash);
            Assert.True(i == 0 || numbers.StoreReads > 100);
        }

        Assert.Equal(before, LiveBuffers.Count);
        Assert.Equal(StoreFolder.SizeOf(source, options), new FileInfo(StoreFiles.Single()).Length);
        Assert.Empty(Told);
    }

    [Fact]
    public void Each_base_has_a_store_of_its_own()
    {
        using var source = new SyntheticSource(Images, 32, 3, 4, 1);
        using PyramidStore square = Open(source), portrait = Open(source, Portrait), landscape = Open(source, Options with { Base = new BaseSize(6, 4) });
        Assert.Equal(3, StoreFiles.Length);
        Assert.Contains("-16-3-centre-crop-base-4x6-", portrait.Path, StringComparison.Ordinal);
        Assert.DoesNotContain("base", Path.GetFileName(square.Path), StringComparison.Ordinal);
        Assert.Null(Levels(source, portrait, Options));
        Assert.Null(Levels(source, square, Portrait));
        Assert.Null(Levels(source, landscape, Portrait));
        Assert.Same(portrait, Levels(source, portrait, Portrait));
        Assert.Empty(Told);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public async Task As_a_dataset_it_gives_its_levels_to_its_base_and_is_conformed_for_others(int channels)
    {
        var options = Portrait with { Channels = channels };
        using var source = NewSource(options, 12);
        await WriteAsync(source, options);
        using var store = new StoreSource(StorePath);
        Assert.Same(store.LevelsFor(options), store.LevelsFor(options with { Resolution = 8 }));
        Assert.NotNull(store.LevelsFor(options));
        Assert.Null(store.LevelsFor(options with { Base = BaseSize.Square }));
        Assert.Null(store.LevelsFor(options with { Base = new BaseSize(6, 4) }));
        Assert.Null(store.LevelsFor(options with { Channels = 1 }));

        var (hash, numbers) = await RunAsync(Context(store, null, 8, options: options), 20);
        Assert.Equal((await Expected.ImagesAsync(source, options, 8, 0, 100)).Hash, hash);
        Assert.Equal(0, ItemsOf(numbers, "downsampler"));

        // 16×24 are cut to 16×16, and laid on the background where no alpha is wanted.
        var square = options with { Base = BaseSize.Square, Channels = 3 };
        Assert.Equal((await Expected.ImagesAsync(source, square, 8, 0, 100)).Hash, (await RunAsync(Context(store, null, 8, options: square), 20)).Hash);
    }

    [Fact]
    public async Task Images_of_another_base_or_size_do_not_go_in()
    {
        using var writer = PyramidStoreWriter.Create(StorePath, 16, 3, 4, StoreLabels.None, About, Portrait.Base);
        using var source = new SyntheticSource(4, 16, 3, 0, 1);
        using var image = await source.ReadAsync(0, TestContext.Current.CancellationToken);
        using var levels = ImagePyramid.Build(image, 16);
        Assert.Contains("an image of 16x16 with 3 channels in a store of 16x24 with 3", Assert.Throws<ArgumentException>(() => writer.Append(0, levels, [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_squares_the_header_is_what_it_was_and_of_others_it_is_refused_by_who_knows_squares_alone()
    {
        var square = new StoreLayout(BaseSize.Square, 16, 3, StoreLabels.Class, 4, 60, 60, 100, 7);
        var header = square.Print();
        Assert.Equal([1, 16, 3, 1, 4, 60, 60, 100, 7, 0, 0, 0, 0], Numbers(header));
        Assert.Equal(square, StoreLayout.Parse(header, square.FileBytes));

        var portrait = square with { Base = new BaseSize(4, 6) };
        Assert.Equal([2, 16, 3, 1, 4, 60, 60, 100, 7, 4, 6, 0, 0], Numbers(portrait.Print()));
        Assert.Equal(portrait, StoreLayout.Parse(portrait.Print(), portrait.FileBytes));
        Assert.True(portrait.FileBytes > square.FileBytes);
    }

    [Theory]
    [InlineData(1, 4, 6)]
    [InlineData(2, 0, 0)]
    [InlineData(2, 4, 0)]
    [InlineData(2, 33, 4)]
    [InlineData(2, uint.MaxValue, 4)]
    public void A_header_that_lies_about_its_base_is_refused(long version, long width, long height)
    {
        var layout = new StoreLayout(new BaseSize(4, 6), 16, 3, StoreLabels.None, 0, 60, 60, 100, 7);
        var header = layout.Print();
        foreach (var (place, number) in new[] { (0, version), (9, width), (10, height) })
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8 + 4 * place), (uint)number);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(60), Crc32C.Of(header.AsSpan(0, 60)));
        Assert.Contains("a base of", Assert.Throws<InvalidDataException>(() => StoreLayout.Parse(header, layout.FileBytes)).Message, StringComparison.Ordinal);
    }

    private static StoreAbout About => new("test", new string('0', 64), "", "", "", []);

    private static uint[] Numbers(byte[] header) => [.. Enumerable.Range(0, 13).Select(i => BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8 + 4 * i)))];

    private static SyntheticSource NewSource(PipelineOptions options, int images) =>
        new(images, options.Base.WidthAt(16), options.Channels, 4, 1, height: options.Base.HeightAt(16));

    private static PyramidStore? Levels(IImageSource source, PyramidStore store, PipelineOptions options)
    {
        using var context = Context(source, store, options: options);
        return context.Store;
    }

    private async Task WriteAsync(SyntheticSource source, PipelineOptions options)
    {
        using var writer = PyramidStoreWriter.Create(
            StorePath, 16, options.Channels, source.Count, StoreLabels.Class, StoreFolder.AboutOf(source, options), options.Base);
        for (var index = 0; index < source.Count; index++)
        {
            using var image = ImageConformer.Conform(await source.ReadAsync(index, CancellationToken.None), options);
            using var pyramid = ImagePyramid.Build(image, 16, options.Base);
            writer.Append(index, pyramid, Labels.Of(source, index));
        }

        writer.Complete();
    }
}
