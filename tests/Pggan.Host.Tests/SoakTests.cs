using System.Globalization;
using Akka.Actor;
using Pggan.Actors;
using Pggan.Model;
using TorchSharp;

namespace Pggan.Host.Tests;

/// <summary>
/// A training that goes on and on, with checkpoints, pictures and pauses: what it holds of the machine does not grow. Ten minutes in full.
/// </summary>
public sealed class SoakTests : IDisposable
{
    private const double Megabyte = 1 << 20;

    /// <summary>Resident memory wanders by this much: the heaps of .NET and of libtorch are swept when they please.</summary>
    private const double MostMegabytes = 48;

    /// <summary>The pool starts some threads late, and files are open while they are written.</summary>
    private const double MostHandlesOrThreads = 8;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_training_keeps_memory_tensors_handles_and_threads_flat()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        TimeSpan warmUp = TimeSpan.FromSeconds(Campaign.Of(4, 60)), all = TimeSpan.FromSeconds(Campaign.Of(12, 600));

        GC.Collect(); // tensors that other tests left to the collector are none of this one
        GC.WaitForPendingFinalizers();
        List<Sample> samples = await TrainAsync(all);

        List<Sample> warm = [.. samples.Where(s => s.Seconds > warmUp.TotalSeconds)];
        ITestOutputHelper output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"{warm.Count} samples from second {warm[0].Seconds:0} to {warm[^1].Seconds:0}, {warm[^1].Kimg - warm[0].Kimg:0.0} kimg");
        foreach (var (what, unit, of) in Sample.Columns)
        {
            List<double> values = [.. warm.Select(of)];
            string quarters = string.Join(' ', warm.Chunk((warm.Count + 3) / 4).Select(q => Median(q, of).ToString("0.0", CultureInfo.InvariantCulture)));
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{what,-15} from {values.Min(),9:0.0} up to {values.Max(),9:0.0} {unit,-3} slope {SlopePerMinute(warm, of),9:0.000} a minute; medians of the quarters {quarters}"));
        }

        Assert.True(warm[^1].Kimg > warm[0].Kimg, "nothing was trained");
        Assert.True(warm.TakeLast(warm.Count / 4).Min(s => s.Tensors) <= warm.Take(warm.Count / 4).Min(s => s.Tensors), "tensors grow");
        Assert.True(Grown(s => s.Handles) <= MostHandlesOrThreads, "handles grow");
        Assert.True(Grown(s => s.Threads) <= MostHandlesOrThreads, "threads grow");
        Assert.True(Grown(s => s.Resident) <= MostMegabytes, "memory grows");

        // The medians of the first and the last third.
        double Grown(Func<Sample, double> of) => Median(warm.TakeLast(warm.Count / 3), of) - Median(warm.Take(warm.Count / 3), of);
    }

    private static double Median(IEnumerable<Sample> samples, Func<Sample, double> of)
    {
        double[] values = [.. samples.Select(of).Order()];
        return values[values.Length / 2];
    }

    /// <summary>By least squares.</summary>
    private static double SlopePerMinute(List<Sample> samples, Func<Sample, double> of)
    {
        double time = samples.Average(s => s.Seconds), mean = samples.Average(of);
        return 60 * samples.Sum(s => (s.Seconds - time) * (of(s) - mean)) / samples.Sum(s => (s.Seconds - time) * (s.Seconds - time));
    }

    /// <summary>Trains for so long, and looks once a second, between two steps.</summary>
    private async Task<List<Sample>> TrainAsync(TimeSpan duration)
    {
        TrainRequest request = new()
        {
            Values =
            [
                KeyValuePair.Create("data", await _folder.ImagesAsync(200, 16)), KeyValuePair.Create("device", "cpu"),
                KeyValuePair.Create("train_kimg", "0.1"), KeyValuePair.Create("fade_kimg", "0.1"), KeyValuePair.Create("total_kimg", "100000"),
                KeyValuePair.Create("minibatch", "8"), KeyValuePair.Create("fmap_base", "256"), KeyValuePair.Create("fmap_max", "32"),
                KeyValuePair.Create("metrics", "none"), // the evaluator goes on with its tensors while the training pauses
            ],
            Sets = ["tick_kimg=0.4", "tick_kimg.16=0.4", "checkpoint_every_ticks=1", "snapshot_every_ticks=1", "keep_checkpoints=3", "cache_mib=0", "store=off", "sample_rows=2"],
        };
        using RunPlan plan = await RunPlan.CreateAsync(request, Cancel);
        using RunLock held = RunDirectory.Create(_folder["runs"], "soak", OptionsDocument.Print(plan.Options, plan.About()));
        string run = held.Run;
        using RunLog log = new(run);
        ActorSystem system = AkkaSetup.Start(log);
        try
        {
            TrainingSetup setup = plan.Options.ToTrainingSetup(
                () => new ProgressiveTrainer(plan.Trainer, plan.Labels), plan.Source, run, resume: false, request.GivenKeys);
            IActorRef training = system.ActorOf(TrainingCoordinator.Props(setup), "training");
            List<Sample> samples = [];
            DateTime started = DateTime.UtcNow;
            using PeriodicTimer second = new(TimeSpan.FromSeconds(1));
            while (DateTime.UtcNow - started < duration)
            {
                await second.WaitForNextTickAsync(Cancel);
                await AskAsync(training, new PauseTraining());
                TrainingStatus status = await training.Ask<TrainingStatus>(new GetStatus(), TimeSpan.FromMinutes(1), Cancel);
                samples.Add(await Sample.TakeAsync((DateTime.UtcNow - started).TotalSeconds, (status.Progress?.Images ?? 0) / 1000.0));
                await AskAsync(training, new ResumeTraining());
            }
            await AskAsync(training, new StopTraining());
            return samples;
        }
        finally
        {
            await system.Terminate();
        }
    }

    private static async Task AskAsync(IActorRef training, ITrainingCommand command) =>
        Assert.IsType<CommandAccepted>(await training.Ask<CommandReply>(command, TimeSpan.FromMinutes(1), Cancel));

    /// <summary>What the process holds of the machine.</summary>
    private sealed record Sample(double Seconds, double Kimg, double Resident, double Managed, double Tensors, double Handles, double Threads)
    {
        public static (string What, string Unit, Func<Sample, double> Of)[] Columns { get; } =
        [
            ("resident memory", "MB", s => s.Resident), ("managed heap", "MB", s => s.Managed), ("live tensors", "", s => s.Tensors),
            ("open handles", "", s => s.Handles), ("threads", "", s => s.Threads),
        ];

        /// <summary>While the trainer pauses. What others have in hand at the moment, as for a picture, is not counted: the least of some looks.</summary>
        public static async Task<Sample> TakeAsync(double seconds, double kimg)
        {
            List<Sample> looks = [];
            for (int i = 0; i < 8; i++)
            {
                string status = await File.ReadAllTextAsync("/proc/self/status", Cancel);
                looks.Add(new Sample(
                    seconds, kimg, Number(status, "VmRSS:") * 1024 / Megabyte, GC.GetTotalMemory(forceFullCollection: false) / Megabyte,
                    torch.Tensor.TotalCount, Directory.GetFiles("/proc/self/fd").Length, Number(status, "Threads:")));
                await Task.Delay(5, Cancel);
            }
            return new Sample(
                seconds, kimg, looks.Min(s => s.Resident), looks.Min(s => s.Managed), looks.Min(s => s.Tensors), looks.Min(s => s.Handles), looks.Min(s => s.Threads));
        }

        private static double Number(string status, string name)
        {
            string line = status.Split('\n').Single(l => l.StartsWith(name, StringComparison.Ordinal));
            return double.Parse(line.Split(['\t', ' '], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
    }
}
