using System.Text.Json;

namespace Pggan.Model.Tests;

public sealed class LabelGroupsTests
{
    /// <summary>Labels a row, components apart by blanks.</summary>
    [Theory]
    [InlineData(null, "a b c", "1 0 0|0 0 1", null)]                                      // classes
    [InlineData(null, "a=1 b=2 c=3", "1 0 0|0 0 1", null)]                                // whatever they are called
    [InlineData(null, "", "0.25 0.75|1 0", null)]                                         // shares of classes
    [InlineData(null, "one", "1|1", null)]
    [InlineData("1", "one", "1|0", null)]
    [InlineData("1 1 1", "Male Smiling Young", "1 0 1|0 0 0", null)]
    [InlineData("1 1 1", "", "1 0 1|0 0 0", null)]
    [InlineData("3 2", "hair=black hair=blond hair=red hat=no hat=yes", "1 0 0 0 1|0 0 1 1 0", null)]
    [InlineData("3 2", "hair:_black hair:_blond hair:_red hat:_no hat:_yes", "0.5 0.5 0 0 1|0 0 1 1 0", null)]
    [InlineData("2 1 1 2", "hair=black hair=red Young Male hat=no hat=yes", "1 0 1 0 0 1|0 1 1 0 1 0", null)]
    [InlineData("1 1 2", "wears=hat wears=scarf hair=black hair=red", "1 1 1 0|0 0 0 1", null)] // an attribute of several values at once
    [InlineData("1 1 1 1", "", "1 0 0 1|0 1 0 1", null)]                                  // nothing tells
    [InlineData("2 2", "", "1 0 0 1|0 1 0 1", "2 2")]                                     // but networks do
    [InlineData("1 1 2", "", "1 1 0 1|0 1 0 1", "2 2")]                                   // as far as the labels agree
    [InlineData("1 1 1 1", "", "1 0 0 1|0 1 0 1", "1 1 1")]
    [InlineData("2 1 -1", "", "1 0 0 1|0 1 1 1", "2 1 -1")]                               // of an attribute of a single value
    [InlineData("2 1 1", "", "1 0 1 1|0 1 1 0", "2 1 -1")]
    [InlineData(null, "", "1 0 0|0 1 0", "2 1")]
    public void Labels_tell_how_their_components_belong_together(string? expected, string names, string labels, string? known)
    {
        LabelTable table = Table(labels, [.. Words(names).Select(name => name.Replace('_', ' '))]);
        Assert.Equal(Groups(expected), LabelGroups.Of(table, Groups(known)));
    }

