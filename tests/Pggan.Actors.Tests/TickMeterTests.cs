using Microsoft.Extensions.Time.Testing;
using Pggan.Model;

namespace Pggan.Actors.Tests;

public sealed class TickMeterTests
{
    [Fact]
    public void What_a_step_measured_of_D_does_not_count_where_its_loss_was_scaled_too_much()
    {
        TickMeter meter = new(TimeProvider.System);
        meter.Add(Step(1));
        meter.Add(Step(float.PositiveInfinity) with { Overflowed = true, SkippedUpdates = 1 });
        meter.Add(Step(3) with { GeneratorLossScale = 16.5, DiscriminatorLossScale = 15 });
        Assert.Equal(3, meter.LastLossD);

        GrowthSchedule schedule = GrowthSchedule.Create(new GrowthScheduleOptions());
        TickSummary tick = meter.Complete(schedule.At(0), GrowthProgress.Start, schedule.TotalImages);
        Assert.Equal((2, 2, 2), (tick.LossD, tick.GradientNorm, tick.GradientPenalty));
        Assert.Equal((5, 1, 16.5, 15), (tick.ScoreReal, tick.SkippedUpdates, tick.GLossScale, tick.DLossScale));

        // The next tick begins with none.
        meter.Add(Step(4));
        Assert.Equal(4, meter.Complete(schedule.At(0), GrowthProgress.Start, schedule.TotalImages).LossD);
    }

    [Fact]
    public void What_was_waited_for_images_is_a_share_of_the_tick_and_of_what_there_is_of_it()
    {
        FakeTimeProvider time = new();
        TickMeter meter = new(time);
        Assert.Equal(0, meter.LoaderWait);
        meter.Run();
        time.Advance(TimeSpan.FromSeconds(4));
        meter.Waited(3);
        meter.Add(Step(1));
        Assert.Equal((0.75, 2), (meter.LoaderWait, meter.ImagesPerSecond));
        time.Advance(TimeSpan.FromSeconds(2));
        GrowthSchedule schedule = GrowthSchedule.Create(new GrowthScheduleOptions());
        Assert.Equal(0.5, meter.Complete(schedule.At(0), GrowthProgress.Start, schedule.TotalImages).LoaderWait);
        Assert.Equal(0, meter.LoaderWait);
    }

    private static StepMetrics Step(float loss) => new()
    {
        Images = 8,
        Stage = GrowthStage.Grown(4),
        Minibatch = 8,
        MicroBatch = 8,
        MicroBatchReduced = null,
        DiscriminatorLoss = loss,
        GeneratorLoss = 0,
        RealScore = 5,
        FakeScore = 0,
        GradientNorm = loss,
        GradientPenalty = loss,
        LabelLoss = 0,
        GeneratorLearningRate = 1,
        DiscriminatorLearningRate = 1,
        SkippedUpdates = 0,
        Seconds = 1,
    };
}
