using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class PrecisionCheckTests
{
    public static TheoryData<TrainerOptions> Kinds =>
    [
        new TrainerOptions(),
        new TrainerOptions { Architecture = new() { LabelSize = 2 }, Loss = AdversarialLoss.Logistic, DiscriminatorNoise = DiscriminatorNoise.Gdrop, GdppWeight = 1 },
        new TrainerOptions { Architecture = new() { FusedScale = false, Conventions = NetworkConventions.GanZoo, FmapDecay = 8, FmapBase = 1 << 24 } },
        new TrainerOptions { Architecture = TableOneNetworkTests.Architecture },
        new TrainerOptions { Architecture = DcganTests.Architecture, Loss = AdversarialLoss.Dcgan, DivergedAfterExploded = 1 },
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void This_processor_can_train_in_every_precision(TrainerOptions options)
    {
        foreach (Precision precision in Enum.GetValues<Precision>())
            PrecisionCheck.Run(options with { Precision = precision });
    }

    [Fact]
    public void An_operation_that_libtorch_lacks_is_named()
    {
        using var scope = NewDisposeScope();
        Tensor half = eye(2).to(float16);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => PrecisionCheck.Try(Precision.Fp16, "cpu", () => linalg.eigh(half)));
        Assert.Contains("cpu can't train in precision fp16", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Half", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith("take precision fp32, or another device", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void Convolutions_of_every_precision_are_right_here() =>
        Assert.All(Enum.GetValues<Precision>(), precision => Assert.True(CpuConvolutions.AreSoundIn(precision), $"{precision}"));
}
