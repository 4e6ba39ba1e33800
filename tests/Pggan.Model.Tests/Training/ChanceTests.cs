using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class ChanceTests
{
    [Fact]
    public void A_draw_depends_on_seed_purpose_and_images_and_on_nothing_else()
    {
        using var scope = NewDisposeScope();
        float[] draw = Draw(1, Purpose.GeneratorLatents, 64);
        manual_seed(99);
        _ = randn(1000);
        Assert.Equal(draw, Draw(1, Purpose.GeneratorLatents, 64));
        Assert.NotEqual(draw, Draw(2, Purpose.GeneratorLatents, 64));
        Assert.NotEqual(draw, Draw(1, Purpose.DiscriminatorLatents, 64));
        Assert.NotEqual(draw, Draw(1, Purpose.GeneratorLatents, 65));
    }

    [Fact]
    public void Latents_are_standard_normal_and_mixing_factors_uniform()
    {
        using var scope = NewDisposeScope();
        Tensor z = Chance.Normal(2000, 10, 3, Purpose.GeneratorLatents, 0);
        Assert.InRange(z.mean().item<float>(), -0.03f, 0.03f);
        Assert.InRange(z.std().item<float>(), 0.97f, 1.03f);
        Tensor u = Chance.Uniform(20000, 3, Purpose.MixingFactors, 0);
        Assert.Equal([20000, 1, 1, 1], u.shape);
        Assert.InRange(u.min().item<float>(), 0, 0.01f);
        Assert.InRange(u.max().item<float>(), 0.99f, 1f);
        long[] rows = Chance.Integers(1000, 7, 3, Purpose.GeneratorLabels, 0);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], rows.Distinct().Order());
    }

    private static float[] Draw(long seed, Purpose purpose, long images) => HostTensor.From(Chance.Normal(2, 5, seed, purpose, images)).Data;
}
