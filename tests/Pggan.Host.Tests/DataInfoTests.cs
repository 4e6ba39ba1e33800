using System.Text.Json.Nodes;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

/// <summary>pggan data info on a dataset of each format; what is in them is tested in Pggan.Pipeline.Tests.</summary>
public sealed class DataInfoTests
{
    [Fact]
    public async Task Transparent_pixels_are_told_of_where_a_training_would_lay_them_on_a_background()
    {
        using TemporaryFolder folder = new();
        string images = Directory.CreateDirectory(folder["images"]).FullName;
        for (int i = 0; i < 4; i++)
        {
            byte[] pixels = [.. Enumerable.Range(0, 4 * 64).Select(at => (byte)(at == 255 ? 255 - i / 3 : at < 192 ? at + i : 255))]; // the last of four shines through in a corner
            await File.WriteAllBytesAsync(Path.Combine(images, $"{i}.png"), ImageCodec.EncodePng(pixels, 4, 8, 8), TestContext.Current.CancellationToken);
        }
        var (code, output, error) = await CommandLine.RunAsync("data", "info", images);
        Assert.Equal((ExitCodes.Done, ""), (code, error));
        Assert.Contains("alpha      1 have transparent pixels", output, StringComparison.Ordinal);
        (_, output, _) = await CommandLine.RunAsync("data", "info", images, "--json");
        Assert.Equal(1, (int)JsonNode.Parse(output)!["transparent"]!);

        string[] train = ["train", "--data", images, "--dry-run", "--minibatch", "4", "--device", "cpu"];
        (_, output, _) = await CommandLine.RunAsync(train);
        Assert.Contains("Note       1 of 4 images looked at have transparent pixels, which are laid over white; --set channels=4 keeps alpha", output, StringComparison.Ordinal);
        (_, output, _) = await CommandLine.RunAsync([.. train, "--set", "background=#102030"]);
        Assert.Contains("laid over #102030", output, StringComparison.Ordinal);
        (code, output, error) = await CommandLine.RunAsync([.. train, "--set", "channels=4"]);
        Assert.True(code == 0, error);
        Assert.DoesNotContain("transparent", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("webdataset", "tar ", "images     6, 6 read, 5 usable", "classes    3", "shard-000001.tar/000004.png: damaged Png")]
    [InlineData("webdataset/shard-{000000..000001}.tar", "images     6, 6 read, 5 usable")]
    [InlineData("cifar-10-batches-bin", "CIFAR-10 ", "images     5, 5 read, 5 usable", "sizes      32x32 (5)", "airplane")]
    [InlineData("cifar-100-binary/train.bin", "CIFAR-100 ", "classes    100", "80 more classes")]
    [InlineData("celeba", "CelebA folder ", "images     5, 5 read, 5 usable", "classes    40", "5_o_Clock_Shadow            1 ", "Bald                        2 ")]
    [InlineData("celeba-kaggle.zip", "CelebA zip ", "classes    40")]
    [InlineData("lsun_lmdb", "LMDB ", "images     120, 120 read, 120 usable", "sizes      16x16 (119), 48x48 (1)", "classes    none")]
    [InlineData("parquet/data", "Parquet ", "images     6, 6 read, 5 usable", "owl                         0", "train-00001-of-00002.parquet#1")]
    [InlineData("hdf5/tiny.h5", "HDF5 ", "sizes      16x16 (5)", "classes    3")]
    [InlineData("fashiongen", "HDF5 ", "images     6, 6 read, 6 usable", "sizes      16x16 (6)", "SUITS & BLAZERS")]
    [InlineData("svhn", "SVHN ", "images     4, 4 read, 4 usable", "classes    10")]
    public async Task Each_format_is_described(string name, params string[] says)
    {
        string data = Path.Combine(Repository.Root, "tests", "fixtures", "datasets", name);
        (int exit, string output, string error) = await CommandLine.RunAsync("data", "info", data);
        Assert.Equal((ExitCodes.Done, ""), (exit, error));
        Assert.All(says, text => Assert.Contains(text, output, StringComparison.Ordinal));
    }
}
