using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class NearestNeighboursTests
{
    [Fact]
    public void The_nearest_come_first_with_their_places_in_the_stream()
    {
        using NearestNeighbours neighbours = new(Tables.OnALine(0, 10), 2);
        neighbours.Add(Tables.OnALine(3, -20));
        neighbours.Add(Tables.OnALine(11, 2, 8));
        Assert.Equal(5, neighbours.Seen);
        Assert.Equal([3, 0, 2, 4], neighbours.Numbers);
        Assert.Equal([2.0, 3, 1, 2], neighbours.Distances);
        Assert.Equal(1.5, neighbours.MedianNearest);
    }

    [Fact]
    public void An_image_is_no_neighbour_of_itself_but_its_copy_is()
    {
        FeatureTable reals = Tables.OnALine(5, 7, 5, 100);
        using NearestNeighbours neighbours = new(Tables.OnALine(5, 100), 2, [2, 3]);
        neighbours.Add(reals);
        Assert.Equal([0, 1, 1, 0], [.. neighbours.Numbers.Take(3), neighbours.Numbers[3] is 0 or 2 ? 0 : neighbours.Numbers[3]]);
        Assert.Equal([0.0, 2, 93, 95], neighbours.Distances);
    }

    [Fact]
    public void Where_fewer_than_k_were_seen_the_rest_is_empty()
    {
        using NearestNeighbours neighbours = new(Tables.OnALine(1), 3, [0]);
        Assert.Equal([-1, -1, -1], neighbours.Numbers);
        neighbours.Add(Tables.OnALine(1, 4));
        Assert.Equal([1, -1, -1], neighbours.Numbers);
        Assert.Equal([3, double.PositiveInfinity, double.PositiveInfinity], neighbours.Distances);
    }

    /// <summary>More of both than are computed with at a time, against all distances at once.</summary>
    [Fact]
    public void Neither_blocks_nor_parts_of_the_stream_matter()
    {
        using var scope = NewDisposeScope();
        FeatureTable queries = Tables.Normal(1100, 3, 1), many = Tables.Normal(2300, 3, 2), first = new(3), rest = new(3);
        for (int row = 0; row < many.Count; row++)
            (row < 1234 ? first : rest).Append(many[row]);
        using NearestNeighbours whole = new(queries, 4), parts = new(queries, 4);
        whole.Add(many);
        parts.Add(first);
        parts.Add(rest);

        (Tensor distances, Tensor places) = cdist(queries.Rows(0, 1100), many.Rows(0, 2300)).topk(4, largest: false);
        Assert.Equal(places.data<long>().ToArray(), whole.Numbers);
        Assert.Equal(whole.Numbers, parts.Numbers);
        Assert.All(distances.data<double>().ToArray().Zip(whole.Distances), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    /// <summary>Fakes that are reals with a little noise are far nearer to them than reals are to each other.</summary>
    [Fact]
    public void Copies_are_nearer_than_reals_are_to_each_other()
    {
        FeatureTable reals = Tables.Normal(400, 16, 1), noise = Tables.Normal(400, 16, 2, scale: 0.05), copies = new(16);
        for (int row = 0; row < 100; row++)
            copies.Append([.. reals[row].ToArray().Zip(noise[row].ToArray(), (x, e) => x + e)]);
        using NearestNeighbours ofCopies = new(copies, 1), ofReals = new(reals, 1, [.. Enumerable.Range(0, 400)]), ofOthers = new(Tables.Normal(100, 16, 3), 1);
        foreach (NearestNeighbours neighbours in new[] { ofCopies, ofReals, ofOthers })
            neighbours.Add(reals);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), ofCopies.Numbers);
        Assert.InRange(ofCopies.MedianNearest, 0, 0.2 * ofReals.MedianNearest);
        Assert.InRange(ofOthers.MedianNearest, 0.8 * ofReals.MedianNearest, 1.2 * ofReals.MedianNearest);
    }

    [Fact]
    public void Neighbours_of_pixels_are_found_in_images_averaged_down()
    {
        using var scope = NewDisposeScope();
        Tensor board = (arange(64).reshape(64, 1) + arange(64)).remainder(2).to(float32) * 10 - 5;
        Tensor images = tensor(new float[] { 20, 60 }).reshape(2, 1, 1, 1) + board.expand(2, 3, 64, 64);
        Tensor pixels = PixelFeatures.Of(images);
        Assert.Equal([2, 3 * 32 * 32], pixels.shape);
        Assert.True(allclose(tensor(new float[] { 20, 60 }).reshape(2, 1).expand(2, 3 * 32 * 32), pixels));
        Assert.Equal([1, 8 * 8], PixelFeatures.Of(zeros([1, 1, 8, 8], dtype: uint8)).shape);
    }

    [Fact]
    public void No_tensor_stays_alive()
    {
        long before = LiveTensors.BeforeMeasuring();
        using (NearestNeighbours neighbours = new(Tables.Normal(20, 2, 1), 3, [.. Enumerable.Range(0, 20)]))
        {
            neighbours.Add(Tables.Normal(30, 2, 2));
            Assert.Equal(before + 2, Tensor.TotalCount);
            Assert.Equal(60, neighbours.Numbers.Length);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new NearestNeighbours(Tables.OnALine(1), 0));
        Assert.Throws<ArgumentException>(() => new NearestNeighbours(Tables.OnALine(1), 1, [0, 1]));
        using NearestNeighbours neighbours = new(Tables.OnALine(1), 1);
        Assert.Throws<ArgumentException>(() => neighbours.Add(Tables.Of([1, 2])));
    }
}
