using System.Text;
using Pggan.Model;
using static Pggan.Actors.Tests.Protobuf;

namespace Pggan.Actors.Tests;

public sealed class GraphRecordTests : TrainingTest
{
    private static readonly IReadOnlyList<NetworkLayer> Networks = NetworkLayers.Of(new NetworkArchitecture { Resolution = 8, LabelSize = 2, FmapMax = 300 });

    [Fact]
    public void The_networks_are_drawn_once_before_all_numbers_however_often_a_training_goes_on()
    {
        var setup = NewSetup() with { Networks = Networks };
        Run(setup with { StopAtImages = 5 * Minibatch });
        Run(setup with { Resume = true, StopAtImages = 9 * Minibatch });

        var events = Events(setup.RunDirectory);
        Assert.Equal("brain.Event:2", Encoding.UTF8.GetString(Content(events[0], 3)));
        Assert.Equal(1, Assert.Single(events.Index(), e => e.Item.Exists(field => field.Number == 4)).Index);
        Assert.Equal(0, events[1].Find(field => field.Number == 2).Value);
        var nodes = Fields(Content(events[1], 4)).ConvertAll(node => Fields(node.Content!));
        Assert.Equal(Networks.Select(layer => layer.Name), nodes.Select(node => Text(node, 1)));
        foreach (var (layer, node) in Networks.Zip(nodes))
        {
            Assert.Equal(layer.Operation, Text(node, 2));
            Assert.Equal(layer.Inputs, node.Where(field => field.Number == 3).Select(field => Encoding.UTF8.GetString(field.Content!)));
            var attribute = Fields(Content(node, 5));
            Assert.Equal("_output_shapes", Text(attribute, 1));
            var shape = Content(Fields(Content(Fields(Content(attribute, 2)), 1)), 7); // a list of one
            Assert.Equal(layer.Shape.Select(size => (long)size), Fields(shape).Select(size => Fields(size.Content!)[0].Value));
        }

        Assert.Contains(nodes, node => Text(node, 1) == "D/fade.1");
    }

    [Fact]
    public void Without_layers_there_is_no_picture()
    {
        var setup = NewSetup();
        Run(setup with { StopAtImages = 5 * Minibatch });
        Assert.DoesNotContain(Events(setup.RunDirectory), e => e.Exists(field => field.Number == 4));
    }

    private static byte[] Content(List<(int Number, long Value, byte[]? Content)> message, int field) => message.Find(f => f.Number == field).Content!;

    private static string Text(List<(int Number, long Value, byte[]? Content)> message, int field) => Encoding.UTF8.GetString(Content(message, field));

    private static List<List<(int Number, long Value, byte[]? Content)>> Events(string run)
    {
        List<List<(int, long, byte[]?)>> events = [];
        using var reader = new BinaryReader(File.OpenRead(Directory.GetFiles(run, "events.out.tfevents.*").Single()));
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            var length = reader.ReadInt64();
            reader.ReadUInt32();
            events.Add(Fields(reader.ReadBytes((int)length)));
            reader.ReadUInt32();
        }

        return events;
    }
}
