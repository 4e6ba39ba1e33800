using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class LayerNormTests
{
    [Theory]
    [InlineData(3, 4)]
    [InlineData(0, 0)]
    public void It_is_its_closed_form_image_by_image(int height, int width)
    {
        long[] shape = height > 0 ? [6, 5, height, width] : [6, 5];
        using var scope = NewDisposeScope();
        LayerNorm norm = new(5);
        using (no_grad())
        {
            norm.get_parameter("gain")!.fill_(1.7);
            norm.get_parameter("bias")!.normal_();
        }
        Tensor x = randn(shape) * 3 + 2, y = norm.forward(x);
        Assert.Equal(shape, y.shape);
        float[] bias = Numbers(norm.get_parameter("bias")!);
        int size = (int)(x.numel() / shape[0]), pixels = size / 5;
        float[] all = Numbers(x), actual = Numbers(y);
        for (int image = 0; image < shape[0]; image++)
        {
            double[] own = [.. all.Skip(image * size).Take(size).Select(value => (double)value)];
            double mean = own.Average(), deviation = Math.Sqrt(own.Average(value => (value - mean) * (value - mean)) + 1e-4);
            for (int i = 0; i < size; i++)
                Assert.Equal(1.7 * (own[i] - mean) / deviation + bias[i / pixels], actual[image * size + i], 1e-4);
        }
    }

    [Fact]
    public void Features_that_are_all_alike_stay_finite()
    {
        using var scope = NewDisposeScope();
        Assert.All(Numbers(new LayerNorm(4).forward(full([2, 4, 3, 3], 300f))), value => Assert.Equal(0, value, 1e-2));
    }

    /// <summary>Squares of these are beyond fp16.</summary>
    [Fact]
    public void In_fp16_it_is_computed_in_fp32()
    {
        using var scope = NewDisposeScope();
        LayerNorm norm = new(4);
        Tensor x = randn(2, 4, 3, 3) * 1000, half = norm.forward(x.to(float16));
        Assert.Equal(float16, half.dtype);
        Assert.Equal(0, (half.to(float32) - norm.forward(x)).abs().max().item<float>(), 1e-2f);
    }

    internal static float[] Numbers(Tensor tensor) => tensor.detach().contiguous().data<float>().ToArray();
}
