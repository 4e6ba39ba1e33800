using System.Text.Json.Nodes;
using Akka.Actor;
using Pggan.Actors;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

/// <summary>Numbers of the actors as the interface shows them.</summary>
public sealed class StatusJsonTests : IDisposable
{
    private static readonly GrowthScheduleOptions Schedule = new() { Resolution = 8, TrainKimg = 10, FadeKimg = 10, TotalKimg = 40 };

    private readonly ActorSystem _system = ActorSystem.Create("status-json");
    private readonly SyntheticSource _source = new(1, 8, 3, 0, 1);
    private readonly LiveTraining _live;

    public StatusJsonTests()
    {
        CostEstimate[] estimates = [new(4, 16, 1, 0), new(8, 16, 2, 0)];
        RunOptions options = new() { Resolution = 8, TrainKimg = 10, FadeKimg = 10, TotalKimg = 40, Device = "cpu" };
        _live = new LiveTraining(_system, ActorRefs.Nobody, "/runs/00000-x", _source, new TimePlan(GrowthSchedule.Create(Schedule), estimates), options, new NetworkArchitecture());
    }

    private static TrainingStatus Starting { get; } = new() { State = RunState.Starting, Restarts = new Dictionary<string, int>(), Settings = new RunSettings(1, 15, 5, 1, 1000) };

    /// <summary>In the first stabilise phase, at 250 images a second.</summary>
    private static TrainingStatus Training { get; } = Starting with
    {
        State = RunState.Training,
        Progress = new GrowthProgress(4000, 1000, 0, 5000),
        Stage = GrowthStage.Grown(4),
        Phase = new GrowthPhase(GrowthPhaseKind.Stabilize, 4, 0, 10000),
        Live = new TrainingProgressed(new GrowthProgress(4000, 1000, 0, 5000), GrowthStage.Grown(4), new GrowthPhase(GrowthPhaseKind.Stabilize, 4, 0, 10000), 1.5f, float.NaN, 250),
        Plan = new TrainingPlan(Schedule, GrowthSchedule.Create(Schedule).Phases, Mirror: true),
    };

    public void Dispose()
    {
        _system.Dispose();
        _source.Dispose();
    }

    [Fact]
    public void Before_the_trainer_is_built_what_is_not_known_is_null()
    {
        JsonObject status = StatusJson.Of(Starting, _live, null);
        Assert.Equal("starting", (string?)status["state"]);
        foreach (string key in new[] { "images", "kimg", "schedule_kimg", "resolution", "alpha", "phase", "loss_d", "images_per_second", "seconds_left", "can_grow", "last_tick", "pipeline", "newest_checkpoint", "newest_samples" })
            Assert.True(status.ContainsKey(key) && status[key] is null, key);
        Assert.Equal(3, status["phases"]!.AsArray().Count);
        Assert.Equal(10, (double)status["settings"]!["train_kimg"]!);
        Assert.Empty(status["actors"]!.AsArray());
    }

    [Fact]
    public void Place_and_time_left_follow_the_schedule_and_the_measured_speed()
    {
        JsonObject status = StatusJson.Of(Training, _live, null);
        Assert.Equal((4000, 4.0, 5.0, 0), ((long)status["images"]!, (double)status["kimg"]!, (double)status["schedule_kimg"]!, (int)status["phase"]!));
        Assert.Equal(1.5, (double)status["loss_d"]!);
        Assert.Null(status["loss_g"]);

        // 5 kimg of 4 pixels at 4 s each, then 30 of 8 pixels, which take twice as long.
        Assert.Equal(20, (double)status["seconds_left_in_phase"]!, 1e-6);
        Assert.Equal(20 + 30 * 8, (double)status["seconds_left"]!, 1e-6);
        Assert.Equal("""{"kind":"fade_in","resolution":8,"start_kimg":10,"end_kimg":20}""", status["phases"]![1]!.ToJsonString());
        Assert.Equal((true, null), ((bool)status["can_grow"]!, (string?)status["grow_refusal"]));
    }

