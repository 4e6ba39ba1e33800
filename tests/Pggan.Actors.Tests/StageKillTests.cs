using Akka.Actor;
using Akka.TestKit;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors.Tests;

/// <summary>Actors of a run are killed at random while it trains: 50 of them, or 500 in the full campaign.</summary>
public sealed class StageKillTests : TrainingTest
{
    private const int FewImages = 4;

    private static readonly string[] Stages =
    [
        "pipeline", "pipeline/reader-0", "pipeline/reader-0/stage", "pipeline/reader-1", "pipeline/reader-1/stage",
        "pipeline/downsampler-0", "pipeline/downsampler-1", "pipeline/batcher", "sampler", "checkpoint", "runlog",
    ];

    private static Outcome? _calm;

    private static int Kills => Campaign.Full ? 500 : 50;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void Whoever_is_killed_while_training_the_run_ends_in_the_bytes_of_an_undisturbed_one(int seed, bool trainerToo)
    {
        var options = LongOptions();
        var source = new SyntheticSource(50, 16, 3, classes: 0, seed: 1);
        var expected = _calm ??= Calm(KillSetup(options, source));
        var buffers = LiveBuffers.Count;

        var nemesis = new Nemesis(trainerToo ? [.. Stages, "trainer"] : Stages, seed);
        var stormy = KillSetup(options, new WatchedSource(source, (_, _) =>
        {
            nemesis.Progress();
            return null;
        }));
        var (training, probe) = Start(stormy);
        nemesis.Haunt(victim => Sys.ActorSelection(training.Path / victim.Split('/')).Tell(Kill.Instance));
        AssertCompletes(probe, nemesis);
        Stop(training);

        Assert.InRange(nemesis.Killed, Kills, int.MaxValue);
        var outcome = OutcomeOf(stormy.RunDirectory, options);
        AssertSame(expected.Checkpoint, outcome.Checkpoint);
        Assert.Equal(expected.Log, outcome.Log);
        Assert.Equal(expected.TensorBoard, outcome.TensorBoard);
        AwaitCondition(() => LiveBuffers.Count == buffers, cancellationToken: Cancel);
    }

    private Outcome Calm(TrainingSetup setup)
    {
        var (training, probe) = Start(setup);
        AssertCompletes(probe, new Nemesis([], 0));
        Stop(training);
        return OutcomeOf(setup.RunDirectory, LongOptions());
    }

    private static void AssertCompletes(TestProbe probe, Nemesis nemesis)
    {
        object? last = null;
        while (last is not (TrainingCompleted or TrainingStopped or TrainingFailed))
        {
            last = probe.ReceiveOne(TimeSpan.FromSeconds(60), Cancel);
            Assert.True(last is not null, $"the training stands still after {nemesis}");
            nemesis.Progress();
        }

        Assert.True(last is TrainingCompleted, $"{last} after {nemesis}");
    }

    private static Outcome OutcomeOf(string folder, TrainerOptions options) => new(
        CheckpointAt(folder, (long)Math.Round(options.Schedule.TotalKimg * 1000)),
        [.. Lines(Path.Combine(folder, "stats.jsonl")).Select(line => ((int)line["tick"]!, (long)line["images"]!, line["loss_d"]!.ToJsonString()))],
        TensorBoardSteps(folder));

    /// <summary>4 to 16 pixels, as long as the nemesis needs.</summary>
    private static TrainerOptions LongOptions()
    {
        // A tick of 32 images sees two or three kills.
        var kimg = Kills * Nemesis.MeanPause / 32 * .032 + .032;
        return Options with
        {
            Architecture = Options.Architecture with { Resolution = 16, FmapMax = 4 },
            Schedule = Options.Schedule with
            {
                Resolution = 16,
                MinibatchBase = FewImages,
                TickKimgBase = .032,
                TrainKimg = kimg / 6,
                FadeKimg = kimg / 6,
                TotalKimg = kimg,
            },
        };
    }

    private TrainingSetup KillSetup(TrainerOptions options, IImageSource source)
    {
        var setup = Setup(NewFolder(), options, source);
        return setup with
        {
            Pipeline = setup.Pipeline with { Resolution = 16, Downsamplers = 2 },
            Limits = new FaultLimits { Restarts = int.MaxValue, StageRestarts = int.MaxValue },
            CheckpointEveryTicks = 1,
            SnapshotEveryTicks = 1,
            KeepCheckpoints = 3,
            ReaderMinBackoff = TimeSpan.FromMilliseconds(5),
            ReaderMaxBackoff = TimeSpan.FromMilliseconds(20),
        };
    }

    /// <summary>What is left of a run. The mean loss of a tick is that of its steps and no others.</summary>
    private sealed record Outcome(Dictionary<string, byte[]> Checkpoint, List<(int Tick, long Images, string Loss)> Log, List<long> TensorBoard);

    /// <summary>Kills at random, every few images read and events told: that is what makes it as fast as the training.</summary>
    private sealed class Nemesis(string[] victims, int seed)
    {
        public const int MeanPause = 12;

        private readonly Lock _gate = new();
        private readonly Random _random = new(seed);
        private readonly List<string> _killed = [];
        private Action<string>? _kill;
        private int _pause = MeanPause;

        public int Killed
        {
            get
            {
                lock (_gate)
                    return _killed.Count;
            }
        }

        public void Haunt(Action<string> kill)
        {
            lock (_gate)
                _kill = kill;
        }

        public void Progress()
        {
            lock (_gate)
            {
                if (_kill is null || --_pause > 0)
                    return;
                _pause = _random.Next(1, 2 * MeanPause);
                var victim = victims[_random.Next(victims.Length)];
                _killed.Add(victim);
                _kill(victim);
            }
        }

        public override string ToString()
        {
            lock (_gate)
                return $"{_killed.Count} kills of seed {seed}, at last of {string.Join(", ", _killed.TakeLast(10))}";
        }
    }
}
