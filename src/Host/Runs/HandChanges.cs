using System.Text.Json.Nodes;
using Pggan.Model;

namespace Pggan.Host;

/// <summary>What was changed by hand in earlier processes of a run: a checkpoint and settings.json keep it, and it wins over the options.</summary>
internal static class HandChanges
{
    /// <summary>Such as "g_learning_rate 0.002, minibatch.8 32"; null = nothing, or it can't be told.</summary>
    /// <param name="run">Folder of the run.</param>
    /// <param name="began">Options that the run has had so far.</param>
    /// <param name="newest">Its newest checkpoint's; null = there is none.</param>
    /// <param name="given">Keys that are given anew, and so hold instead.</param>
    public static string? Describe(string run, RunOptions began, TrainingState? newest, IReadOnlySet<string> given)
    {
        KnownOptions now = KnownOptions.Of(run);
        if (Flat(now with { Options = began }, new TrainingChange()) is not { } before || Flat(now, newest?.Changes ?? new TrainingChange()) is not { } after)
            return null;
        string[] changed =
        [
            .. after.Where(setting => !given.Contains(setting.Key) && !given.Contains(TableOf(setting.Key)) && IsChanged(setting.Key)).Select(setting => $"{setting.Key} {setting.Value}"),
        ];
        return changed.Length == 0 ? null : string.Join(", ", changed);

        // A number for a whole table drops its entries.
        bool IsChanged(string key) => before.GetValueOrDefault(key) != after[key] || before.Keys.Any(other => TableOf(other) == key && !after.ContainsKey(other));
    }

    private static string TableOf(string key) => key.Split('.')[0];

    /// <summary>Every setting by the key that changes it.</summary>
    private static Dictionary<string, string>? Flat(KnownOptions options, TrainingChange byHand)
    {
        if (options.Settings() is not { } settings || options.Plan(byHand) is not { } plan)
            return null;
        Dictionary<string, string> flat = [];
        foreach ((string key, JsonNode? value) in SettingsJson.Of(settings, plan))
        {
            if (value is not JsonObject table)
            {
                flat[key] = value!.ToJsonString();
                continue;
            }
            foreach ((string entry, JsonNode? number) in table)
                flat[entry == ResolutionTableConverter.DefaultKey ? key : $"{key}.{entry}"] = number!.ToJsonString();
        }
        return flat;
    }
}
