using System.Net;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

/// <summary>What can be shown of images that can't be used.</summary>
public sealed class SkippedThumbnailTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_can_be_decoded_of_an_image_is_shown_and_the_rest_is_not_found()
    {
        using SyntheticSource shapes = new(1, 256, 3, 0, 1);
        using PixelBuffer image = await shapes.ReadAsync(0, Cancel);
        byte[] png = ImageCodec.EncodePng(image.Pixels, 3, 256, 256);
        byte[][] files = [png, png[..(png.Length / 2)], png[..40], "not an image at all"u8.ToArray(), [], [.. "BM"u8, .. new byte[60]]];
        string images = Directory.CreateDirectory(_folder["images"]).FullName;
        foreach (var (i, file) in files.Index())
            await File.WriteAllBytesAsync(Path.Combine(images, $"{i}.png"), file, Cancel);
        using FolderSource source = new(images, new DecodeOptions());
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder["runs"], null, null), source);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal((64, 64), await SizeAsync(server, "0"));
            Assert.Equal((64, 64), await SizeAsync(server, "1"));
            foreach (string none in new[] { "3", "4", "5", "6", "-1", "x", "99999999999" })
                Assert.Null(await SizeAsync(server, none));
        }
    }

    [Fact]
    public async Task Images_that_are_no_files_are_shown_too()
    {
        using IImageSource source = Datasets.Open(TinyTraining.WriteData(_folder.Path));
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder["runs"], null, null), source);
        Assert.Equal((16, 16), await SizeAsync(server, "39"));
        Assert.Null(await SizeAsync(server, "40"));
    }

    [Fact]
    public async Task Of_a_zip_that_is_closed_nothing_is_shown()
    {
        IImageSource source = Datasets.Open(RunOptions.EmbeddedData);
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder["runs"], null, null), source);
        Assert.Equal((64, 64), await SizeAsync(server, "0"));
        source.Dispose();
        Assert.Null(await SizeAsync(server, "1"));
        Assert.Equal((64, 64), await SizeAsync(server, "0"));
    }

    [Fact]
    public async Task Without_a_live_run_there_is_none()
    {
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder["runs"], null, null));
        Assert.Equal(404, (await server.ErrorAsync("/api/skipped/0.png")).Status);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<(int Width, int Height)?> SizeAsync(ReadingServer server, string index)
    {
        using HttpResponseMessage answer = await server.GetAsync($"/api/skipped/{index}.png");
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return null;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using PixelBuffer pixels = ImageCodec.Decode(await answer.Content.ReadAsByteArrayAsync(Cancel), new DecodeOptions());
        return (pixels.Width, pixels.Height);
    }
}
