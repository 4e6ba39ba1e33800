using System.Text;
using System.Text.Json.Nodes;
using Pggan.Actors;
using Pggan.Model;

namespace Pggan.Host.Tests;

public sealed class SettingsJsonTests
{
    [Fact]
    public void A_number_replaces_a_table_and_an_object_changes_entries()
    {
        ChangeSettings change = Read("""{ "minibatch": 8, "g_learning_rate": { "32": 0.002, "64": 1e-4 }, "mirror": true, "sample_seed": 5000000000, "checkpoint_every_minutes": 2 }""");
        Assert.Equal(8, change.Training!.Minibatch!.Everywhere);
        Assert.Empty(change.Training.Minibatch.At);
        Assert.Null(change.Training.GLearningRate!.Everywhere);
        Assert.Equal([KeyValuePair.Create(32, 0.002), KeyValuePair.Create(64, 1e-4)], change.Training.GLearningRate.At);
        Assert.True(change.Training.Mirror);
        Assert.Equal((5000000000, 2.0, null), (change.SampleSeed, change.CheckpointEveryMinutes, change.KeepCheckpoints));
        Assert.Null(change.Training.FadeKimg);
    }

    [Fact]
    public void A_change_without_the_trainers_settings_is_none_of_the_trainer() => Assert.Null(Read("""{ "keep_checkpoints": 3 }""").Training);

    [Theory]
    [InlineData("""{ "minibach": 8 }""", "no setting 'minibach'. Did you mean 'minibatch'?")]
    [InlineData("""{ "minibatch": 8.5 }""", "'minibatch' is 8.5; it must be a whole number")]
    [InlineData("""{ "minibatch": "8" }""", "'minibatch' is \"8\"; it must be a whole number")]
    [InlineData("""{ "minibatch": null }""", "'minibatch' is null")]
    [InlineData("""{ "minibatch": { "big": 8 } }""", "'minibatch.big' is no setting")]
    [InlineData("""{ "minibatch": { "32": [8] } }""", "'minibatch.32' is [8]")]
    [InlineData("""{ "minibatch": { "32": null } }""", "'minibatch.32' is null; a number for the whole table drops its entries")]
    [InlineData("""{ "minibatch": {} }""", "'minibatch' is an empty table")]
    [InlineData("""{ "minibatch": { "8": 1, "8": 2 } }""", "no JSON")]
    [InlineData("""{ "mirror": 1 }""", "'mirror' is 1; it must be true or false")]
    [InlineData("""{ "keep_checkpoints": 1e30 }""", "'keep_checkpoints' is 1e30")]
    [InlineData("""{ "tick_kimg": 1e999 }""", "'tick_kimg' is 1e999; it must be a number")]
    [InlineData("""{ "sample_seed": 1, "mirror": "yes" }""", "'mirror' is \"yes\"")]
    [InlineData("""{ "a\u001bb": 1 }""", "'a\\u001Bb'")]
    [InlineData("{}", "names no setting")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("{", "no JSON")]
    [InlineData("""{ "\uD800": 1 }""", "no JSON")]
    [InlineData("null", "must be a JSON object")]
    [InlineData("""{ "minibatch": {"8": {"8": {"8": {"8": {"8": {"8": {"8": {"8": 1}}}}}}}}}""", "no JSON")]
    public void What_is_not_understood_is_refused_by_name(string body, string says)
    {
        RequestException refused = Assert.Throws<RequestException>(() => Read(body));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_setting_is_documented_shown_and_taken()
    {
        JsonObject shown = SettingsJson.Of(new RunSettings(1, 15, 5, 2, 1000), new TrainingPlan(new GrowthScheduleOptions(), [], Mirror: true));
        Assert.Equal(SettingsJson.Keys, shown.Select(p => p.Key));
        Assert.Equal(SettingsJson.Keys, HttpDocument.Fields("Settings").Except([ResolutionTableConverter.DefaultKey]));
        foreach ((string key, JsonNode? value) in shown)
            Assert.NotEqual(new ChangeSettings(), Read(new JsonObject { [key] = value!.DeepClone() }.ToJsonString()));
    }

    [Fact]
    public void What_is_shown_can_be_sent_back()
    {
        RunSettings settings = new(1, 15, 5, 2, 1000);
        GrowthScheduleOptions schedule = new() { Minibatch = new Dictionary<int, int> { [4] = 64 }, FadeKimgAt = new Dictionary<int, double> { [32] = 48 } };
        JsonObject shown = SettingsJson.Of(settings, new TrainingPlan(schedule, [], Mirror: true));
        Assert.Equal("""{"default":16,"4":64}""", shown["minibatch"]!.ToJsonString());
        Assert.Equal("""{"default":600,"32":48}""", shown["fade_kimg"]!.ToJsonString());
        Assert.Equal("0.001", shown["g_learning_rate"]!.ToJsonString());
        ChangeSettings change = Read(shown.ToJsonString());
        Assert.Equal((1, 15.0, 5, 2, 1000), (change.CheckpointEveryTicks, change.CheckpointEveryMinutes, change.KeepCheckpoints, change.SnapshotEveryTicks, change.SampleSeed));
        Assert.Equal((null, 16), (change.Training!.Minibatch!.Everywhere, change.Training.Minibatch.Default));
        Assert.Equal(64, change.Training.Minibatch.At[4]);
        Assert.Equal(48, change.Training.FadeKimg!.At[32]);
        Assert.True(change.Training.Mirror);
    }

    [Theory]
    [InlineData("{}", 16, 0L, null)]
    [InlineData("""{ "count": 4, "seed": 5, "class": 2 }""", 4, 5L, 2)]
    [InlineData("""{ "count": 1, "class": null }""", 1, 0L, null)]
    public void Samples_are_asked_for_by_count_and_seed(string body, int count, long seed, int? label) =>
        Assert.Equal(new DrawSamples(count, seed, label), SamplesJson.Read(Parse(body)));

    [Fact]
    public void Samples_are_asked_for_by_seeds()
    {
        DrawSamples wish = SamplesJson.Read(Parse("""{ "seeds": [1, 5, 3], "class": null }"""));
        Assert.Equal((3, null), (wish.Count, wish.Class));
        Assert.Equal([1, 5, 3], wish.Seeds!);
        wish = SamplesJson.Read(Parse("""{ "class": "cat" }"""));
        Assert.Equal((16, null, "cat"), (wish.Count, wish.Class, wish.ClassName));
    }

    [Theory]
    [InlineData("""{ "count": 0 }""", "'count' is 0")]
    [InlineData("""{ "count": 1025 }""", "from 1 to 1024")]
    [InlineData("""{ "seeds": [] }""", "'seeds' must be a list")]
    [InlineData("""{ "seeds": 3 }""", "'seeds' must be a list")]
    [InlineData("""{ "seeds": [1, "2"] }""", "'seeds' is \"2\"")]
    [InlineData("""{ "seeds": [1], "count": 1 }""", "leave 'count' and 'seed' out")]
    [InlineData("""{ "sed": 3 }""", "Did you mean 'seed'?")]
    [InlineData("""{ "class": true }""", "'class' is true")]
    [InlineData("""{ "class": [1] }""", "'class' is [1]")]
    public void A_wish_for_samples_that_is_not_understood_is_refused_by_name(string body, string says) =>
        Assert.Contains(says, Assert.Throws<RequestException>(() => SamplesJson.Read(Parse(body))).Message, StringComparison.Ordinal);

    private static ChangeSettings Read(string body) => SettingsJson.Read(Parse(body));

    private static JsonObject Parse(string body) => RequestBody.Parse(Encoding.UTF8.GetBytes(body));
}