    [Fact]
    public void The_speed_and_the_wait_for_images_are_of_the_same_time()
    {
        // The last tick waited for images, and the steps since do not.
        TrainingStatus status = Training with { LastTick = ExampleTick.Summary with { ImagesPerSecond = 100, LoaderWait = 0.8 } };
        Assert.Equal(20 + 30 * 8, (double)StatusJson.Of(status, _live, null)["seconds_left"]!, 1e-6);

        // The other way round: a step is 0.8 s of the 4 s, so twice that is no slower.
        status = status with { Live = Training.Live! with { LoaderWait = 0.8 }, LastTick = ExampleTick.Summary with { LoaderWait = 0 } };
        Assert.Equal(20 + 30 * 4, (double)StatusJson.Of(status, _live, null)["seconds_left"]!, 1e-6);

        // Before the first line of a life there is the last tick, at 10 s.
        status = status with { Live = null, LastTick = ExampleTick.Summary with { ImagesPerSecond = 100, LoaderWait = 0.8 } };
        Assert.Equal(50 + 30 * 10, (double)StatusJson.Of(status, _live, null)["seconds_left"]!, 1e-6);
    }

    [Fact]
    public void A_changed_schedule_changes_the_time_left_and_why_it_can_not_grow()
    {
        GrowthScheduleOptions changed = Schedule with { TotalKimg = 20 };
        TrainingStatus status = Training with { Plan = new TrainingPlan(changed, GrowthSchedule.Create(changed).Phases, Mirror: false) };
        Assert.Equal(20 + 10 * 8 + 0, (double)StatusJson.Of(status, _live, null)["seconds_left"]!, 1e-6);
        JsonObject fading = StatusJson.Of(status with { Progress = new GrowthProgress(15000, 0, 0, 15000) }, _live, null);
        Assert.False((bool)fading["can_grow"]!);
        Assert.Contains("fading in resolution 8", (string?)fading["grow_refusal"], StringComparison.Ordinal);
        JsonObject ended = StatusJson.Of(status with { State = RunState.Completed }, _live, null);
        Assert.False((bool)ended["can_grow"]!);
        Assert.Null(ended["seconds_left"]);
    }

    [Fact]
    public void The_trainer_is_the_last_stage_of_the_pipeline_and_actors_keep_their_errors()
    {
        TrainingStatus full = Training with
        {
            Pipeline = new PipelineSnapshot([new StageSnapshot("reader-0", 12, 1, 2, 3)], 2, 9, 100, [new QueueSnapshot("pixels", 3, 64)]),
            Trainer = new StageSnapshot("trainer", 7, 4, 5, 0),
            IsReleased = true,
            Actors = [new ActorStatus("reader-0", "pipeline", "restarting", 2, "it broke", DateTimeOffset.FromUnixTimeMilliseconds(1500))],
            NewestCheckpoint = Path.Combine(_live.Run, "checkpoints", "000004"),
            NewestSamples = Path.Combine(_live.Run, "fakes000004.png"),
        };
        JsonObject status = StatusJson.Of(full, _live, new JsonObject { ["tick"] = 3 });
        Assert.Equal(["reader-0", "trainer"], status["pipeline"]!["stages"]!.AsArray().Select(s => (string?)s!["name"]));
        Assert.Equal("""{"name":"pixels","count":3,"capacity":64}""", status["pipeline"]!["queues"]![0]!.ToJsonString());
        Assert.Equal("""{"name":"reader-0","parent":"pipeline","state":"restarting","restarts":2,"last_error":"it broke","last_error_at":1.5}""", status["actors"]![0]!.ToJsonString());
        Assert.Equal((true, "checkpoints/000004", "fakes000004", 3), ((bool)status["released"]!, (string?)status["newest_checkpoint"], (string?)status["newest_samples"], (int)status["last_tick"]!["tick"]!));
    }
}
