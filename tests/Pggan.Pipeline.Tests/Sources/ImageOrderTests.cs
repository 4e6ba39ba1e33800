using CsCheck;

namespace Pggan.Pipeline.Tests;

public sealed class ImageOrderTests
{
    [Fact]
    public void Every_epoch_has_each_image_exactly_once_for_any_count() =>
        Gen.Select(Gen.Int[1, 3000], Gen.Long, Gen.Long[0, 1L << 40]).Sample((count, seed, epoch) =>
        {
            var order = new ImageOrder(count, seed);
            var seen = new bool[count];
            for (var i = 0; i < count; i++)
                seen[order.IndexAt(epoch * count + i)] = true;
            return seen.All(once => once);
        }, iter: 200);

    [Fact]
    public void Epochs_and_seeds_differ()
    {
        var order = new ImageOrder(1000, 1);
        var first = Enumerable.Range(0, 1000).Select(i => order.IndexAt(i)).ToArray();
        var second = Enumerable.Range(1000, 1000).Select(i => order.IndexAt(i)).ToArray();
        var other = Enumerable.Range(0, 1000).Select(i => new ImageOrder(1000, 2).IndexAt(i)).ToArray();
        Assert.InRange(first.Zip(second).Count(pair => pair.First == pair.Second), 0, 20);
        Assert.InRange(first.Zip(other).Count(pair => pair.First == pair.Second), 0, 20);
        Assert.InRange(first.Zip(first.Skip(1)).Count(pair => pair.Second == pair.First + 1), 0, 20);
    }

    [Fact]
    public void Each_place_sees_each_image_about_equally_often()
    {
        var order = new ImageOrder(10, 5);
        var counts = new int[10];
        for (var epoch = 0; epoch < 10_000; epoch++)
            counts[order.IndexAt(epoch * 10L + 3)]++;
        Assert.All(counts, count => Assert.InRange(count, 850, 1150));
    }

    [Fact]
    public void Half_of_all_places_are_mirrored()
    {
        var order = new ImageOrder(10, 5);
        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => order.IsMirrored(i)), 4800, 5200);
    }
}
