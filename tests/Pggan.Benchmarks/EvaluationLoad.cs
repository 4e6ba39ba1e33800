using System.Diagnostics;
using Pggan.Actors;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Benchmarks;

/// <summary>
/// What an evaluation beside a training costs it: images a second of the default network at 64 px while nothing else runs and while SWD is measured at the
/// evaluator's pace, in turns.
/// </summary>
internal static class EvaluationLoad
{
    private const int Rounds = 6;
    private const int Minibatch = 16;

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(15);

    public static async Task<int> RunAsync()
    {
        NetworkArchitecture architecture = new() { Resolution = 64, FmapBase = 512, FmapMax = 64, LatentSize = 64 };
        TrainerOptions options = new()
        {
            Architecture = architecture,
            Schedule = new GrowthScheduleOptions { Resolution = 64, InitialResolution = 64, TrainKimg = 1e6, FadeKimg = 0, TotalKimg = 1e6, MinibatchBase = Minibatch, Minibatch = new Dictionary<int, int>() },
        };
        using ProgressiveTrainer trainer = new(options, null);
        byte[] batch = new byte[Minibatch * 3 * 64 * 64];
        new Random(1).NextBytes(batch);
        using SyntheticSource source = new(1000, 64, 3, classes: 0, seed: 1);
        MetricPlan plan = new() { Metrics = ["swd"], Channels = 3, Height = 64, Width = 64 };
        using MeasuredReals reals = MeasuredReals.Create(plan, source, new PipelineOptions { Resolution = 64 }, 1000, null, () => { }, CancellationToken.None);
        Speed(trainer, batch); // the first steps are slower
        List<(double Alone, double Beside)> turns = [];
        for (int round = 0; round < Rounds; round++)
        {
            double alone = Speed(trainer, batch), beside;
            using (CancellationTokenSource end = new())
            {
                GeneratorSnapshot snapshot = trainer.CaptureGenerator();
                Task evaluation = Task.Factory.StartNew(() => Evaluate(plan, reals, snapshot, end.Token), TaskCreationOptions.LongRunning);
                beside = Speed(trainer, batch);
                await end.CancelAsync();
                try
                {
                    await evaluation;
                }
                catch (OperationCanceledException)
                {
                }
            }
            turns.Add((alone, beside));
            Console.WriteLine($"round {round + 1,2}  alone {alone:0.00}  beside an evaluation {beside:0.00} images/s");
        }
        double[] differences = [.. turns.Select(t => t.Beside / t.Alone - 1).Order()];
        Console.WriteLine($"median of the differences {(differences[(Rounds - 1) / 2] + differences[Rounds / 2]) / 2:+0.0%;-0.0%}");
        return 0;
    }

    private static double Speed(ProgressiveTrainer trainer, byte[] batch)
    {
        long images = trainer.Progress.Images, since = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(since) < Turn)
            trainer.Step(batch, []);
        return (trainer.Progress.Images - images) / Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

    private static void Evaluate(MetricPlan plan, MeasuredReals reals, GeneratorSnapshot snapshot, CancellationToken cancellationToken)
    {
        CpuThreads.ComputeAlone();
        using WorkPace pace = new(new EvaluationSetup { Metrics = plan.Metrics, Images = 1000 }.Share, TimeProvider.System);
        using FakeImages fakes = new(snapshot, "cpu", null, 0);
        while (true)
        {
            using MeasuredImages measured = fakes.Measure(plan, 1000, Between);
            Evaluation.Score(plan, reals.Images, measured, reals.Floors, Between);
        }

        void Between() => pace.Between(cancellationToken);
    }
}
