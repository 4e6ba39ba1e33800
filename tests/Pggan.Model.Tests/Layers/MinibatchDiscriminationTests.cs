using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class MinibatchDiscriminationTests
{
    private const int N = 6;
    private const int Inputs = 7;
    private const int Kernels = 3;
    private const int Dimensions = 5;

    [Fact]
    public void It_appends_what_a_double_loop_over_the_images_does()
    {
        using var scope = NewDisposeScope();
        MinibatchDiscrimination layer = Drawn();
        using (no_grad())
        {
            layer.get_parameter("logScale")!.normal_();
            layer.get_parameter("bias")!.normal_();
        }
        Tensor x = randn(N, Inputs), y = layer.forward(x);
        Assert.Equal([N, Inputs + Kernels], y.shape);
        Assert.Equal(0, (y.narrow(1, 0, Inputs) - x).abs().max().item<float>());
        double[,] expected = Expected(layer, x);
        for (int image = 0; image < N; image++)
        {
            for (int kernel = 0; kernel < Kernels; kernel++)
                Assert.Equal(expected[image, kernel], y[image, Inputs + kernel].item<float>(), 1e-4);
        }
    }

    [Fact]
    public void Fitted_the_nearest_image_is_two_away_and_what_is_appended_has_mean_0()
    {
        using var scope = NewDisposeScope();
        MinibatchDiscrimination layer = Drawn();
        Assert.Equal([-1, -1, -1], LayerNormTests.Numbers(layer.get_parameter("bias")!));
        Tensor x = randn(N, Inputs) * 4;
        layer.Fit(x);
        Assert.Equal(0, layer.forward(x).narrow(1, Inputs, Kernels).mean([0L]).abs().max().item<float>(), 1e-5f);
        for (int kernel = 0; kernel < Kernels; kernel++)
            Assert.Equal(2, Enumerable.Range(0, N).Average(a => Enumerable.Range(0, N).Where(b => b != a).Min(b => Distance(layer, x, a, b, kernel))), 1e-4);

        // What is fitted, or has learnt, is left as it is.
        float[] before = LayerNormTests.Numbers(layer.get_parameter("logScale")!);
        layer.Fit(randn(N, Inputs) * 9);
        Assert.Equal(before, LayerNormTests.Numbers(layer.get_parameter("logScale")!));
    }

    [Fact]
    public void Images_that_are_all_alike_fit_nothing_and_stay_finite()
    {
        using var scope = NewDisposeScope();
        MinibatchDiscrimination layer = Drawn();
        Tensor x = ones(N, Inputs);
        layer.Fit(x);
        Assert.All(LayerNormTests.Numbers(layer.get_parameter("logScale")!), scale => Assert.Equal(0, scale));
        Assert.All(LayerNormTests.Numbers(layer.forward(x).narrow(1, Inputs, Kernels)), value => Assert.Equal(0, value));
    }

    private static MinibatchDiscrimination Drawn()
    {
        MinibatchDiscrimination layer = new(Inputs, Kernels);
        Chance.DrawWeights(layer, 3, 0);
        using var noGradients = no_grad();
        layer.Settle();
        return layer;
    }

    private static double[,] Expected(MinibatchDiscrimination layer, Tensor x)
    {
        float[] bias = LayerNormTests.Numbers(layer.get_parameter("bias")!);
        double[,] expected = new double[N, Kernels];
        for (int image = 0; image < N; image++)
        {
            for (int kernel = 0; kernel < Kernels; kernel++)
            {
                expected[image, kernel] = bias[kernel]
                    + Enumerable.Range(0, N).Where(other => other != image).Sum(other => Math.Exp(-Distance(layer, x, image, other, kernel)));
            }
        }
        return expected;
    }

    private static double Distance(MinibatchDiscrimination layer, Tensor x, int a, int b, int kernel)
    {
        float[] weight = LayerNormTests.Numbers(layer.get_parameter("weight")!), scale = LayerNormTests.Numbers(layer.get_parameter("logScale")!), features = LayerNormTests.Numbers(x);
        double sum = 0;
        for (int dimension = 0; dimension < Dimensions; dimension++)
        {
            int row = kernel * Dimensions + dimension;
            double length = Math.Sqrt(Enumerable.Range(0, Inputs).Sum(i => (double)weight[row * Inputs + i] * weight[row * Inputs + i]));
            double difference = Enumerable.Range(0, Inputs).Sum(i => (double)weight[row * Inputs + i] * (features[a * Inputs + i] - features[b * Inputs + i]));
            sum += Math.Abs(difference * Math.Exp(scale[row]) / length);
        }
        return sum;
    }
}
