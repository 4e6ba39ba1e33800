using System.Buffers.Binary;
using System.Text;
using Pggan.Model;
using static Pggan.Actors.Tests.Protobuf;

namespace Pggan.Actors.Tests;

public sealed class WeightLogTests : TrainingTest
{
    private static string Events(string run) => Path.Combine(run, "weights", "events.out.tfevents.pggan");

    [Fact]
    public void Each_checkpoint_has_histograms_once_whatever_a_killed_process_left()
    {
        var setup = NewSetup() with { CheckpointEveryTicks = 1 };
        Run(setup with { StopAtImages = 17 * Minibatch });

        // What was logged past the newest checkpoint, and half a record.
        var file = File.ReadAllBytes(Events(setup.RunDirectory));
        var last = Records(setup.RunDirectory)[^1];
        using (var torn = File.Open(Events(setup.RunDirectory), FileMode.Append))
        {
            EventRecord.Write(torn, EventRecord.Summary(1, 150, []));
            torn.Write(file.AsSpan(file.Length - 100, 99));
        }

        Run(setup with { Resume = true });

        var records = Records(setup.RunDirectory);
        var checkpoints = Directory.GetDirectories(Path.Combine(setup.RunDirectory, "checkpoints")).Select(path => CheckpointFile.ReadState(path).Progress.Images).Order();
        Assert.Equal(checkpoints, records.Select(record => record.Step));
        Assert.Contains(17L * Minibatch, records.Select(record => record.Step));
        Assert.Equal(last.Histograms.Count, records.Single(record => record.Step == last.Step).Histograms.Count);
    }

    [Fact]
    public void They_tell_of_the_weights_of_the_checkpoint()
    {
        var setup = NewSetup();
        Run(setup);
        var (step, histograms) = Records(setup.RunDirectory)[^1];
        Assert.Equal(TotalImages, step);
        var checkpoint = CheckpointFile.Read(Directory.GetDirectories(Path.Combine(setup.RunDirectory, "checkpoints")).Single(path => CheckpointFile.ReadState(path).Progress.Images == step));
        Assert.Contains("G/blocks.0.conv0.weight", histograms.Keys);
        Assert.DoesNotContain("G/toRgb.0.weight", histograms.Keys); // 8x8 is fully grown
        foreach (var (name, histogram) in histograms)
        {
            var numbers = Array.ConvertAll(checkpoint.Tensors[name].Data, number => (double)number);
            Assert.Equal([numbers.Min(), numbers.Max(), numbers.Length], [histogram[1][0], histogram[2][0], histogram[3][0]]);
            Assert.Equal(numbers.Sum(), histogram[4][0], 1e-9);
            Assert.Equal(numbers.Sum(number => number * number), histogram[5][0], 1e-9);
            Assert.Equal(histogram[6].Length, histogram[7].Length);
            Assert.Equal(histogram[6].Order(), histogram[6]);
            for (var i = 0; i < histogram[6].Length; i++)
            {
                var from = i == 0 ? double.NegativeInfinity : histogram[6][i - 1];
                Assert.Equal(numbers.Count(number => number >= from && number < histogram[6][i]), histogram[7][i]);
            }
        }
    }

    [Fact]
    public void Without_them_there_is_no_folder()
    {
        var setup = NewSetup() with { WeightHistograms = false };
        Run(setup);
        Assert.False(Directory.Exists(Path.Combine(setup.RunDirectory, "weights")));
    }

    /// <summary>Events with a summary: the step, and by tag the fields of each histogram, numbers and packed numbers alike.</summary>
    private static List<(long Step, Dictionary<string, Dictionary<int, double[]>> Histograms)> Records(string run)
    {
        List<(long, Dictionary<string, Dictionary<int, double[]>>)> records = [];
        using var reader = new BinaryReader(File.OpenRead(Events(run)));
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            var length = reader.ReadInt64();
            reader.ReadUInt32();
            var fields = Fields(reader.ReadBytes((int)length));
            reader.ReadUInt32();
            if (fields.Find(field => field.Number == 5).Content is { } summary)
            {
                records.Add((fields.Find(field => field.Number == 2).Value, Fields(summary).Select(value => Fields(value.Content!)).ToDictionary(
                    value => Encoding.UTF8.GetString(value.Find(field => field.Number == 1).Content!),
                    value => Fields(value.Find(field => field.Number == 5).Content!).ToDictionary(field => field.Number, field => Doubles(field.Content!)))));
            }
            else
            {
                Assert.Empty(records); // the version comes first
                Assert.Equal("brain.Event:2", Encoding.UTF8.GetString(fields.Find(field => field.Number == 3).Content!));
            }
        }

        return records;
    }

    private static double[] Doubles(byte[] bytes) => [.. bytes.Chunk(8).Select(number => BinaryPrimitives.ReadDoubleLittleEndian(number))];
}
