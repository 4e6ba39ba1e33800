using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class LossScaleTests
{
    private static readonly NetworkArchitecture Architecture = new() { Resolution = 8, FmapBase = 64, FmapMax = 8 };
    private static readonly GrowthStage Stage = new(8, 0.3);

    [Fact]
    public void It_begins_at_2_to_64_rises_slowly_and_falls_by_half()
    {
        LossScale scale = new(Precision.Fp16);
        Assert.Equal(64, scale.Log2);
        for (int i = 0; i < 50; i++)
            scale.Follow(false);
        Assert.Equal(14, scale.Log2);
        for (int i = 0; i < 1000; i++)
            scale.Follow(true);
        Assert.Equal(14.5, scale.Log2!.Value, 1e-9);
        scale.Follow(false);
        Assert.Equal(13.5, scale.Log2!.Value, 1e-9);
    }

    [Fact]
    public void A_fault_is_no_longer_the_scales_when_it_is_one()
    {
        LossScale scale = new(Precision.Fp16);
        for (int i = 0; i < 64; i++)
        {
            Assert.True(scale.MayOverflow);
            scale.Follow(false);
        }
        Assert.False(scale.MayOverflow);
    }

    [Fact]
    public void What_it_scales_is_two_to_its_power_and_undone_exactly()
    {
        using var scope = NewDisposeScope();
        LossScale scale = new(Precision.Fp16);
        Tensor loss = tensor(-1.5f);
        Assert.Equal(-1.5f * MathF.Pow(2, 64), scale.Apply(loss).item<float>());
        scale.Restore(3.5);
        Assert.Equal(-1.5 * Math.Pow(2, 3.5), scale.Apply(loss).item<float>(), 1e-5);
        Assert.Equal(-1.5f, scale.Undo(scale.Apply(loss)).item<float>(), 1e-6f);
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void In_other_precisions_nothing_is_scaled(Precision precision)
    {
        using var scope = NewDisposeScope();
        LossScale scale = new(precision);
        Tensor loss = tensor(2f);
        scale.Restore(10);
        scale.Follow(false);
        Assert.Null(scale.Log2);
        Assert.False(scale.MayOverflow);
        Assert.Same(loss, scale.Apply(loss));
        Assert.Same(loss, scale.Undo(loss));
    }

    [Fact]
    public void A_checkpoint_without_a_scale_begins_anew()
    {
        LossScale scale = new(Precision.Fp16);
        scale.Restore(10);
        Assert.Equal(10, scale.Log2);
        scale.Restore(null);
        Assert.Equal(64, scale.Log2);
    }

    /// <summary>In double precision, where a power of two changes nothing but the exponent: the penalty and its derivatives are those without a scale.</summary>
    [Theory]
    [InlineData(AdversarialLoss.WganGp)]
    [InlineData(AdversarialLoss.Logistic)]
    public void The_penaltys_gradient_is_scaled_while_it_is_computed_and_then_no_more(AdversarialLoss kind)
    {
        using var scope = NewDisposeScope();
        Discriminator discriminator = new(Architecture, 1);
        discriminator.to(float64);
        Tensor[] weights = [.. discriminator.named_parameters().Where(p => discriminator.IsActive(p.name, Stage)).Select(p => (Tensor)p.parameter)];
        Tensor reals = Images(1), fakes = Images(2), mixing = Chance.Uniform(4, 3, Purpose.Samples, 0).to(float64);
        LossScale scale = new(Precision.Fp16);
        GanLoss plain = new(new TrainerOptions { Architecture = Architecture, Loss = kind }), scaled = new(new TrainerOptions { Architecture = Architecture, Loss = kind }, scale);

        scale.Restore(24);
        (double loss, double norm, Tensor[] gradients) = Of(plain);
        (double scaledLoss, double scaledNorm, Tensor[] scaledGradients) = Of(scaled);
        Assert.Equal((loss, norm), (scaledLoss, scaledNorm));
        Assert.All(gradients.Zip(scaledGradients), pair => Assert.Equal(0, (pair.First - pair.Second).abs().max().item<double>(), 1e-12));

        // It was scaled indeed: with more than double precision holds, nothing is left of it.
        scale.Restore(1100);
        Assert.False(double.IsFinite(Of(scaled).Norm));

        static Tensor Images(int seed) => (Chance.Uniform(4 * 3 * 64, seed, Purpose.Samples, 0) * 2 - 1).reshape(4, 3, 8, 8).to(float64);

        (double Loss, double Norm, Tensor[] Gradients) Of(GanLoss loss)
        {
            GanLoss.Critique critique = loss.Discriminator(discriminator, reals, fakes, null, mixing, Stage);
            return (critique.Loss.item<double>(), critique.GradientNorm.item<double>(), Gradients.Of(critique.Loss, weights));
        }
    }
}
