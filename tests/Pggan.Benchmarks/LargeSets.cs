using System.Diagnostics;
using Pggan.Actors;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Benchmarks;

/// <summary>The paper's measurement: SWD of 16,384 images at 128 px against as many; how long it takes, and how much memory.</summary>
internal static class LargeSets
{
    private const int Images = 16384;
    private const int Resolution = 128;

    public static int Run()
    {
        MetricPlan plan = new() { Metrics = ["swd"], Channels = 3, Height = Resolution, Width = Resolution };
        long started = Stopwatch.GetTimestamp();
        using MeasuredReals reals = MeasuredReals.Create(plan, Source(1), Options(1), Images, null, () => { }, CancellationToken.None);
        Tell("reals, and one half against the other");
        using MeasuredImages fakes = new(plan, isReal: false, null);
        MeasuredReals.Read(fakes, Source(2), Options(2), Images, () => { }, CancellationToken.None);
        Tell("fakes");
        foreach (MetricScore score in Evaluation.Score(plan, reals.Images, fakes, reals.Floors, () => { }))
            Console.WriteLine(score);
        Tell("distances");
        return 0;

        void Tell(string what)
        {
            using Process process = Process.GetCurrentProcess();
            Console.WriteLine(FormattableString.Invariant(
                $"{what} after {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s, peak memory {process.PeakWorkingSet64 / 1e9:0.00} GB"));
        }
    }

    private static SyntheticSource Source(int seed) => new(Images, Resolution, 3, classes: 0, seed: seed);

    private static PipelineOptions Options(int seed) => new() { Resolution = Resolution, Seed = seed, CacheBytes = 0 };
}
