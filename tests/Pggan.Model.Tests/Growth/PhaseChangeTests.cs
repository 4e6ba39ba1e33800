using CsCheck;

namespace Pggan.Model.Tests;

public sealed class PhaseChangeTests
{
    private static readonly GrowthScheduleOptions Options = new() { Resolution = 32, TrainKimg = 1, FadeKimg = 1, TotalKimg = 20 };

    private static ResolutionChange<double> All(double kimg) => new(kimg, new Dictionary<int, double>());

    private static ResolutionChange<double> Only(int resolution, double kimg) => new(null, new Dictionary<int, double> { [resolution] = kimg });

    private static GrowthProgress At(double images) => GrowthProgress.Start with { Images = (long)images, GroupImages = images };

    private static (GrowthSchedule Schedule, GrowthProgress Progress) Change(GrowthProgress at, TrainingChange change)
    {
        GrowthSchedule before = GrowthSchedule.Create(Options);
        Assert.Null(PhaseChange.Refusal(before, at, change));
        GrowthSchedule after = GrowthSchedule.Create(Options.With(PhaseChange.Named(before, at, change)));
        return (after, at.MapTo(before, after));
    }

    [Fact]
    public void A_stabilise_phase_that_becomes_longer_keeps_what_has_passed()
    {
        (GrowthSchedule schedule, GrowthProgress at) = Change(At(2400), new TrainingChange { TrainKimg = All(3) });

        Assert.Equal(GrowthStage.Grown(8), schedule.At(at.ScheduleImages).Stage);
        Assert.Equal(2600, schedule.At(at.ScheduleImages).Phase.EndImages - at.ScheduleImages, 1e-6);
        Assert.Equal([1000, 1000, 3000, 1000, 3000, 1000], schedule.Phases.SkipLast(1).Select(p => Math.Round(p.Images, 6)));
    }

    [Fact]
    public void A_stabilise_phase_shorter_than_what_has_passed_ends()
    {
        (GrowthSchedule schedule, GrowthProgress at) = Change(At(2800), new TrainingChange { TrainKimg = All(.5) });

        Assert.Equal(2500, at.ScheduleImages, 1e-6);
        Assert.Equal(new GrowthStage(16, .1), Rounded(schedule.At(at.ScheduleImages + 100).Stage));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(.1)]
    public void A_fade_in_that_changes_its_length_keeps_its_alpha(double kimg)
    {
        (GrowthSchedule schedule, GrowthProgress at) = Change(At(3250), new TrainingChange { FadeKimg = All(kimg) });

        Assert.Equal(new GrowthStage(16, .25), Rounded(schedule.At(at.ScheduleImages).Stage));
        Assert.Equal(.75 * kimg * 1000, schedule.At(at.ScheduleImages).Phase.EndImages - at.ScheduleImages, 1e-6);
        Assert.Equal(3250, at.Images);
    }

    [Fact]
    public void What_has_ended_is_refused_and_one_phase_can_be_changed_alone()
    {
        GrowthSchedule schedule = GrowthSchedule.Create(Options);

        Assert.Contains("4 px", PhaseChange.Refusal(schedule, At(2400), new TrainingChange { TrainKimg = Only(4, 2) }), StringComparison.Ordinal);
        Assert.Contains("8 px", PhaseChange.Refusal(schedule, At(2400), new TrainingChange { FadeKimg = Only(8, 2) }), StringComparison.Ordinal);
        Assert.Contains("32 px", PhaseChange.Refusal(schedule, At(0), new TrainingChange { TrainKimg = Only(32, 2) }), StringComparison.Ordinal);
        Assert.Contains("every", PhaseChange.Refusal(schedule, At(7000), new TrainingChange { FadeKimg = All(2) }), StringComparison.Ordinal);
        Assert.Null(PhaseChange.Refusal(schedule, At(2400), new TrainingChange { TrainKimg = Only(4, 1) })); // as it was
        Assert.Null(PhaseChange.Refusal(schedule, At(7000), new TrainingChange { FadeKimg = All(1) }));      // as it was
        (GrowthSchedule changed, _) = Change(At(2400), new TrainingChange { FadeKimg = Only(16, 4) });
        Assert.Equal([1000, 1000, 1000, 4000, 1000, 1000], changed.Phases.SkipLast(1).Select(p => Math.Round(p.Images, 6)));
    }

    [Fact]
    public void A_growth_within_a_group_of_steps_is_not_undone_by_a_longer_phase_after_it()
    {
        GrowthSchedule before = GrowthSchedule.Create(Options);
        GrowthProgress at = new(2400, 0, 1, 2300);
        Assert.True(at.TryGrow(before, out at, out string? refusal, completeFade: false), refusal);
        GrowthPhase grown = before.At(at.ScheduleImages + 1).Phase;

        (GrowthSchedule schedule, GrowthProgress after) = Change(at, new TrainingChange { TrainKimg = All(4) });

        Assert.Equal((grown.Kind, grown.Resolution), (schedule.At(after.ScheduleImages + 1).Phase.Kind, schedule.At(after.ScheduleImages + 1).Phase.Resolution));
        Assert.Contains("8 px", PhaseChange.Refusal(before, at, new TrainingChange { TrainKimg = Only(8, 4) }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_default_changes_the_phases_ahead_that_have_no_length_of_their_own()
    {
        ResolutionChange<double> change = new(null, new Dictionary<int, double> { [32] = 4 }) { Default = 2 };
        (GrowthSchedule schedule, _) = Change(At(2400), new TrainingChange { FadeKimg = change });
        Assert.Equal([1000, 1000, 1000, 2000, 1000, 4000], schedule.Phases.SkipLast(1).Select(p => Math.Round(p.Images, 6)));
    }

    [Fact]
    public void Changes_never_move_the_stage_back_nor_jump_over_a_fade() =>
        Gen.Select(Gen.Double[0, 8000], Gen.Double[0, 4], Gen.Double[.01, 4]).Sample((images, train, fade) =>
        {
            GrowthSchedule before = GrowthSchedule.Create(Options);
            TrainingChange change = new()
            {
                TrainKimg = before.Ahead(GrowthPhaseKind.Stabilize, images).Any() ? All(train) : null,
                FadeKimg = before.Ahead(GrowthPhaseKind.FadeIn, images).Any() ? All(fade) : null,
            };
            (GrowthSchedule schedule, GrowthProgress at) = Change(At(images), change);

            GrowthStage was = before.At(images).Stage, now = schedule.At(at.GroupImages).Stage;
            Assert.Equal(was.Resolution, now.Resolution);
            Assert.Equal(was.Alpha, now.Alpha, 1e-6);
            Assert.True(at.ScheduleImages >= 0);
        });

    [Fact]
    public void Lengths_that_stay_leave_the_progress_as_it_is_to_the_bit()
    {
        GrowthSchedule before = GrowthSchedule.Create(Options), after = GrowthSchedule.Create(Options with { MinibatchBase = 8 });
        GrowthProgress at = new(777, 1234.5678901, 1, 2000.1);
        Assert.Equal(at, at.MapTo(before, after));
    }

    [Fact]
    public void A_resolution_without_any_phase_is_refused() =>
        Assert.Contains("8 px", Assert.Throws<ArgumentException>(() => GrowthSchedule.Create(
            Options with { TrainKimgAt = new Dictionary<int, double> { [8] = 0 }, FadeKimgAt = new Dictionary<int, double> { [16] = 0 } })).Message, StringComparison.Ordinal);

    private static GrowthStage Rounded(GrowthStage stage) => stage with { Alpha = Math.Round(stage.Alpha, 9) };
}
