namespace Pggan.Pipeline.Tests;

public sealed class CifarSourceTests
{
    [Fact]
    public async Task Training_batches_are_read_in_order_with_their_classes()
    {
        using var source = ImageSources.Open(Fixtures.Path("cifar-10-batches-bin"));
        Assert.Equal([0, 1, 2, 6, 5], Fixtures.Classes(source));
        Assert.Equal(("airplane", "truck"), (source.ClassNames[0], source.ClassNames[9]));
        Assert.Equal("data_batch_2.bin#1", source.NameOf(4));
        for (var i = 0; i < source.Count; i++)
            await Fixtures.AssertPixelsAsync(source, i, i, 32);
        using var test = ImageSources.Open(Fixtures.Path("cifar-10-batches-bin/test_batch.bin"));
        Assert.Equal([7], Fixtures.Classes(test));
        await Fixtures.AssertPixelsAsync(test, 0, 9, 32);
    }

    [Fact]
    public async Task Cifar_100_has_its_fine_classes()
    {
        using var source = ImageSources.Open(Fixtures.Path("cifar-100-binary"));
        Assert.Equal([99, 98, 97], Fixtures.Classes(source));
        Assert.Equal("fine 98", source.ClassNames[98]);
        await Fixtures.AssertPixelsAsync(source, 2, 2, 32);
    }

    [Fact]
    public void What_is_no_cifar_is_a_clear_error()
    {
        using var temp = new TempFolder();
        var records = File.ReadAllBytes(Fixtures.Path("cifar-10-batches-bin/data_batch_1.bin"));
        records[3073] = 10;
        Assert.Contains("data_batch_1.bin#1 has the class 10", Error("data_batch_1.bin", records), StringComparison.Ordinal);
        Assert.Contains("data_batch_2.bin has 3074 bytes", Error("data_batch_2.bin", new byte[3074]), StringComparison.Ordinal);
        File.Delete(Path.Combine(temp.Root, "data_batch_2.bin"));
        records[3073] = 0;
        temp.Write("data_batch_1.bin", records);
        Assert.Contains("has 2 names for 10 classes", Error("batches.meta.txt", "a\nb\n"u8.ToArray()), StringComparison.Ordinal);
        File.Move(Path.Combine(temp.Root, "data_batch_1.bin"), Path.Combine(temp.Root, "data_batch_1"));
        Assert.Contains("take the binary one", Error("batches.meta", [1]), StringComparison.Ordinal);

        string Error(string name, byte[] bytes)
        {
            temp.Write(name, bytes);
            return Assert.Throws<DatasetUnusableException>(() => ImageSources.Open(temp.Root)).Message;
        }
    }
}
