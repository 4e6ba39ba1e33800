using CsCheck;

namespace Pggan.Model.Tests;

public sealed class GrowthProgressTests
{
    private static readonly GrowthSchedule Schedule = GrowthSchedule.Create(new GrowthScheduleOptions
    {
        Resolution = 16,
        TrainKimg = 1,
        FadeKimg = 2,
        TotalKimg = 20,
    });

    [Fact]
    public void The_schedule_is_read_once_a_group_of_steps()
    {
        GrowthProgress progress = GrowthProgress.Start;
        List<double> read = [];
        for (int i = 0; i < 9; i++)
        {
            read.Add(progress.GroupImages);
            progress = progress.Advance(16, groupSteps: 4);
        }
        Assert.Equal([0, 0, 0, 0, 64, 64, 64, 64, 128], read);
        Assert.Equal(144, progress.Images);
    }

    [Fact]
    public void Growing_by_hand_skips_what_is_left_of_the_phase_and_nothing_else()
    {
        GrowthProgress at = GrowthProgress.Start.Advance(300, 1);
        Assert.True(at.TryGrow(Schedule, out GrowthProgress grown, out string? refusal));
        Assert.Null(refusal);
        Assert.Equal(300, grown.Images);
        Assert.Equal(700, grown.SkippedImages);
        SchedulePoint fading = Schedule.At(grown.Advance(300, 1).GroupImages);
        Assert.Equal(new GrowthStage(8, 0.15), fading.Stage with { Alpha = Math.Round(fading.Stage.Alpha, 9) });
    }

    [Fact]
    public void Growing_while_a_group_is_under_way_waits_for_its_end()
    {
        GrowthProgress at = GrowthProgress.Start.Advance(16, 4);
        Assert.True(at.TryGrow(Schedule, out GrowthProgress grown, out _));
        Assert.Equal(0, grown.GroupImages);
        grown = grown.Advance(16, 4).Advance(16, 4).Advance(16, 4);
        Assert.Equal(1000 + 48, grown.GroupImages);
    }

    [Fact]
    public void Growing_twice_before_the_next_step_is_refused_the_second_time()
    {
        GrowthProgress at = GrowthProgress.Start.Advance(300, 1);
        Assert.True(at.TryGrow(Schedule, out GrowthProgress grown, out _));
        Assert.False(grown.TryGrow(Schedule, out GrowthProgress same, out string? refusal));
        Assert.Equal(grown, same);
        Assert.Contains("already", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Growing_twice_in_a_group_skips_no_resolution_where_nothing_fades()
    {
        GrowthSchedule jumps = GrowthSchedule.Create(new GrowthScheduleOptions { Resolution = 16, TrainKimg = 1, FadeKimg = 0, TotalKimg = 20 });
        Assert.True(GrowthProgress.Start.Advance(16, 4).TryGrow(jumps, out GrowthProgress grown, out _));
        Assert.False(grown.TryGrow(jumps, out _, out string? refusal));
        Assert.Contains("already", refusal, StringComparison.Ordinal);
        Assert.True(grown.Advance(16, 4).Advance(16, 4).Advance(16, 4).TryGrow(jumps, out _, out _));
    }

    [Fact]
    public void A_refusal_in_a_fade_says_when_it_becomes_possible()
    {
        GrowthProgress at = GrowthProgress.Start.Advance(1500, 1);
        Assert.False(at.TryGrow(Schedule, out GrowthProgress same, out string? refusal));
        Assert.Equal(at, same);
        Assert.Equal("fading in resolution 8; possible at kimg 3.0", refusal);
    }

    [Fact]
    public void A_refusal_counts_images_seen_and_not_those_skipped()
    {
        Assert.True(GrowthProgress.Start.Advance(300, 1).TryGrow(Schedule, out GrowthProgress grown, out _));
        Assert.False(grown.Advance(25, 1).TryGrow(Schedule, out _, out string? refusal));
        Assert.Equal("fading in resolution 8; possible at kimg 2.3", refusal);
        Assert.True(grown.Advance(2000, 1).TryGrow(Schedule, out _, out _));
    }

    [Fact]
    public void A_fade_after_which_nothing_can_grow_by_hand_names_no_kimg()
    {
        Assert.False(GrowthProgress.Start.Advance(4500, 1).TryGrow(Schedule, out _, out string? refusal));
        Assert.Equal("fading in resolution 16, the final one", refusal);
        GrowthSchedule fadesOnly = GrowthSchedule.Create(new GrowthScheduleOptions { Resolution = 16, TrainKimg = 0, FadeKimg = 2, TotalKimg = 20 });
        Assert.False(GrowthProgress.Start.Advance(500, 1).TryGrow(fadesOnly, out _, out refusal));
        Assert.Equal("fading in resolution 8; the schedule has no stabilise phase to end", refusal);
    }

    [Fact]
    public void From_a_growth_by_hand_on_the_schedule_is_the_same_but_earlier() =>
        Gen.Select(Gen.Int[0, 999], Gen.Int[1, 12_000]).Sample((before, after) =>
        {
            Assert.True(GrowthProgress.Start.Advance(before, 1).TryGrow(Schedule, out GrowthProgress grown, out _));
            GrowthProgress then = grown.Advance(after, 1);
            Assert.Equal(before + after, then.Images);
            Assert.Equal(Schedule.At(1000 + after), Schedule.At(then.GroupImages));
        });

    [Fact]
    public void Progress_never_goes_back() =>
        Gen.Select(Gen.Int[1, 64], Gen.Int[1, 8], Gen.Bool).Array[1, 200].Sample(steps =>
        {
            GrowthProgress progress = GrowthProgress.Start;
            foreach ((int images, int group, bool grow) in steps)
            {
                GrowthProgress next = progress.Advance(images, group);
                if (grow)
                    next.TryGrow(Schedule, out next, out _);
                Assert.Equal(progress.Images + images, next.Images);
                Assert.True(next.SkippedImages >= progress.SkippedImages && next.GroupImages >= progress.GroupImages);
                Assert.True(next.GroupImages <= next.ScheduleImages);
                progress = next;
            }
        });

    [Fact]
    public void The_final_resolution_can_not_grow()
    {
        GrowthProgress at = GrowthProgress.Start.Advance(7000, 1);
        Assert.False(at.TryGrow(Schedule, out _, out string? refusal));
        Assert.Equal("resolution 16 is the final one", refusal);
    }
}
