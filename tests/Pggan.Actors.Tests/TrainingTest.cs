using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors.Tests;

/// <summary>A tiny training, 4 to 8 pixels in 40 steps of 8 images, in a folder of its own.</summary>
/// <remarks>Stabilise until image 80, fade until 160, then 8 pixels until 320. The schedule is read every 32 images.</remarks>
public abstract class TrainingTest : TestKit
{
    protected const int Minibatch = 8;
    protected const int TotalImages = 40 * Minibatch;

    private static Dictionary<string, byte[]>? _undisturbed;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pggan-actors-");
    private int _runs;

    /// <summary>Networks this small only lose by more threads.</summary>
    static TrainingTest() => TorchSharp.torch.set_num_threads(1);

    protected TrainingTest()
        : base(Configuration, "test")
    {
    }

    private static Config Configuration { get; } = Load("testing.hocon").WithFallback(Load("pggan.hocon"));

    /// <summary>A setup in a new run folder.</summary>
    protected TrainingSetup NewSetup() => Setup(NewFolder(), Options);

    protected string NewFolder() => _folder.CreateSubdirectory((++_runs).ToString()).FullName;

    protected static TrainerOptions Options { get; } = new()
    {
        Architecture = new NetworkArchitecture { Resolution = 8, FmapBase = 32, FmapMax = 8, LatentSize = 8 },
        Schedule = new GrowthScheduleOptions
        {
            Resolution = 8,
            TrainKimg = .08,
            FadeKimg = .08,
            TotalKimg = TotalImages / 1000.0,
            MinibatchBase = Minibatch,
            TickKimgBase = .064,
            TickKimg = new Dictionary<int, double>(),
        },
        Seed = 5,
    };

    protected static TrainingSetup Setup(string folder, TrainerOptions options, IImageSource? source = null) => new()
    {
        TrainerFactory = () => new ProgressiveTrainer(options, labels: null),
        Source = source ?? new SyntheticSource(50, 8, 3, classes: 0, seed: 1),
        Pipeline = new PipelineOptions { Resolution = 8, Seed = 3, Mirror = true, Readers = 2, ImagesInFlight = 16, BatchesInFlight = 2, CacheBytes = 0 },
        RunDirectory = folder,
        Device = "cpu",
        CheckpointEvery = TimeSpan.Zero,
        CheckpointEveryTicks = 0,
        SnapshotEveryTicks = 0,
        KeepCheckpoints = 0,
        Grid = (3, 2),
        ReaderMinBackoff = TimeSpan.FromMilliseconds(20),
        ReaderMaxBackoff = TimeSpan.FromMilliseconds(100),
    };

    /// <summary>Starts a run; the probe receives its events and replies.</summary>
    protected (IActorRef Training, TestProbe Probe) Start(TrainingSetup setup)
    {
        var probe = CreateTestProbe();
        var training = Sys.ActorOf(TrainingCoordinator.Props(setup), $"training-{Guid.NewGuid():N}");
        training.Tell(new SubscribeToEvents(probe.Ref));
        return (training, probe);
    }

    /// <summary>Runs a setup to its end and stops the coordinator; the last event tells how it ended.</summary>
    protected ITrainingEvent Run(TrainingSetup setup)
    {
        var (training, probe) = Start(setup);
        var end = AwaitEnd(probe);
        Stop(training);
        return end;
    }

    protected void Stop(IActorRef training)
    {
        Watch(training);
        Sys.Stop(training);
        ExpectTerminated(training, cancellationToken: Cancel);
    }

    protected static ITrainingEvent AwaitEnd(TestProbe probe) =>
        (ITrainingEvent)probe.FishForMessage(message => message is TrainingCompleted or TrainingStopped or TrainingFailed, TimeSpan.FromSeconds(60), cancellationToken: Cancel);

    protected static T Await<T>(TestProbe probe, Predicate<T>? matches = null) =>
        probe.FishForMessage<T>(message => matches?.Invoke(message) ?? true, TimeSpan.FromSeconds(30), cancellationToken: Cancel);

    /// <summary>Sends a command and returns its reply.</summary>
    protected static CommandReply Ask(IActorRef training, TestProbe probe, ITrainingCommand command)
    {
        training.Tell(command, probe.Ref);
        return Await<CommandReply>(probe);
    }

    protected static TrainingStatus StatusOf(IActorRef training, TestProbe probe)
    {
        training.Tell(new GetStatus(), probe.Ref);
        return Await<TrainingStatus>(probe);
    }

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Name and content of the files of the checkpoint at a count of images.</summary>
    protected static Dictionary<string, byte[]> CheckpointAt(string folder, long images)
    {
        var path = Directory.GetDirectories(Path.Combine(folder, "checkpoints"))
            .Single(path => path.EndsWith($"-{images}", StringComparison.Ordinal)
                || (!Path.GetFileName(path).Contains('-', StringComparison.Ordinal) && ImagesOf(path) == images));
        return Directory.GetFiles(path).ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);
    }

    /// <summary>The last checkpoint of a run of <see cref="NewSetup"/> that nothing happens to; the tests share it.</summary>
    protected Dictionary<string, byte[]> Undisturbed()
    {
        if (_undisturbed is null)
        {
            var setup = NewSetup();
            Assert.IsType<TrainingCompleted>(Run(setup));
            _undisturbed = CheckpointAt(setup.RunDirectory, TotalImages);
        }

        return _undisturbed;
    }

    protected static void AssertSame(Dictionary<string, byte[]> expected, Dictionary<string, byte[]> actual)
    {
        Assert.Contains("state.safetensors", expected.Keys);
        Assert.Contains("manifest.json", expected.Keys);
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        foreach (var (name, bytes) in expected)
            Assert.True(bytes.AsSpan().SequenceEqual(actual[name]), $"{name} differs");
    }

    protected static List<JsonObject> Lines(string path) => [.. File.ReadLines(path).Select(line => JsonNode.Parse(line)!.AsObject())];

    /// <summary>The images seen that TensorBoard's file of a run has numbers for, in its order.</summary>
    protected static List<long> TensorBoardSteps(string folder)
    {
        List<long> steps = [];
        using var reader = new BinaryReader(File.OpenRead(Directory.GetFiles(folder, "events.out.tfevents.*").Single()));
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            var length = reader.ReadInt64();
            reader.ReadUInt32();
            var record = reader.ReadBytes((int)length);
            reader.ReadUInt32();
            Assert.Equal(length, record.Length);

            // Field 1, the time, is 9 bytes; field 2 is the step.
            Assert.Equal(0x10, record[9]);
            using var step = new BinaryReader(new MemoryStream(record, 10, record.Length - 10));
            steps.Add(step.Read7BitEncodedInt64());
        }

        // The first record is the file's version.
        return steps[1..];
    }

    private static long ImagesOf(string checkpoint)
    {
        var folder = Directory.CreateTempSubdirectory("pggan-one-");
        try
        {
            var copy = folder.CreateSubdirectory(Path.GetFileName(checkpoint));
            foreach (var file in Directory.GetFiles(checkpoint))
                File.Copy(file, Path.Combine(copy.FullName, Path.GetFileName(file)));
            return new CheckpointDirectory(folder.FullName).Newest((_, reason) => Assert.Fail(reason))!.State.Progress.Images;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Config Load(string name) =>
        ConfigurationFactory.ParseString(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "hocon", name)));

    protected override void AfterAll()
    {
        // The run's actors write until they are gone.
        Shutdown(TimeSpan.FromSeconds(30), verifySystemShutdown: true);
        base.AfterAll();
        _folder.Delete(recursive: true);
    }
}
