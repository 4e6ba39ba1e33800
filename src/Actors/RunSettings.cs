using System.Text.Json;
using System.Text.Json.Serialization;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>
/// What can be changed while a run lives. None of it touches the weights, so it is not part of a checkpoint: it holds for the run. RUN/settings.json
/// keeps what was changed by hand, and nothing else, and wins at a resume over what is not given anew then.
/// </summary>
/// <param name="CheckpointEveryTicks">Ticks between two automatic checkpoints; 0 = none by ticks.</param>
/// <param name="CheckpointEveryMinutes">Minutes between two automatic checkpoints; 0 = none by time.</param>
/// <param name="KeepCheckpoints">Checkpoints to keep; 0 = all.</param>
/// <param name="SnapshotEveryTicks">Ticks between two sample grids; 0 = none.</param>
/// <param name="SampleSeed">Seed of the sample grid's latents.</param>
public sealed record RunSettings(
    int CheckpointEveryTicks, double CheckpointEveryMinutes, int KeepCheckpoints, int SnapshotEveryTicks, long SampleSeed)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
    };

    /// <summary>The settings after a change.</summary>
    /// <param name="change">What to change.</param>
    /// <param name="refusal">Why the change is refused as a whole; null when it is not.</param>
    internal RunSettings With(ChangeSettings change, out string? refusal)
    {
        var changed = new RunSettings(
            change.CheckpointEveryTicks ?? CheckpointEveryTicks,
            change.CheckpointEveryMinutes ?? CheckpointEveryMinutes,
            change.KeepCheckpoints ?? KeepCheckpoints,
            change.SnapshotEveryTicks ?? SnapshotEveryTicks,
            change.SampleSeed ?? SampleSeed);
        refusal = changed.Refusal();
        return refusal is null ? changed : this;
    }

    /// <summary>
    /// The settings of a setup under those changed by hand in earlier processes of the run, and the latter. What is given at a resume counts as
    /// changed by hand from then on.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is damaged; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    internal static (RunSettings Settings, ChangeSettings ByHand) Of(TrainingSetup setup)
    {
        var asked = new RunSettings(
            setup.CheckpointEveryTicks, setup.CheckpointEvery.TotalMinutes, setup.KeepCheckpoints, setup.SnapshotEveryTicks, setup.SampleSeed);
        if (!setup.Resume)
            return (asked, new ChangeSettings());
        var before = Read(PathOf(setup));
        var byHand = before.Then(asked.Only(setup.GivenSettings));
        var settings = asked.With(byHand, out var refusal);
        if (refusal is not null)
            throw new InvalidDataException($"{PathOf(setup)}: {refusal}");
        if (byHand != before)
            Save(setup, byHand);
        return (settings, byHand);
    }

    /// <summary>Keeps what was changed by hand for later processes of the run.</summary>
    internal static void Save(TrainingSetup setup, ChangeSettings byHand) =>
        Durable.Replace(PathOf(setup), JsonSerializer.SerializeToUtf8Bytes(byHand, Json));

    private static ChangeSettings Read(string path)
    {
        if (!File.Exists(path))
            return new ChangeSettings();
        try
        {
            return JsonSerializer.Deserialize<ChangeSettings>(File.ReadAllBytes(path), Json) ?? throw new InvalidDataException($"{path}: it is empty");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }

    /// <summary>Those that are named.</summary>
    private ChangeSettings Only(IReadOnlySet<string> names)
    {
        return new ChangeSettings
        {
            CheckpointEveryTicks = IfNamed(nameof(CheckpointEveryTicks), CheckpointEveryTicks),
            CheckpointEveryMinutes = IfNamed(nameof(CheckpointEveryMinutes), CheckpointEveryMinutes),
            KeepCheckpoints = IfNamed(nameof(KeepCheckpoints), KeepCheckpoints),
            SnapshotEveryTicks = IfNamed(nameof(SnapshotEveryTicks), SnapshotEveryTicks),
            SampleSeed = IfNamed(nameof(SampleSeed), SampleSeed),
        };

        T? IfNamed<T>(string name, T value)
            where T : struct => names.Contains(Json.PropertyNamingPolicy!.ConvertName(name)) ? value : null;
    }

    private static string PathOf(TrainingSetup setup) => Path.Combine(setup.RunDirectory, "settings.json");

    private string? Refusal() => this switch
    {
        { CheckpointEveryTicks: < 0 } => $"checkpoint every {CheckpointEveryTicks} ticks must be at least 0",
        { CheckpointEveryMinutes: not (>= 0 and <= 1e6) } => $"checkpoint every {CheckpointEveryMinutes} minutes must be from 0 to 1000000",
        { KeepCheckpoints: < 0 } => $"keep {KeepCheckpoints} checkpoints must be at least 0",
        { SnapshotEveryTicks: < 0 } => $"snapshot every {SnapshotEveryTicks} ticks must be at least 0",
        _ => null,
    };
}
