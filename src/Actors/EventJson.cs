using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Pggan.Actors;

/// <summary>What happens in a run as JSON: the lines of stats.jsonl and events.jsonl, and what a stream of events carries.</summary>
public static class EventJson
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private static readonly JsonSerializerOptions Strict = new(Json) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    private static readonly Dictionary<string, Type> Events = new Type[]
    {
        typeof(TrainingStarted), typeof(TrainingPaused), typeof(TrainingResumed), typeof(TrainerRestarted), typeof(TrainingRolledBack),
        typeof(ModeCollapseSuspected), typeof(TrainingCompleted), typeof(TrainingStopped), typeof(TrainingFailed), typeof(PhaseStarted),
        typeof(GrowthOrdered), typeof(TickCompleted), typeof(TrainingProgressed), typeof(MicroBatchReduced), typeof(CheckpointSaved),
        typeof(CheckpointFailed), typeof(DiskSpaceLow), typeof(CheckpointRefused), typeof(SamplesDrawn), typeof(SamplesFailed),
        typeof(CheckpointEvaluated), typeof(EvaluationFailed), typeof(PipelineDegraded), typeof(ImageSkipped), typeof(StoreDegraded), typeof(SettingsChanged), typeof(DatasetChanged), typeof(RunLogFailed),
    }.ToDictionary(NameOf);

    /// <summary>A tick as a line of stats.jsonl.</summary>
    /// <param name="tick">The tick.</param>
    /// <param name="time">Unix time of it in seconds.</param>
    public static JsonObject Of(TickSummary tick, double time)
    {
        ArgumentNullException.ThrowIfNull(tick);
        var line = new JsonObject
        {
            ["time"] = time,
            ["tick"] = tick.Tick,
            ["kimg"] = tick.Kimg,
            ["images"] = tick.Images,
            ["resolution"] = tick.Resolution,
            ["alpha"] = tick.Alpha,
            ["minibatch"] = tick.Minibatch,
            ["loss_d"] = JsonNumbers.OrNull(tick.LossD),
            ["loss_g"] = JsonNumbers.OrNull(tick.LossG),
            ["score_real"] = JsonNumbers.OrNull(tick.ScoreReal),
            ["score_fake"] = JsonNumbers.OrNull(tick.ScoreFake),
            ["gradient_norm"] = JsonNumbers.OrNull(tick.GradientNorm),
            ["gradient_penalty"] = JsonNumbers.OrNull(tick.GradientPenalty),
            ["label_loss"] = JsonNumbers.OrNull(tick.LabelLoss),
            ["g_lr"] = tick.GLearningRate,
            ["d_lr"] = tick.DLearningRate,
            ["images_per_second"] = JsonNumbers.OrNull(tick.ImagesPerSecond),
            ["sec_per_tick"] = JsonNumbers.OrNull(tick.SecondsPerTick),
            ["sec_per_kimg"] = JsonNumbers.OrNull(tick.SecondsPerKimg),
            ["loader_wait"] = JsonNumbers.OrNull(tick.LoaderWait),
            ["memory"] = tick.MemoryBytes,
            ["skipped_updates"] = tick.SkippedUpdates,
            ["skipped_images"] = tick.SkippedImages,
            ["stale_batches"] = tick.StaleBatches,
            ["elapsed"] = JsonNumbers.OrNull(tick.Elapsed),
        };
        if (tick is { GLossScale: { } g, DLossScale: { } d })
            (line["g_loss_scale_log2"], line["d_loss_scale_log2"]) = (g, d);
        return line;
    }

    /// <summary>An event as a line of events.jsonl: its time, its name in snake case, its fields.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="time">Unix time of it in seconds.</param>
    public static JsonObject Of(ITrainingEvent happened, double time)
    {
        ArgumentNullException.ThrowIfNull(happened);
        var type = happened.GetType();
        var fields = JsonSerializer.SerializeToNode(happened, type, Json)!.AsObject();
        fields.Insert(0, "time", time);
        fields.Insert(1, "event", NameOf(type));
        return fields;
    }

    /// <summary>
    /// The event of a line of either file; null for a line that is none of ours. A tick comes back as <see cref="TickCompleted"/>, without the
    /// estimates of what is left, which its line does not have.
    /// </summary>
    public static ITrainingEvent? Parse(JsonObject line)
    {
        ArgumentNullException.ThrowIfNull(line);
        try
        {
            if (line["event"] is not { } name)
                return line["tick"] is null ? null : new TickCompleted(TickOf(line));
            return Events.TryGetValue(name.GetValue<string>(), out var type) ? (ITrainingEvent?)line.Deserialize(type, Strict) : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static TickSummary TickOf(JsonObject line)
    {
        return new TickSummary
        {
            Tick = line["tick"].Deserialize<int>(),
            Images = line["images"].Deserialize<long>(),
            Resolution = line["resolution"].Deserialize<int>(),
            Alpha = Number("alpha"),
            Minibatch = line["minibatch"].Deserialize<int>(),
            LossD = Number("loss_d"),
            LossG = line["loss_g"].Deserialize<double?>(),
            ScoreReal = Number("score_real"),
            ScoreFake = Number("score_fake"),
            GradientNorm = Number("gradient_norm"),
            GradientPenalty = Number("gradient_penalty"),
            LabelLoss = Number("label_loss"),
            GLearningRate = Number("g_lr"),
            DLearningRate = Number("d_lr"),
            ImagesPerSecond = Number("images_per_second"),
            SecondsPerTick = Number("sec_per_tick"),
            SecondsPerKimg = Number("sec_per_kimg"),
            LoaderWait = Number("loader_wait"),
            MemoryBytes = line["memory"].Deserialize<long>(),
            SkippedUpdates = line["skipped_updates"].Deserialize<int>(),
            SkippedImages = line["skipped_images"].Deserialize<int>(),
            GLossScale = line["g_loss_scale_log2"].Deserialize<double?>(),
            DLossScale = line["d_loss_scale_log2"].Deserialize<double?>(),
            StaleBatches = line["stale_batches"].Deserialize<int>(),
            Elapsed = Number("elapsed"),
            PhaseKimgLeft = double.NaN,
            TotalKimgLeft = double.NaN,
            SecondsLeftInPhase = null,
            SecondsLeft = null,
        };

        double Number(string name) => line[name].Deserialize<double?>() ?? double.NaN;
    }

    private static string NameOf(Type type) => JsonNamingPolicy.SnakeCaseLower.ConvertName(type.Name);
}
