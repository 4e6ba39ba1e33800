using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>Adam beside its closed form: moments as sums over all gradients.</summary>
public sealed class AdamTests
{
    private static readonly double[] Gradients = [0.5, -0.25, 3, -0.125, 0.75, 1e-3];

    /// <summary>The epsilon of 0.1 tells TensorFlow's form from the one with epsilon after the bias correction.</summary>
    [Theory]
    [InlineData(0, 0.99, 1e-8)]
    [InlineData(0, 0.99, 0.1)]
    [InlineData(0.5, 0.9, 0.1)]
    [InlineData(0.9, 0.999, 1e-8)]
    public void An_update_is_the_closed_form_with_bias_correction(double beta1, double beta2, double epsilon)
    {
        using var scope = NewDisposeScope();
        Tensor weight = tensor([0.7f]);
        using Adam adam = new([("w", weight)], beta1, beta2, epsilon);
        double expected = 0.7;
        for (int t = 1; t <= Gradients.Length; t++)
        {
            Assert.True(adam.Step(["w"], [tensor([(float)Gradients[t - 1]])], 0.01));
            double m = Moment(beta1, t, g => g), v = Moment(beta2, t, g => g * g);
            expected -= 0.01 * Math.Sqrt(1 - Math.Pow(beta2, t)) / (1 - Math.Pow(beta1, t)) * m / (Math.Sqrt(v) + epsilon);
            Assert.Equal(expected, weight.item<float>(), 1e-6);
            Assert.Equal(t, adam.Steps);
            Dictionary<string, float> state = adam.State().ToDictionary(s => s.Name, s => s.Value.item<float>());
            Assert.Equal(v, state["v/w"], 1e-6);
            if (beta1 > 0)
                Assert.Equal(m, state["m/w"], 1e-6);
            Assert.Equal(beta1 > 0 ? 2 : 1, state.Count);
        }

        static double Moment(double beta, int t, Func<double, double> of) =>
            Enumerable.Range(1, t).Sum(i => (1 - beta) * Math.Pow(beta, t - i) * of(Gradients[i - 1]));
    }

    [Fact]
    public void After_a_reset_moments_and_count_are_zero_and_it_begins_as_a_new_one()
    {
        using var scope = NewDisposeScope();
        Tensor old = tensor([0.7f, -2]), fresh = tensor([0.7f, -2]);
        using Adam reset = new([("w", old)], 0.5, 0.9, 1e-8), made = new([("w", fresh)], 0.5, 0.9, 1e-8);
        foreach (double gradient in Gradients)
            reset.Step(["w"], [tensor([(float)gradient, (float)-gradient])], 0.01);
        reset.Reset();
        Assert.Equal(0, reset.Steps);
        Assert.Equal(["m/w", "v/w"], reset.State().Select(s => s.Name));
        Assert.All(reset.State(), s => Assert.Equal([0f, 0f], s.Value.data<float>().ToArray()));

        old.copy_(fresh);
        foreach (double gradient in Gradients)
        {
            reset.Step(["w"], [tensor([(float)gradient, 2])], 0.01);
            made.Step(["w"], [tensor([(float)gradient, 2])], 0.01);
            Assert.Equal(fresh.data<float>().ToArray(), old.data<float>().ToArray());
        }
    }

    [Fact]
    public void What_has_no_gradient_is_left_alone_and_one_that_is_not_finite_changes_nothing()
    {
        using var scope = NewDisposeScope();
        Tensor a = tensor([1f]), b = tensor([2f]);
        using Adam adam = new([("a", a), ("b", b)], 0.5, 0.9, 1e-8);
        Assert.True(adam.Step(["a", "b"], [tensor([1f]), tensor([1f])], 0.01));
        float[] before = Numbers();
        Assert.False(adam.Step(["a", "b"], [tensor([1f]), tensor([float.NaN])], 0.01));
        Assert.Equal(before, Numbers());
        Assert.Equal(1, adam.Steps);
        Assert.True(adam.Step(["a"], [tensor([1f])], 0.01));
        Assert.NotEqual(before[0], a.item<float>());
        Assert.Equal(before[1], b.item<float>());
        Assert.Equal([before[3], before[5]], adam.State().Where(s => s.Name.EndsWith('b')).Select(s => s.Value.item<float>()));

        float[] Numbers() => [a.item<float>(), b.item<float>(), .. adam.State().Select(s => s.Value.item<float>())];
    }
}
