using System.Text.Json.Nodes;
using Pggan.Actors;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>Status of the HTTP interface for a run that this process does not train, from the run's files.</summary>
internal static class RunStatus
{
    /// <summary>What its files tell; what they don't is null.</summary>
    /// <param name="run">Its folder.</param>
    /// <param name="newestSamples">Name of its newest snapshot, or null.</param>
    public static JsonObject Of(string run, string? newestSamples)
    {
        KnownOptions known = KnownOptions.Of(run);
        RunEnd end = RunEnd.Of(run, isLive: false);
        JsonObject? tick = RunFile.NewestFirst(run, RunFile.Stats).FirstOrDefault(line => line.Number("images") >= 0);
        RunCheckpoint? checkpoint = RunCheckpoint.Newest(run);
        TrainingPlan? plan = known.Plan(checkpoint?.State.Changes ?? new TrainingChange());

        // Growths by hand are in checkpoints alone; each of them leads to one.
        double images = tick.Number("images") ?? checkpoint?.State.Progress.Images ?? 0;
        double scheduleImages = images + (checkpoint?.State.Progress.SkippedImages ?? 0);
        SchedulePoint? at = plan is null ? null : GrowthSchedule.Create(plan.Schedule).At(scheduleImages);
        return new JsonObject
        {
            ["run"] = Path.GetFileName(run),
            ["live"] = false,
            ["state"] = end.State,
            ["released"] = false,
            ["failure"] = end.Failure,
            ["images"] = Math.Round(images),
            ["kimg"] = images / 1000,
            ["schedule_kimg"] = scheduleImages / 1000,
            ["base"] = (known.Options?.Base ?? BaseSize.Square).ToString(),
            ["resolution"] = tick.Number("resolution") ?? at?.Stage.Resolution,
            ["alpha"] = tick.Number("alpha") ?? at?.Stage.Alpha,
            ["phase"] = at is null ? null : StatusJson.IndexOf(plan!, at.Phase),
            ["total_kimg"] = known.Options?.TotalKimg,
            ["images_per_second"] = tick.Number("images_per_second"),
            ["loss_d"] = tick.Number("loss_d"),
            ["loss_g"] = tick.Number("loss_g"),
            ["seconds_left_in_phase"] = null,
            ["seconds_left"] = null,
            ["elapsed"] = tick.Number("elapsed"),
            ["memory"] = tick.Number("memory"),
            ["phases"] = StatusJson.OfPhases(plan?.Phases ?? []),
            ["can_grow"] = false,
            ["grow_refusal"] = "this run is not being trained here",
            ["settings"] = plan is not null && known.Settings() is { } settings ? SettingsJson.Of(settings, plan) : null,
            ["newest_checkpoint"] = checkpoint?.Name,
            ["newest_samples"] = newestSamples,
            ["device"] = known.Options?.Device,
            ["classes"] = known.ClassNames.Count,
            ["class_names"] = StatusJson.OfNames(known.ClassNames),
            ["label_groups"] = StatusJson.OfGroups(known.ClassNames.Count, checkpoint is null ? known.LabelGroups : checkpoint.State.Architecture.LabelGroups),
            ["data"] = known.Data,
            ["last_tick"] = tick?.DeepClone(),
            ["pipeline"] = null,
            ["actors"] = new JsonArray(),
        };
    }
}
