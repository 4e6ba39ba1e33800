using System.Text.Json;
using System.Text.Json.Nodes;
using Pggan.Actors;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>The status of the live training as the interface shows it. What is not known is null.</summary>
internal static class StatusJson
{
    private const int MostNames = 1000;

    /// <summary>The document.</summary>
    /// <param name="status">From the coordinator.</param>
    /// <param name="live">The training.</param>
    /// <param name="lastTick">The last tick as a line of stats.jsonl; null = none in this process.</param>
    public static JsonObject Of(TrainingStatus status, LiveTraining live, JsonNode? lastTick)
    {
        TrainingPlan plan = status.Plan ?? live.FirstPlan;
        GrowthSchedule schedule = GrowthSchedule.Create(plan.Schedule);
        double? speed = Speed(status);
        (double? inPhase, double? inAll) = TimeLeft(status, live.Time.For(schedule));
        (bool? canGrow, string? refusal) = CanGrow(status, schedule);
        return new JsonObject
        {
            ["run"] = Path.GetFileName(live.Run),
            ["live"] = true,
            ["state"] = Snake(status.State),
            ["released"] = status.IsReleased,
            ["failure"] = status.Failure,
            ["images"] = status.Progress?.Images,
            ["kimg"] = status.Progress?.Images / 1000.0,
            ["schedule_kimg"] = status.Progress?.ScheduleImages / 1000,
            ["base"] = live.Options.Base.ToString(),
            ["resolution"] = status.Stage?.Resolution,
            ["alpha"] = status.Stage?.Alpha,
            ["phase"] = status.Phase is { } phase ? IndexOf(plan, phase) : null,
            ["total_kimg"] = plan.Schedule.TotalKimg,
            ["images_per_second"] = OrNull(speed),
            ["loss_d"] = OrNull(status.Live?.LossD),
            ["loss_g"] = OrNull(status.Live?.LossG),
            ["seconds_left_in_phase"] = OrNull(inPhase),
            ["seconds_left"] = OrNull(inAll),
            ["elapsed"] = OrNull(status.Elapsed),
            ["memory"] = Environment.WorkingSet,
            ["phases"] = OfPhases(plan.Phases),
            ["can_grow"] = canGrow,
            ["grow_refusal"] = refusal,
            ["settings"] = SettingsJson.Of(status.Settings, plan),
            ["newest_checkpoint"] = status.NewestCheckpoint is { } path ? Path.GetRelativePath(live.Run, path).Replace('\\', '/') : null,
            ["newest_samples"] = Path.GetFileNameWithoutExtension(status.NewestSamples),
            ["device"] = live.Options.Device,
            ["classes"] = live.Networks.LabelSize,
            ["class_names"] = OfNames(live.Networks.LabelSize > 0 ? live.Source.ClassNames : []),
            ["label_groups"] = OfGroups(live.Networks.LabelSize, live.Networks.LabelGroups),
            ["data"] = live.Options.Data == RunOptions.EmbeddedData ? live.Options.Data : live.Source.Description,
            ["last_tick"] = lastTick,
            ["pipeline"] = status.Pipeline is { } pipeline ? OfPipeline(pipeline, status.Trainer) : null,
            ["actors"] = new JsonArray([.. status.Actors.Select(OfActor)]),
        };
    }

    /// <summary>Names of classes, as far as a page can list them.</summary>
    public static JsonArray OfNames(IReadOnlyList<string> names) => new([.. names.Take(MostNames).Select(name => (JsonNode)name)]);

    /// <summary>Sizes of the groups of a label, one where they are not told apart; none where they are more than a page can list: some would mislead.</summary>
    public static JsonArray OfGroups(int classes, LabelGroups? groups) => groups is null
        ? new(classes > 0 ? [(JsonNode)classes] : [])
        : new(groups.Count > MostNames ? [] : [.. groups.Select(size => (JsonNode)size)]);

