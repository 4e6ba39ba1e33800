using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>What a training asks of libtorch's convolutions, in whatever memory: fails on some virtual machines without <see cref="CpuConvolutions"/>.</summary>
public sealed class CpuConvolutionsTests
{
    private static readonly long[] Channels = [1, 3, 8, 17, 24];

    public static MatrixTheoryData<long, long> EveryPair { get; } = new(Channels, Channels);

    [Theory]
    [MemberData(nameof(EveryPair))]
    public void Values_gradients_and_gradients_of_gradients_are_right(long channels, long filters)
    {
        foreach (long kernel in new long[] { 1, 3 })
        {
            foreach (int trial in Enumerable.Range(0, 2))
                AssertRight([2 + trial, channels, 8, 8], [filters, channels, kernel, kernel], (x, w) => nn.functional.conv2d(x, w, padding: [1L, 1L]));
        }
    }

    [Theory]
    [InlineData(1, 17, 24)]
    [InlineData(9, 16, 16)]
    [InlineData(14, 64, 40)]
    [InlineData(32, 80, 80)]
    public void Those_that_scale_or_mix_colours_are_right_whatever_the_minibatch(int images, long channels, long filters)
    {
        AssertRight([images, channels, 8, 8], [filters, channels, 1, 1], (x, w) => nn.functional.conv2d(x, w));
        AssertRight([images, channels, 8, 8], [filters, channels, 4, 4], (x, w) => nn.functional.conv2d(x, w, strides: [2L, 2L], padding: [1L, 1L]));
        AssertRight([images, channels, 8, 8], [channels, filters, 4, 4], (x, w) => nn.functional.conv_transpose2d(x, w, strides: [2L, 2L], padding: [1L, 1L]));
    }

    [Fact]
    public void Hidden_caches_make_them_no_slower()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only there is oneDNN's note of them found");
        Assert.Null(CpuConvolutions.MakeSound());
    }

    private static void AssertRight(long[] imageShape, long[] weightShape, Func<Tensor, Tensor, Tensor> convolve)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor image = Wave(imageShape), weight = Wave(weightShape);
        Tensor[] expected = Differentiate(image, weight, float64, convolve);
        LeaveNonsense();
        Tensor[] actual = Differentiate(image, weight, float32, convolve);
        foreach ((Tensor e, Tensor a) in expected.Zip(actual))
            Assert.True((e - a.to(float64)).abs().max().item<double>() <= 1e-4 * e.abs().max().item<double>(), $"[{string.Join(", ", imageShape)}] by [{string.Join(", ", weightShape)}]");
    }

    /// <summary>The output, and the gradients of the squared norm of its gradient by the image: a gradient penalty.</summary>
    private static Tensor[] Differentiate(Tensor image, Tensor weight, ScalarType type, Func<Tensor, Tensor, Tensor> convolve)
    {
        Tensor x = image.to(type, copy: true).requires_grad_(true), w = weight.to(type, copy: true).requires_grad_(true);
        Tensor y = convolve(x, w);
        Tensor slope = autograd.grad([y.sin().sum()], [x], retain_graph: true, create_graph: true)[0];
        (slope * slope).sum().backward();
        return [y, slope, x.grad!, w.grad!];
    }

    private static Tensor Wave(params long[] shape) => arange(shape.Aggregate(1L, (a, b) => a * b), dtype: float32).sin_().mul_(0.1).reshape(shape);

    private static void LeaveNonsense()
    {
        foreach (int floats in new[] { 256, 1024, 2304, 4096, 9216, 16384 })
        {
            Tensor[] left = [.. Enumerable.Range(0, 6).Select(_ => full(floats, float.NaN))];
            foreach (Tensor tensor in left)
                tensor.Dispose();
        }
    }
}
