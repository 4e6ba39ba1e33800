using System.IO.Compression;
using Akka.TestKit;
using Pggan.Pipeline;

namespace Pggan.Actors.Tests;

/// <summary>The dataset goes away under a run, as a whole or in part.</summary>
public sealed class VanishedSourceTests : TrainingTest
{
    private const int Images = 50;

    /// <summary>Back-offs that are waited through before the source comes back.</summary>
    private const int Failures = 6;

    private const int GoneAt = 100;

    /// <summary>The last checkpoint of a run on the whole dataset, which is the same in a folder and in a zip.</summary>
    private static Dictionary<string, byte[]>? _calm;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_folder_that_disappears_is_waited_for_and_no_image_is_blamed(bool leavesItsMountPoint)
    {
        var data = NewDataset();
        var away = data + "-away";

        AssertWaitsFor(
            data,
            leave: () =>
            {
                Directory.Move(data, away);
                if (leavesItsMountPoint)
                    Directory.CreateDirectory(data);
            },
            comeBack: () =>
            {
                if (leavesItsMountPoint)
                    Directory.Delete(data);
                Directory.Move(away, data);
            });
    }

    [Theory]
    [InlineData("cut off, another one takes its place")]
    [InlineData("cut off, written again")]
    [InlineData("wiped out, written again")]
    public void A_zip_that_is_changed_under_the_run_is_waited_for_and_no_image_is_blamed(string how)
    {
        var zip = NewDataset() + ".zip";
        ZipFile.CreateFromDirectory(zip[..^4], zip);
        var whole = File.ReadAllBytes(zip);

        AssertWaitsFor(
            zip,
            leave: () => Overwrite(zip, how.StartsWith("cut", StringComparison.Ordinal) ? whole[..200] : new byte[whole.Length]),
            comeBack: () =>
            {
                if (how.EndsWith("place", StringComparison.Ordinal))
                {
                    File.WriteAllBytes(zip + ".new", whole);
                    File.Move(zip + ".new", zip, overwrite: true);
                }
                else
                {
                    Overwrite(zip, whole);
                }
            });
    }

    [Fact]
    public void A_zip_that_is_deleted_is_read_on()
    {
        var zip = NewDataset() + ".zip";
        ZipFile.CreateFromDirectory(zip[..^4], zip);
        var expected = Calm(zip);

        var stormy = Run(zip, read =>
        {
            if (read == GoneAt)
                File.Delete(zip);
        });

        AssertSame(expected, CheckpointAt(stormy, TotalImages));
    }

    [Theory]
    [InlineData(7, 1)]
    [InlineData(20, 25)]
    public void Files_that_are_deleted_for_good_are_the_only_ones_lost(int first, int count)
    {
        var data = NewDataset();
        using var whole = ImageSources.Open(data);
        var gone = Enumerable.Range(first, count).ToHashSet();
        var expected = NewSetup() with { Source = new WatchedSource(whole, (_, index) => gone.Contains(index) ? new BadImageException("gone") : null) };
        File.WriteAllBytes(Path.Combine(expected.RunDirectory, "reals.png"), []);
        Assert.IsType<TrainingCompleted>(Run(expected));

        using var left = ImageSources.Open(data);
        foreach (var index in gone)
            File.Delete(Path.Combine(data, left.NameOf(index)));
        var setup = NewSetup() with { Source = left };
        File.WriteAllBytes(Path.Combine(setup.RunDirectory, "reals.png"), []);
        var (training, probe) = Start(setup);

        var events = Until<TrainingCompleted>(probe);
        Assert.Equal(gone.Order(), events.OfType<ImageSkipped>().Select(skipped => skipped.Index).Order());
        Assert.All(events.OfType<ImageSkipped>(), skipped => Assert.StartsWith("cannot be read: ", skipped.Reason, StringComparison.Ordinal));
        Stop(training);
        AssertSame(CheckpointAt(expected.RunDirectory, TotalImages), CheckpointAt(setup.RunDirectory, TotalImages));
    }

    [Fact]
    public void A_decoder_that_crashes_on_an_image_costs_that_image_alone()
    {
        var source = new SyntheticSource(Images, 8, 3, 0, 1);
        var expected = NewSetup() with { Source = new WatchedSource(source, (_, index) => index == 7 ? new BadImageException("bad") : null) };
        Run(expected);
        var crashing = NewSetup() with { Source = new WatchedSource(source, (_, index) => index == 7 ? new InvalidOperationException("a bug") : null) };

        var (_, probe) = Start(crashing);

        var skipped = Assert.Single(Until<TrainingCompleted>(probe).OfType<ImageSkipped>());
        Assert.Equal((7, "a stage crashed on it 3 times; the last time: a bug"), (skipped.Index, skipped.Reason));
        AssertSame(CheckpointAt(expected.RunDirectory, TotalImages), CheckpointAt(crashing.RunDirectory, TotalImages));
    }

    private void AssertWaitsFor(string data, Action leave, Action comeBack)
    {
        var expected = Calm(data);
        using var source = ImageSources.Open(data);
        var setup = NewSetup() with
        {
            Source = new WatchedSource(source, (read, _) =>
            {
                if (read == GoneAt)
                    leave();
                return null;
            }),
        };
        File.WriteAllBytes(Path.Combine(setup.RunDirectory, "reals.png"), []);
        var (training, probe) = Start(setup);

        for (var failure = 0; failure < Failures; failure++)
        {
            var degraded = Await<PipelineDegraded>(probe);
            Assert.StartsWith("reader-", degraded.Stage, StringComparison.Ordinal);
            Assert.Contains(data, degraded.Reason, StringComparison.Ordinal);
        }

        Assert.Equal(RunState.Training, StatusOf(training, probe).State);
        comeBack();

        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
        Assert.Equal(0, StatusOf(training, probe).Pipeline!.SkippedImages);
        Stop(training);
        AssertSame(expected, CheckpointAt(setup.RunDirectory, TotalImages));
    }

    private Dictionary<string, byte[]> Calm(string data) => _calm ??= CheckpointAt(Run(data, _ => { }), TotalImages);

    /// <summary>Trains to the end and returns the run's folder; <paramref name="beforeRead"/> is told the number of each read.</summary>
    private string Run(string data, Action<int> beforeRead)
    {
        using var source = ImageSources.Open(data);
        var setup = NewSetup() with
        {
            Source = new WatchedSource(source, (read, _) =>
            {
                beforeRead(read);
                return null;
            }),
        };
        File.WriteAllBytes(Path.Combine(setup.RunDirectory, "reals.png"), []);
        Assert.IsType<TrainingCompleted>(Run(setup));
        return setup.RunDirectory;
    }

    private string NewDataset()
    {
        var folder = Path.Combine(NewFolder(), "data");
        Directory.CreateDirectory(folder);
        for (var index = 0; index < Images; index++)
        {
            var pixels = new byte[3 * 8 * 8];
            new Random(index).NextBytes(pixels);
            File.WriteAllBytes(Path.Combine(folder, $"{index:00}.png"), ImageCodec.EncodePng(pixels, 3, 8, 8));
        }

        return folder;
    }

    /// <summary>Another content for the same file, under whoever reads it.</summary>
    private static void Overwrite(string path, byte[] content)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        file.SetLength(content.Length);
        file.Write(content);
    }

    private static List<object> Until<TEnd>(TestProbe probe)
    {
        List<object> messages = [];
        while (messages is not [.., TEnd])
            messages.Add(probe.ExpectMsg<object>(TimeSpan.FromSeconds(60), cancellationToken: Cancel));
        return messages;
    }
}
