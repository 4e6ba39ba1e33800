namespace Pggan.Model.Tests;

public sealed class DivergenceTests
{
    [Fact]
    public void A_gradient_norm_beyond_use_for_many_steps_is_a_divergence()
    {
        TrainerOptions options = Options with { MaxGradientNorm = 1e-6, DivergedAfterExploded = 5 };
        using ProgressiveTrainer trainer = new(options, null);
        for (int i = 0; i < 4; i++)
            Step(trainer);
        Checkpoint checkpoint = trainer.Capture(0, null);
        Assert.Equal(4, checkpoint.State.ExplodedInARow);
        Assert.False(checkpoint.State.IsSound);

        // A resumed training counts on.
        using ProgressiveTrainer resumed = new(options, null);
        resumed.Restore(checkpoint);
        TrainingDivergedException diverged = Assert.Throws<TrainingDivergedException>(() => Step(resumed));
        Assert.Contains("the gradient norm was above 1e-06 for 5 steps", diverged.Message, StringComparison.Ordinal);
        Assert.Contains("at 4 px", diverged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_discriminator_that_scores_all_images_alike_is_a_divergence()
    {
        using ProgressiveTrainer trainer = new(Options with { Loss = AdversarialLoss.Logistic, DivergedAfterCollapsed = 6 }, null);
        Checkpoint dead = trainer.Capture(0, null);
        foreach ((string name, HostTensor tensor) in dead.Tensors)
        {
            if (name.StartsWith("D/", StringComparison.Ordinal))
                Array.Fill(tensor.Data, name == "D/head.dense1.bias" ? 3 : 0);
        }
        trainer.Restore(dead);
        TrainingDivergedException diverged = Assert.Throws<TrainingDivergedException>(() =>
        {
            for (int i = 0; i < 7; i++)
                Step(trainer);
        });
        Assert.Contains("D could not tell reals from fakes for 6 steps", diverged.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AdversarialLoss.WganGp)]
    [InlineData(AdversarialLoss.Lsgan)]
    [InlineData(AdversarialLoss.Logistic)]
    [InlineData(AdversarialLoss.LsganNash)]
    [InlineData(AdversarialLoss.Dcgan)]
    public void A_sound_training_is_never_suspected(AdversarialLoss loss)
    {
        using ProgressiveTrainer trainer = new(Options with { Loss = loss }, null);
        for (int i = 0; i < 60; i++)
        {
            Step(trainer);
            Assert.True(trainer.Capture(0, null).State.IsSound);
        }
    }

    [Fact]
    public void Every_judgement_can_be_switched_off()
    {
        TrainerOptions options = Options with
        {
            PenaltyWeight = double.MaxValue,
            MaxGradientNorm = 1e-30,
            DivergedAfterExploded = 0,
            DivergedAfterSkipped = 0,
            DivergedAfterCollapsed = 0,
        };
        using ProgressiveTrainer trainer = new(options, null);
        for (int i = 0; i < 60; i++)
            Step(trainer);
        Assert.Equal(60, trainer.Capture(0, null).State.DiscriminatorSkippedInARow);
    }

    [Fact]
    public void After_a_rollback_noise_is_drawn_afresh_and_that_survives_a_checkpoint()
    {
        using ProgressiveTrainer trainer = new(Options, null);
        Checkpoint before = trainer.Capture(0, null);
        Checkpoint[] after = [.. Enumerable.Range(0, 3).Select(rollbacks =>
        {
            trainer.Restore(before);
            trainer.Rollbacks = rollbacks;
            Step(trainer);
            return trainer.Capture(0, null);
        })];
        float[][] weights = [.. after.Select(c => c.Tensors["D/head.conv.weight"].Data)];
        Assert.NotEqual(weights[0], weights[1]);
        Assert.NotEqual(weights[1], weights[2]);

        using ProgressiveTrainer resumed = new(Options, null);
        resumed.Restore(before with { State = before.State with { Rollbacks = 2 } });
        Step(resumed);
        Assert.Equal(weights[2], resumed.Capture(0, null).Tensors["D/head.conv.weight"].Data);
        Assert.Equal(2, resumed.Capture(0, null).State.Rollbacks);
    }

    private static TrainerOptions Options { get; } = new()
    {
        Architecture = new NetworkArchitecture { Resolution = 8, FmapBase = 32, FmapMax = 8 },
        Schedule = new GrowthScheduleOptions { Resolution = 8, TrainKimg = 1, FadeKimg = 1, TotalKimg = 9, MinibatchBase = 8 },
    };

    private static void Step(ProgressiveTrainer trainer)
    {
        byte[] pixels = new byte[trainer.Point.Minibatch * 3 * trainer.Point.Stage.Resolution * trainer.Point.Stage.Resolution];
        new Random((int)trainer.Progress.Images).NextBytes(pixels);
        trainer.Step(pixels, default);
    }
}