    /// <summary>Where the training is, as the stream tells it a few times a second.</summary>
    public static JsonObject Of(TrainingProgressed progress, TrainingPlan plan) => new()
    {
        ["images"] = progress.Images,
        ["kimg"] = progress.Images / 1000.0,
        ["schedule_kimg"] = progress.Progress.ScheduleImages / 1000,
        ["resolution"] = progress.Stage.Resolution,
        ["alpha"] = progress.Stage.Alpha,
        ["phase"] = IndexOf(plan, progress.Phase),
        ["loss_d"] = OrNull(progress.LossD),
        ["loss_g"] = OrNull(progress.LossG),
        ["images_per_second"] = progress.ImagesPerSecond > 0 ? OrNull(progress.ImagesPerSecond) : null,
    };

    /// <summary>A state by its name in the interface.</summary>
    public static string Snake<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>The phases of a schedule.</summary>
    public static JsonArray OfPhases(IReadOnlyList<GrowthPhase> phases) => new([.. phases.Select(phase => new JsonObject
    {
        ["kind"] = Snake(phase.Kind),
        ["resolution"] = phase.Resolution,
        ["start_kimg"] = phase.StartImages / 1000,
        ["end_kimg"] = phase.EndImages / 1000,
    })]);

    /// <summary>Which of the phases one is: a changed schedule has the same ones of other lengths.</summary>
    public static int? IndexOf(TrainingPlan plan, GrowthPhase phase)
    {
        int index = plan.Phases.ToList().FindIndex(p => p.Kind == phase.Kind && p.Resolution == phase.Resolution);
        return index < 0 ? null : index;
    }

    private static double? Speed(TrainingStatus status) =>
        status.Live is { ImagesPerSecond: > 0 } live ? live.ImagesPerSecond : status.LastTick?.ImagesPerSecond;

    private static (double? InPhase, double? InAll) TimeLeft(TrainingStatus status, TimePlan time)
    {
        if (status is not { Progress: { } progress, State: RunState.Starting or RunState.Training or RunState.Paused })
            return (null, null);
        Pace? pace = Pace.Now(status.Live, status.LastTick);
        return (time.SecondsLeftInPhase(progress.ScheduleImages, pace), time.SecondsLeft(progress.ScheduleImages, pace));
    }

    private static (bool? CanGrow, string? Refusal) CanGrow(TrainingStatus status, GrowthSchedule schedule)
    {
        if (status is not { Progress: { } progress, Plan: not null })
            return (null, null);
        if (status.State is not (RunState.Training or RunState.Paused))
            return (false, $"the training is {Snake(status.State)}");
        return (progress.TryGrow(schedule, out _, out string? refusal), refusal);
    }

    private static JsonObject OfPipeline(PipelineSnapshot pipeline, StageSnapshot? trainer) => new()
    {
        ["stages"] = new JsonArray([.. pipeline.Stages.Concat(trainer is null ? [] : [trainer]).Select(OfStage)]),
        ["queues"] = new JsonArray([.. pipeline.Queues.Select(q => (JsonNode)new JsonObject { ["name"] = q.Name, ["count"] = q.Count, ["capacity"] = q.Capacity })]),
        ["skipped_images"] = pipeline.SkippedImages,
        ["cached_images"] = pipeline.CachedImages,
        ["cached_bytes"] = pipeline.CachedBytes,
        ["stored_images"] = pipeline.StoredImages,
        ["store_reads"] = pipeline.StoreReads,
    };

    private static JsonObject OfStage(StageSnapshot stage) => new()
    {
        ["name"] = stage.Name,
        ["items"] = stage.Items,
        ["busy"] = OrNull(stage.BusySeconds),
        ["waiting"] = OrNull(stage.WaitingSeconds),
        ["blocked"] = OrNull(stage.BlockedSeconds),
    };

    private static JsonObject OfActor(ActorStatus actor) => new()
    {
        ["name"] = actor.Name,
        ["parent"] = actor.Parent,
        ["state"] = actor.State,
        ["restarts"] = actor.Restarts,
        ["last_error"] = actor.LastError,
        ["last_error_at"] = actor.LastErrorAt?.ToUnixTimeMilliseconds() / 1000.0,
    };

    /// <summary>JSON has no infinities and no NaN.</summary>
    private static JsonValue? OrNull(double? value) => value is { } number && double.IsFinite(number) ? JsonValue.Create(number) : null;
}
