using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class LayerTests
{
    [Fact]
    public void An_equalised_layer_scales_its_weight_and_not_its_bias()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        EqualizedLinear layer = new(8, 1, Gain.LeakyRelu);
        Fill(layer, weight: 1, bias: 3);

        // 8 ones times sqrt(2 / 8), plus the bias as it is.
        Assert.Equal(8 * Math.Sqrt(2.0 / 8) + 3, layer.forward(ones(1, 8)).item<float>(), 5);

        EqualizedConv2d conv = new(2, 1, 3, Gain.Linear);
        Fill(conv, weight: 1, bias: 5);
        Tensor y = conv.forward(ones(1, 2, 3, 3));
        Assert.Equal(18 * Math.Sqrt(1.0 / 18) + 5, y[0, 0, 1, 1].item<float>(), 5);
        Assert.Equal(8 * Math.Sqrt(1.0 / 18) + 5, y[0, 0, 0, 0].item<float>(), 5); // zeros beyond the border
    }

    [Fact]
    public void Fused_upscaling_equals_upscaling_and_then_convolving()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        (EqualizedConv2d fused, EqualizedConv2d plain) = Twins(Scaling.FusedUp);
        Tensor x = randn(2, 5, 6, 6);
        Assert.True(allclose(plain.forward(Resample.Up2x(x)), fused.forward(x), 1e-5, 1e-5));
    }

    [Fact]
    public void Fused_downscaling_equals_convolving_and_then_averaging()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        (EqualizedConv2d fused, EqualizedConv2d plain) = Twins(Scaling.FusedDown);
        Tensor x = randn(2, 5, 6, 6);
        Assert.True(allclose(Resample.Down2x(plain.forward(x)), fused.forward(x), 1e-5, 1e-5));
    }

    [Fact]
    public void Pixel_norm_gives_every_pixel_a_mean_square_of_one()
    {
        using var scope = NewDisposeScope();
        Tensor y = PixelNorm.Apply(randn(3, 7, 4, 4) * 100, 1e-8);
        Assert.True(allclose(ones(3, 4, 4), (y * y).mean([1L]), 1e-4, 1e-5));
        Assert.Equal(0, PixelNorm.Apply(zeros(1, 7, 1, 1), 1e-8).abs().max().item<float>());
    }

    [Fact]
    public void Stddev_groups_are_strided_and_their_variance_is_biased()
    {
        using var scope = NewDisposeScope();

        // Four images of one pixel in groups of two: {0, 2} holds 1 and 5, {1, 3} holds 10 and 10.
        Tensor x = tensor([1f, 10, 5, 10], [4, 1, 1, 1]);
        Tensor y = MinibatchStdDev.Append(x, 2);
        Assert.Equal([4, 2, 1, 1], y.shape);
        float[] appended = y[TensorIndex.Colon, 1].flatten().data<float>().ToArray();
        Assert.Equal([2f, 1e-4f, 2f, 1e-4f], appended, new Tolerance(1e-5f)); // sqrt of 1e-8 where nothing varies
    }

    [Theory]
    [InlineData(8, 4)]
    [InlineData(3, 16)]
    [InlineData(6, 1)]
    public void A_stddev_group_is_never_larger_than_the_minibatch(int images, int group)
    {
        using var scope = NewDisposeScope();
        Assert.Equal([images, 6, 4, 4], MinibatchStdDev.Append(randn(images, 5, 4, 4), group).shape);
    }

    [Fact]
    public void A_minibatch_that_no_group_divides_is_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => MinibatchStdDev.Append(randn(6, 5, 4, 4), 4));
    }

    private static (EqualizedConv2d Fused, EqualizedConv2d Plain) Twins(Scaling scaling)
    {
        EqualizedConv2d fused = new(5, 4, 3, Gain.LeakyRelu, scaling);
        EqualizedConv2d plain = new(5, 4, 3, Gain.LeakyRelu);
        plain.load_state_dict(fused.state_dict());
        return (fused, plain);
    }

    private static void Fill(nn.Module module, float weight, float bias)
    {
        foreach ((string name, Parameter parameter) in module.named_parameters())
            parameter.fill_(name == "bias" ? bias : weight);
    }

    private sealed class Tolerance(float most) : IEqualityComparer<float>
    {
        public bool Equals(float x, float y) => Math.Abs(x - y) <= most;

        public int GetHashCode(float value) => 0;
    }
}
