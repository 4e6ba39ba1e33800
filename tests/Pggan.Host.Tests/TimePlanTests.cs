using Pggan.Model;

namespace Pggan.Host.Tests;

public sealed class TimePlanTests
{
    [Fact]
    public void Time_left_takes_proportions_from_estimates_and_the_scale_from_the_measurement()
    {
        GrowthSchedule schedule = GrowthSchedule.Create(new GrowthScheduleOptions { Resolution = 8, TrainKimg = 10, FadeKimg = 10, TotalKimg = 40 });
        TimePlan plan = new(schedule, [new CostEstimate(4, 16, 1, 0), new CostEstimate(8, 16, 4, 0)]);
        Assert.Equal(10 + 30 * 4, plan.TotalSeconds, 6);
        Assert.Equal((10, 30 * 4), (plan.SecondsAt(4), plan.SecondsAt(8)));
        Assert.Equal(2 * (5 + 30 * 4), plan.SecondsLeft(5_000, new Pace(2, 0)), 6);
        Assert.Equal(10 * 3, plan.SecondsLeft(30_000, new Pace(3, 0)), 6);
        Assert.Equal(0, plan.SecondsLeft(50_000, new Pace(3, 0)), 6);
    }

    [Fact]
    public void A_wait_for_images_does_not_grow_with_the_steps()
    {
        GrowthSchedule schedule = GrowthSchedule.Create(new GrowthScheduleOptions { Resolution = 16, TrainKimg = 10, FadeKimg = 10, TotalKimg = 60 });
        TimePlan plan = new(schedule, [new CostEstimate(4, 16, 1, 0), new CostEstimate(8, 16, 4, 0), new CostEstimate(16, 16, 40, 0)]);

        // Of 10 s a kimg at 4 px a step takes 2: 8 at 8 px, which still waits for images, and 80 at 16 px, which does not.
        Assert.Equal(5 * 10 + 20 * 10 + 30 * 80, plan.SecondsLeft(5_000, new Pace(10, 0.8)), 6);
        Assert.Equal(5 * 10, plan.SecondsLeftInPhase(5_000, new Pace(10, 0.8)), 6);
        Assert.Equal(10 * (5 + 20 * 4 + 30 * 40), plan.SecondsLeft(5_000, new Pace(10, 0.04)), 6);
    }

    [Theory]
    [InlineData(45, "45s")]
    [InlineData(720, "12m")]
    [InlineData(3599, "1h 00m")]
    [InlineData(12000, "3h 20m")]
    [InlineData(86399, "1d 0h")]
    [InlineData(370000, "4d 7h")]
    [InlineData(double.NaN, "?")]
    public void Times_are_short(double seconds, string text) => Assert.Equal(text, Say.Time(seconds));
}