    [Theory]
    [InlineData("0 0.5|-1 1", "component 0 (hat) of label 1 is -1")]
    [InlineData("1 1|0 37", "component 1 (age) of label 1 is 37")]
    [InlineData("1 0|NaN 1", "component 0 (hat) of label 1 is NaN")]
    public void A_number_that_is_no_share_is_named(string labels, string told) =>
        Assert.Contains(told, Assert.Throws<InvalidDataException>(() => LabelGroups.Of(Table(labels, ["hat", "age"]))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("hair: red", "hair", "red")]
    [InlineData("hair=red", "hair", "red")]
    [InlineData("hair=red: dark", "hair", "red: dark")]
    [InlineData("hair: a=b", "hair", "a=b")]
    [InlineData("hair:red", null, "hair:red")]
    [InlineData("=red", null, "=red")]
    [InlineData("Smiling", null, "Smiling")]
    public void A_name_may_have_an_attribute(string name, string? attribute, string value) => Assert.Equal((attribute, value), AttributeName.Split(name));

    [Theory]
    [InlineData(null, 0)]
    [InlineData(null, 3, "0", "1", "2")]
    [InlineData("1", 1, "", "0")]
    [InlineData("1 1 1", 3, "", "0", "1", "2")]
    [InlineData("3 2", 5, "0 3", "1 3", "2 3", "0 4")]
    [InlineData("1 2 1 2", 6, "0 1 4", "1 4", "2 4", "1 3 4", "1 5")]
    [InlineData("1 -1 2", 4, "0 1 2", "1 2", "1 3")]
    [InlineData("1 -1", 2, "0 1", "1")]
    public void Each_label_takes_its_turn_once(string? groups, int size, params string[] expected)
    {
        NetworkArchitecture architecture = Of(groups, size);
        string[] labels = [.. WholeLabel.Turns(architecture).Select(named => string.Join(' ', WholeLabel.Of(architecture, named)!))];
        Assert.Equal(expected, labels);
        Assert.Equal(labels.Distinct(), labels);
    }

    [Theory]
    [InlineData("none", "")]
    [InlineData("None", "")]
    [InlineData("1", "2")]       // what is called so
    [InlineData("2", "2")]       // and a place, where nothing is
    [InlineData("young+1", "0 2")]
    [InlineData("3", null)]
    [InlineData("none+Young", null)]
    public void Names_go_before_numbers(string text, string? expected) => Assert.Equal(expected, Named(text, "1 1 1", "Young", "Male", "1"));

    [Theory]
    [InlineData("1 1 1", "", "a", "b", "c")]
    [InlineData("1 1 1", "")]
    [InlineData("1 1 1", "1", "a", "none", "c")] // a flag that is called so
    [InlineData("2 1", null, "a", "b", "c")]
    [InlineData("2 -1", null, "a", "b", "c")]
    [InlineData(null, null, "a", "b", "c")]
    public void None_is_a_label_of_flags_alone(string? groups, string? expected, params string[] names) => Assert.Equal(expected, Named("none", groups, names));

    [Theory]
    [InlineData(null, 3, "2", "2")]
    [InlineData(null, 3, "2 0", "0 2")]
    [InlineData("3 1 2", 6, "1", "1 4")]
    [InlineData("3 1 2", 6, "3", "0 3 4")]
    [InlineData("3 1 2", 6, "5 2", "2 5")]
    [InlineData("3 1 2", 6, "", "0 4")]
    [InlineData("3 1 2", 6, "0 2", null)]
    [InlineData("1 1", 2, "", "")]
    [InlineData("2 1 -1", 4, "1", "1 3")]
    [InlineData("2 1 -1", 4, "3", "0 3")]
    public void What_is_not_named_of_a_label_is_its_first_value(string? groups, int size, string named, string? whole) =>
        Assert.Equal(whole, WholeLabel.Of(Of(groups, size), Words(named).Select(int.Parse)) is { } components ? string.Join(' ', components) : null);

    [Fact]
    public void Random_labels_are_whole_and_even()
    {
        NetworkArchitecture architecture = Of("3 1 2", 6);
        float[] labels = WholeLabel.Random(architecture, 3000, seed: 1, Purpose.Evaluation, number: 2).Data;
        Assert.All(labels.Chunk(6), label =>
        {
            Assert.Equal((1, 1), (label[..3].Sum(), label[4..].Sum()));
            Assert.All(label, component => Assert.True(component is 0 or 1));
        });
        double[] expected = [1000, 1000, 1000, 1500, 1500, 1500];
        for (int component = 0; component < 6; component++)
            Assert.Equal(expected[component], labels.Chunk(6).Sum(label => label[component]), 4 * Math.Sqrt(3000 * 0.25)); // four deviations
        Assert.All(WholeLabel.Random(Of("1 -1", 2), 100, seed: 1, Purpose.Evaluation, number: 2).Data.Chunk(2), label => Assert.Equal(1, label[1]));
        Assert.Equal(3000, WholeLabel.Random(Of(null, 6), 3000, seed: 1, Purpose.Evaluation, number: 2).Data.Sum());
    }

    [Fact]
    public void Groups_are_part_of_the_networks_and_stay_with_them()
    {
        using TempFolder temp = new();
        NetworkArchitecture one = new() { Resolution = 4, FmapBase = 16, FmapMax = 4, LabelSize = 5 }, grouped = one with { LabelGroups = [3, 2] };
        Assert.NotEqual(one, grouped);
        Assert.Equal(grouped, one with { LabelGroups = [3, 2] });
        Assert.Null(one.MisfitIn(grouped)); // the weights are the same
        Checkpoint checkpoint = SmallCheckpoint.Of(grouped, GrowthStage.Grown(4));
        CheckpointFile.Write(temp["checkpoint"], checkpoint);
        NetworkFile.Write(temp["n.safetensors"], checkpoint.Generator());
        Assert.Equal(grouped, CheckpointFile.Read(temp["checkpoint"]).State.Architecture);
        Assert.Equal(grouped, NetworkFile.Read(temp["n.safetensors"], raw: false).Architecture);
        Assert.DoesNotContain("label_groups", JsonSerializer.Serialize(one, CheckpointFile.Json), StringComparison.Ordinal);

        // A file from before there were groups: its components are one choice.
        CheckpointFile.Write(temp["old"], SmallCheckpoint.Of(one, GrowthStage.Grown(4)));
        Assert.Null(CheckpointFile.Read(temp["old"]).State.Architecture.LabelGroups);
    }

    [Theory]
    [InlineData("3 1")]
    [InlineData("5 0")]
    [InlineData("6 -1")]
    [InlineData("7 -2")]
    [InlineData("-2147483648 4")]
    [InlineData("2147483647 2147483647 7")]
    public void Groups_that_are_not_those_of_the_label_are_refused(string groups) =>
        Assert.Contains("add up to the label's, 5", Assert.Throws<ArgumentException>(Of(groups, 5).Validate).Message, StringComparison.Ordinal);

    private static string? Named(string text, string? groups, params string[] names)
    {
        GeneratorSnapshot network = new(Of(groups, 3), GrowthStage.Grown(4), 0, new Dictionary<string, HostTensor>()) { LabelNames = names };
        return network.ComponentsOf(text) is { } components ? string.Join(' ', components) : null;
    }

    private static NetworkArchitecture Of(string? groups, int size) => new() { LabelSize = size, LabelGroups = Groups(groups) };

    private static LabelGroups? Groups(string? sizes) => sizes is null ? null : [.. Words(sizes).Select(int.Parse)];

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static LabelTable Table(string labels, string[] names)
    {
        float[][] rows = [.. labels.Split('|').Select(row => Words(row).Select(float.Parse).ToArray())];
        return new LabelTable(rows.Length, rows[0].Length, (index, label) => rows[index].CopyTo(label)) { Names = names };
    }
}
