using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class GdppTests
{
    [Fact]
    public void Fakes_with_the_features_of_reals_miss_nothing()
    {
        using var scope = NewDisposeScope();
        Tensor features = randn(6, 10, dtype: ScalarType.Float64);
        Tensor gram = nn.functional.normalize(features, 2, 1).matmul(nn.functional.normalize(features, 2, 1).t());
        double[] values = linalg.eigvalsh(gram).data<double>().ToArray();
        double expected = -values.Sum(l => (l - values[0]) / (values[^1] - values[0]));
        Assert.Equal(expected, Gdpp.Loss(features, features * 3).item<double>(), 1e-9); // lengths do not count
    }

    /// <summary>
    /// Of two images with the cosine c the eigenvalues are 1 - c and 1 + c, of (1, -1) and (1, 1). Only the larger one of the reals counts; with a negative
    /// cosine of the fakes its partner is the other eigenvector, at a right angle.
    /// </summary>
    [Theory]
    [InlineData(0.6, 0.6, -1)]
    [InlineData(0.6, 0.2, 1e-4 * 0.16 - 1)]
    [InlineData(0.6, -0.2, 1e-4 * 0.16)]
    [InlineData(-0.5, -0.9, 1e-4 * 0.16 - 1)]
    public void Two_images_have_a_closed_form(double real, double fake, double expected)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected, Gdpp.Loss(At(real), At(fake)).item<double>(), 1e-12);

        static Tensor At(double cosine) => tensor(new[] { 1, 0, cosine, Math.Sqrt(1 - cosine * cosine) }, [2, 2]);
    }

    [Fact]
    public void It_is_differentiated_through_values_and_vectors()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        const double h = 1e-6;
        Tensor reals = randn(6, 10, dtype: ScalarType.Float64), direction = randn(6, 10, dtype: ScalarType.Float64);
        Tensor fakes = randn(6, 10, dtype: ScalarType.Float64).requires_grad_();
        double along = (Gradients.Of(Gdpp.Loss(reals, fakes), [fakes])[0] * direction).sum().item<double>();
        Tensor at = fakes.detach();
        double difference = (Gdpp.Loss(reals, at + direction * h) - Gdpp.Loss(reals, at - direction * h)).item<double>() / (2 * h);
        Assert.Equal(difference, along, 1e-6);
        Assert.True(Math.Abs(along) > 1e-3);
    }
}
