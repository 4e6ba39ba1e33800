namespace Pggan.Model.Tests;

/// <summary>Checkpoints of a tiny training.</summary>
internal static class SampleCheckpoint
{
    private static readonly TrainerOptions Options = new()
    {
        Architecture = new NetworkArchitecture { Resolution = 8, FmapBase = 16, FmapMax = 4, PixelNormEpsilon = 1e-7 },
        Schedule = new GrowthScheduleOptions { Resolution = 8, TrainKimg = 0.1, FadeKimg = 0.3, TotalKimg = 9 },
    };

    private static readonly Lazy<Checkpoint> Trained = new(() =>
    {
        using ProgressiveTrainer trainer = new(Options, null);
        trainer.Step(new byte[16 * 3 * 4 * 4], default);
        return trainer.Capture(16, "digest");
    });

    /// <summary>One with so many images seen.</summary>
    public static Checkpoint At(long images)
    {
        TrainingState state = Trained.Value.State;
        return Trained.Value with { State = state with { Progress = state.Progress with { Images = images }, Stage = new GrowthStage(8, 1.0 / 3) } };
    }

    public static void AssertSame(Checkpoint expected, Checkpoint? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.State, actual.State);
        Assert.Equal(expected.Tensors.Keys.Order(), actual.Tensors.Keys.Order());
        foreach ((string name, HostTensor tensor) in expected.Tensors)
        {
            Assert.Equal(tensor.Shape, actual.Tensors[name].Shape);
            Assert.True(tensor.Data.AsSpan().SequenceEqual(actual.Tensors[name].Data), $"{name} differs");
        }
    }
}
