using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>Against the official numpy code, whose values are in metrics-*.safetensors.</summary>
public sealed class SlicedWassersteinTests
{
    private static readonly Action Nothing = () => { };

    public static TheoryData<string> Files => OracleFiles.Matching("metrics-*.safetensors");

    [Theory]
    [MemberData(nameof(Files))]
    public void Pyramids_are_the_reference_s(string file)
    {
        using SafetensorsFile oracle = Safetensors.Open(OracleFiles.PathOf(file));
        using DisposeScope scope = NewDisposeScope();
        HostTensor images = oracle.Read("A");
        Tensor two = tensor(images.Data, images.Shape).narrow(0, 0, 2);
        Tensor[] pyramid = LaplacianPyramid.Of(two, 3);
        for (int level = 0; level < 3; level++)
        {
            HostTensor expected = oracle.Read($"laplacian_A2/{level}");
            Assert.Equal(expected.Shape, pyramid[level].shape);
            Assert.True((pyramid[level] - tensor(expected.Data, expected.Shape)).abs().max().item<float>() <= 1e-3);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void The_sliced_distance_is_the_reference_s(string file)
    {
        using SafetensorsFile oracle = Safetensors.Open(OracleFiles.PathOf(file));
        using DisposeScope scope = NewDisposeScope();
        double distance = SlicedWasserstein.Sliced(Read("sliced/a"), Read("sliced/b"), Read("sliced/directions"));
        Assert.Equal(oracle.Read("sliced/distance").Data[0], distance, 1e-5);

        Tensor Read(string name) => tensor(oracle.Read(name).Data, oracle.Read(name).Shape);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Mean_distances_are_the_reference_s(string file)
    {
        const int draws = 5; // as many as the reference's means are of
        using SafetensorsFile oracle = Safetensors.Open(OracleFiles.PathOf(file));
        foreach (string other in new[] { "B", "C" })
        {
            double[] found = new double[4];
            for (int draw = 0; draw < draws; draw++)
            {
                using PatchSet a = Patches(oracle, "A", 2 * draw), b = Patches(oracle, other, 2 * draw + 1);
                IReadOnlyList<(int Level, double Distance)> levels = SlicedWasserstein.Between(a, b, draw, Nothing);
                Assert.Equal([64, 32, 16], levels.Select(level => level.Level));
                for (int i = 0; i < 3; i++)
                    found[i] += levels[i].Distance / draws;
            }
            found[3] = found[..3].Average();
            float[] means = oracle.Read($"swd_A_{other}/mean").Data, deviations = oracle.Read($"swd_A_{other}/std").Data;
            for (int i = 0; i < found.Length; i++)
                Assert.InRange(found[i], means[i] - 4 * deviations[i], means[i] + 4 * deviations[i]);
        }
    }

    [Fact]
    public void Batches_change_nothing_and_a_part_is_a_set_of_its_own()
    {
        byte[] images = Noise(40, 3 * 32 * 16);
        using PatchSet whole = new(3, 32, 16, 5), pieces = new(3, 32, 16, 5), end = new(3, 32, 16, 5), others = new(3, 32, 16, 6);
        whole.Add(images, Nothing);
        for (int i = 0; i < 40; i += 8)
            pieces.Add(images.AsSpan(i * 3 * 32 * 16, 8 * 3 * 32 * 16), Nothing);
        others.Add(Noise(24, 3 * 32 * 16), Nothing);
        Assert.Equal([32], whole.Levels); // the next would be 16 x 8
        double expected = SlicedWasserstein.Between(whole, others, 1, Nothing)[0].Distance;
        Assert.Equal(expected, SlicedWasserstein.Between(pieces, others, 1, Nothing)[0].Distance);
        Assert.NotEqual(expected, SlicedWasserstein.Between(whole.Part(16, 24), others, 1, Nothing)[0].Distance);
        Assert.Equal(0, SlicedWasserstein.Between(whole.Part(16, 24), pieces.Part(16, 24), 1, Nothing)[0].Distance);
    }

    [Fact]
    public void Colour_and_contrast_of_a_whole_set_are_not_seen_but_blur_is()
    {
        byte[] images = Noise(64, 16 * 16), faint = [.. images.Select(pixel => (byte)(100 + pixel / 4))];
        byte[] blurred = [.. images.Select((pixel, i) => (byte)((pixel + images[i ^ 1]) / 2))];
        using PatchSet set = new(1, 16, 16, 1), same = new(1, 16, 16, 1), other = new(1, 16, 16, 1);
        set.Add(images, Nothing);
        same.Add(faint, Nothing);
        other.Add(blurred, Nothing);
        Assert.InRange(SlicedWasserstein.Between(set, same, 1, Nothing)[0].Distance, 0, 20);
        Assert.InRange(SlicedWasserstein.Between(set, other, 1, Nothing)[0].Distance, 40, 1000);
    }

    [Fact]
    public void Distributions_of_unequal_numbers_are_compared_by_their_quantiles()
    {
        Assert.Equal(1, SlicedWasserstein.OnLine([0, 2], [1, 3]));
        Assert.Equal(0, SlicedWasserstein.OnLine([1, 5], [1, 1, 5, 5]));
        Assert.Equal(1, SlicedWasserstein.OnLine([1, 2, 3], [2]) * 3 / 2, 1e-12);            // (1 + 0 + 1) / 3
        Assert.Equal((1 + 0.5) / 3 + (0.5 + 1) / 3, SlicedWasserstein.OnLine([0, 1, 2], [1, 2]) + 0.5, 1e-12); // 1/3*1 + 1/6*0 + 1/6*1 + 1/3*0
    }

    [Fact]
    public void Rows_are_the_same_in_memory_and_in_a_file()
    {
        float[] numbers = [.. Enumerable.Range(0, 60).Select(i => (float)i)];
        foreach (int bytes in new[] { 0, 100, 1000 })
        {
            using RowStore store = new(3, bytes);
            for (int i = 0; i < 60; i += 12)
                store.Append(numbers.AsSpan(i, 12));
            Assert.Equal(20, store.Count);
            Assert.Equal(numbers[15..51], store.Read(5, 12).SelectMany(part => part.Rows.Take(part.Count * 3)));
        }
    }

    [Fact]
    public void Rows_go_over_the_border_of_a_block_and_of_the_memory()
    {
        const int Width = 400_000; // two rows a block of a million floats
        using RowStore store = new(Width, 5 * Width * sizeof(float));
        foreach (int[] rows in new int[][] { [0], [1, 2], [3], [4, 5, 6], [7] })
            store.Append([.. rows.SelectMany(row => Enumerable.Range(0, Width).Select(i => (float)(row + i)))]);
        for (int first = 0; first < 8; first++)
        {
            List<float> heads = [];
            foreach ((float[] rows, int count) in store.Read(first, 8 - first))
            {
                for (int row = 0; row < count; row++)
                {
                    heads.Add(rows[row * Width]);
                    Assert.Equal(rows[row * Width] + Width - 1, rows[row * Width + Width - 1]);
                }
            }
            Assert.Equal(Enumerable.Range(first, 8 - first).Select(row => (float)row), heads);
        }
    }

    [Fact]
    public void What_can_not_be_compared_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new PatchSet(3, 4, 4, 0));
        using PatchSet empty = new(3, 16, 16, 0), other = new(1, 16, 16, 0);
        Assert.Throws<ArgumentException>(() => empty.Add(new byte[100], Nothing));
        other.Add(Noise(1, 256), Nothing);
        Assert.Throws<ArgumentException>(() => SlicedWasserstein.Between(empty, other, 0, Nothing));
        Assert.Throws<ArgumentException>(() => SlicedWasserstein.Between(empty, empty, 0, Nothing));
    }

    [Fact]
    public void Work_can_be_ended_between_its_pieces_and_leaves_no_live_tensor_behind()
    {
        using PatchSet set = new(1, 32, 32, 0);
        set.Add(Noise(64, 32 * 32), Nothing);
        long before = LiveTensors.BeforeMeasuring();
        int pieces = 0;
        Assert.Throws<OperationCanceledException>(() => SlicedWasserstein.Between(set, set, 0, () => { if (++pieces == 5) throw new OperationCanceledException(); }));
        Assert.Equal(before, Tensor.TotalCount);
    }

    private static PatchSet Patches(SafetensorsFile oracle, string name, long seed)
    {
        HostTensor images = oracle.Read(name);
        PatchSet set = new((int)images.Shape[1], (int)images.Shape[2], (int)images.Shape[3], seed);
        set.Add([.. images.Data.Select(value => (byte)value)], Nothing);
        return set;
    }

    /// <summary>The same bytes each time.</summary>
    private static byte[] Noise(int images, int size)
    {
        byte[] bytes = new byte[images * size];
        new Random(images).NextBytes(bytes);
        return bytes;
    }
}
