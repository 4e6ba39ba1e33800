using System.Text.Json.Nodes;
using Pggan.Actors;
using Pggan.Model;

namespace Pggan.Host;

/// <summary>What options.json and settings.json of a run tell, as far as they can be understood: they may be another version's, or damaged.</summary>
/// <param name="Options">Every option, with the settings that were changed by hand and are no part of a checkpoint; null = they can't be understood.</param>
/// <param name="Data">What it trains on.</param>
/// <param name="ClassNames">Of a conditional network; none = unconditional or unknown.</param>
/// <param name="LabelGroups">Of its labels as the run began; null = one, or unknown.</param>
internal sealed record KnownOptions(RunOptions? Options, string? Data, IReadOnlyList<string> ClassNames, LabelGroups? LabelGroups)
{
    /// <summary>Where options.json has the groups, beside what else it tells of the dataset.</summary>
    public const string LabelGroupsKey = "label_groups";

    private const string SettingsFile = "settings.json";

    /// <summary>Of a run.</summary>
    public static KnownOptions Of(string run)
    {
        JsonObject document = LogLine.Parse(RunFile.Read(run, RunDirectory.OptionsFile)) ?? [];
        JsonObject? dataset = DatasetOf(document);
        RunOptions? options = Understood(With(document, LogLine.Parse(RunFile.Read(run, SettingsFile)))) ?? Understood(document);
        string[] classes = options?.Labels == LabelMode.On && dataset?["classes"] is JsonArray names ? [.. names.Select(name => name?.ToString() ?? "")] : [];
        return new KnownOptions(options, DataOf(document), classes, GroupsOf(dataset?[LabelGroupsKey], classes.Length));
    }

    /// <summary>What a run trains on, by its options.json: the embedded dataset's name, else kind and place.</summary>
    public static string? DataOf(JsonObject? document) => document.Text("data") switch
    {
        RunOptions.EmbeddedData => RunOptions.EmbeddedData,
        var path => DatasetOf(document).Text("description") ?? path,
    };

    /// <summary>The trainer's numbers, or null where they make no schedule.</summary>
    /// <param name="byHand">What was changed by hand, as a checkpoint keeps it.</param>
    public TrainingPlan? Plan(TrainingChange byHand)
    {
        if (Options is null)
            return null;
        try
        {
            GrowthScheduleOptions schedule = Options.ToTrainerOptions(ClassNames.Count).Schedule.With(byHand);
            return new TrainingPlan(schedule, GrowthSchedule.Create(schedule).Phases, byHand.Mirror ?? Options.Mirror);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The run's own numbers, or null.</summary>
    public RunSettings? Settings() => Options is { } o
        ? new RunSettings(o.CheckpointEveryTicks, o.CheckpointEveryMinutes, o.KeepCheckpoints, o.SnapshotEveryTicks, o.SampleSeed)
        : null;

    private static LabelGroups? GroupsOf(JsonNode? node, int classes)
    {
        if (node is not JsonArray array)
            return null;
        LabelGroups groups = new(array.Select(size => size is JsonValue value && value.TryGetValue(out int number) ? number : 0));
        return groups.AreOf(classes) ? groups : null;
    }

    private static JsonObject? DatasetOf(JsonObject? document) => (document?[OptionsDocument.AboutKey] as JsonObject)?["dataset"] as JsonObject;

    private static RunOptions? Understood(JsonObject document)
    {
        try
        {
            return document.Count == 0 ? null
                : OptionsDocument.To(new JsonObject(document.Where(p => OptionsDocument.Keys.Contains(p.Key)).Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))));
        }
        catch (UserException)
        {
            return null;
        }
    }

    private static JsonObject With(JsonObject document, JsonObject? settings)
    {
        JsonObject changed = document.DeepClone().AsObject();
        foreach (string key in SettingsJson.Keys)
        {
            if (settings?[key] is { } value)
                changed[key] = value.DeepClone();
        }
        return changed;
    }
}
