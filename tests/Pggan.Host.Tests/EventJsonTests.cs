using System.Text.Json.Nodes;
using Pggan.Actors;
using Pggan.Model;

namespace Pggan.Host.Tests;

public sealed class EventJsonTests
{
    private static readonly TickSummary Tick = ExampleTick.Summary;

    private static readonly GrowthPhase Phase = new(GrowthPhaseKind.FadeIn, 8, 40_000, 40_000);

    internal static readonly ITrainingEvent[] Examples =
    [
        new TrainingStarted(100, 96),
        new TrainingStarted(0, null),
        new TrainingPaused(100, Released: true),
        new TrainingResumed(100),
        new TrainerRestarted("a fault", 100, 2),
        new TrainingRolledBack("not finite", 200, 100, 1),
        new ModeCollapseSuspected(100, 0.125),
        new TrainingCompleted(100),
        new TrainingStopped(100),
        new TrainingFailed("no \u001b[2J device", FailureKind.DeviceLost),
        new PhaseStarted(Phase, 100),
        new GrowthOrdered(100, CompletedFade: true),
        new TickCompleted(Tick),
        new TickCompleted(Tick with { LossD = double.NaN, GradientPenalty = double.PositiveInfinity }),
        new TrainingProgressed(new GrowthProgress(100, 12.5, 1, 96), new GrowthStage(8, 0.5), Phase, -1.5f, null, 76.5),
        new MicroBatchReduced(64, 16, 8, "too large"),
        new CheckpointSaved("runs/a/checkpoints/000060", 60_000),
        new CheckpointFailed("a full disk"),
        new DiskSpaceLow(1 << 20, 1L << 40),
        new CheckpointRefused("runs/a/checkpoints/000060", "torn"),
        new CheckpointEvaluated(60_000, [new MetricScore("swd", 12.5, new Dictionary<string, double> { ["swd_16"] = 12.5 }) { Floor = 3 }, new MetricScore("kid", double.NaN, new Dictionary<string, double>())]),
        new EvaluationFailed("no such network"),
        new SamplesDrawn("runs/a/fakes000060.png", 60_000),
        new SamplesFailed("a full disk"),
        new PipelineDegraded("reader-0", 3, "a fault"),
        new ImageSkipped(7, "a.png", "no image"),
        new StoreDegraded("a full disk"),
        new SettingsChanged(new RunSettings(1, 15.5, 5, 1, 1000)),
        new SettingsChanged(
            new RunSettings(1, 15.5, 5, 1, 1000),
            new TrainingChange { Minibatch = new ResolutionChange<int>(null, new Dictionary<int, int> { [16] = 8 }), Mirror = false, TickKimg = new ResolutionChange<double>(4.5, new Dictionary<int, double>()) },
            100),
        new DatasetChanged("abc", "def"),
        new RunLogFailed("a full disk"),
    ];

    [Fact]
    public void There_is_an_example_of_every_event() => Assert.Equal(
        typeof(ITrainingEvent).Assembly.GetTypes().Where(t => t.IsClass && t.IsAssignableTo(typeof(ITrainingEvent))).OrderBy(t => t.Name),
        Examples.Select(e => e.GetType()).Distinct().OrderBy(t => t.Name));

    [Fact]
    public void Every_event_comes_back_from_its_line()
    {
        foreach (ITrainingEvent example in Examples)
        {
            string line = EventJson.Of(example, 1790000000.5).ToJsonString();
            ITrainingEvent? back = EventJson.Parse(JsonNode.Parse(line)!.AsObject());
            Assert.NotNull(back);
            Assert.Equal(line, EventJson.Of(back, 1790000000.5).ToJsonString()); // records with tables are equal by reference only
        }
    }

    [Fact]
    public void A_tick_comes_back_from_its_line_of_stats_but_for_what_is_left()
    {
        TickSummary tick = Tick with { LossD = double.NaN };
        JsonObject line = JsonNode.Parse(EventJson.Of(tick, 1790000000.5).ToJsonString())!.AsObject();
        TickCompleted back = Assert.IsType<TickCompleted>(EventJson.Parse(line));
        Assert.Equal(tick with { PhaseKimgLeft = double.NaN, TotalKimgLeft = double.NaN, SecondsLeftInPhase = null, SecondsLeft = null }, back.Summary);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"event": "moved_to_mars", "images": 1}""")]
    [InlineData("""{"event": 5}""")]
    [InlineData("""{"event": "training_failed", "kind": "defect"}""")]
    [InlineData("""{"event": "training_failed", "reason": null, "kind": "defect"}""")]
    [InlineData("""{"event": "training_failed", "reason": "a", "kind": "boredom"}""")]
    [InlineData("""{"tick": "three"}""")]
    [InlineData("""{"tick": 3}""")]
    [InlineData("""{"event": "phase_started", "phase": [], "images": 1}""")]
    public void A_line_that_is_none_of_ours_is_no_event(string line) => Assert.Null(EventJson.Parse(JsonNode.Parse(line)!.AsObject()));
}
