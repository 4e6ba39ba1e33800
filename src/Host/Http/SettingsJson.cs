using System.Globalization;
using System.Text.Json.Nodes;
using Pggan.Actors;
using Pggan.Model;

namespace Pggan.Host;

/// <summary>What can be changed while a run lives, as the interface shows it, and a change of it.</summary>
internal static class SettingsJson
{
    /// <summary>Their names, which are those of options.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        "g_learning_rate", "d_learning_rate", "minibatch", "tick_kimg", "train_kimg", "fade_kimg", "mirror",
        "snapshot_every_ticks", "sample_seed", "checkpoint_every_ticks", "checkpoint_every_minutes", "keep_checkpoints",
    ];

    /// <summary>The settings that hold.</summary>
    public static JsonObject Of(RunSettings settings, TrainingPlan plan)
    {
        GrowthScheduleOptions schedule = plan.Schedule;
        return new JsonObject
        {
            ["g_learning_rate"] = Table(schedule.GeneratorLearningRate, schedule.GeneratorLearningRates),
            ["d_learning_rate"] = Table(schedule.DiscriminatorLearningRate, schedule.DiscriminatorLearningRates),
            ["minibatch"] = Table(schedule.MinibatchBase, schedule.Minibatch),
            ["tick_kimg"] = Table(schedule.TickKimgBase, schedule.TickKimg),
            ["train_kimg"] = Table(schedule.TrainKimg, schedule.TrainKimgAt),
            ["fade_kimg"] = Table(schedule.FadeKimg, schedule.FadeKimgAt),
            ["mirror"] = plan.Mirror,
            ["snapshot_every_ticks"] = settings.SnapshotEveryTicks,
            ["sample_seed"] = settings.SampleSeed,
            ["checkpoint_every_ticks"] = settings.CheckpointEveryTicks,
            ["checkpoint_every_minutes"] = settings.CheckpointEveryMinutes,
            ["keep_checkpoints"] = settings.KeepCheckpoints,
        };
    }

    /// <summary>The change that a document asks for. Whether its numbers can be is decided by who carries it out.</summary>
    /// <exception cref="RequestException">A key is unknown, or a value of the wrong type; the message names it.</exception>
    public static ChangeSettings Read(JsonObject document)
    {
        RequestBody.CheckKeys(document, "setting", Keys);
        if (document.Count == 0)
            throw new RequestException($"the change names no setting. Known: {string.Join(", ", Keys)}");
        TrainingChange training = new()
        {
            GLearningRate = Table<double>(document, "g_learning_rate"),
            DLearningRate = Table<double>(document, "d_learning_rate"),
            Minibatch = Table<int>(document, "minibatch"),
            TickKimg = Table<double>(document, "tick_kimg"),
            TrainKimg = Table<double>(document, "train_kimg"),
            FadeKimg = Table<double>(document, "fade_kimg"),
            Mirror = RequestBody.Value<bool>(document, "mirror"),
        };
        return new ChangeSettings
        {
            SnapshotEveryTicks = RequestBody.Value<int>(document, "snapshot_every_ticks"),
            SampleSeed = RequestBody.Value<long>(document, "sample_seed"),
            CheckpointEveryTicks = RequestBody.Value<int>(document, "checkpoint_every_ticks"),
            CheckpointEveryMinutes = RequestBody.Value<double>(document, "checkpoint_every_minutes"),
            KeepCheckpoints = RequestBody.Value<int>(document, "keep_checkpoints"),
            Training = training == new TrainingChange() ? null : training,
        };
    }

    private static JsonNode Table<T>(T otherwise, IReadOnlyDictionary<int, T> at)
    {
        if (at.Count == 0)
            return JsonValue.Create(otherwise)!;
        JsonObject table = new() { [ResolutionTableConverter.DefaultKey] = JsonValue.Create(otherwise) };
        foreach ((int resolution, T value) in at.OrderBy(e => e.Key))
            table[resolution.ToString(CultureInfo.InvariantCulture)] = JsonValue.Create(value);
        return table;
    }

    private static ResolutionChange<T>? Table<T>(JsonObject document, string key)
        where T : struct
    {
        if (!document.TryGetPropertyValue(key, out JsonNode? node))
            return null;
        if (node is not JsonObject table)
            return new ResolutionChange<T>(RequestBody.Value<T>(node, key), new Dictionary<int, T>());
        T? otherwise = null;
        Dictionary<int, T> at = [];
        foreach ((string entry, JsonNode? value) in table)
        {
            string path = $"{key}.{RequestBody.Shown(entry)}";
            if (value is null)
                throw new RequestException($"'{path}' is null; a number for the whole table drops its entries, as in {{\"{key}\": 8}}");
            if (entry == ResolutionTableConverter.DefaultKey)
                otherwise = RequestBody.Value<T>(value, path);
            else if (int.TryParse(entry, NumberStyles.None, CultureInfo.InvariantCulture, out int resolution))
                at[resolution] = RequestBody.Value<T>(value, path);
            else
                throw new RequestException($"'{path}' is no setting; a table has a default and resolutions, as in {{\"{key}\": {{\"32\": 8}}}}");
        }
        return otherwise is null && at.Count == 0 ? throw new RequestException($"'{key}' is an empty table")
            : new ResolutionChange<T>(null, at) { Default = otherwise };
    }
}
